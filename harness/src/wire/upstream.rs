//! The forwarding upstream: the one place that holds real credentials and reaches real hosts.

use std::collections::BTreeMap;
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use azure_openai_mock as mock;
use bytes::{Bytes, BytesMut};
use reqwest::{Certificate, Client, RequestBuilder, Response};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::credential::Signer;
use super::route::{MappedBack, Route, named_deployment, real_body, real_path, real_query};
use super::{Credential, secrets};

/// How long a real host may take to accept a connection.
const CONNECTING: Duration = Duration::from_secs(20);
/// How long it may take for each next part of an answer.
const READING: Duration = Duration::from_secs(300);
/// How long the end of a stream may come after its last event.
const ENDING: Duration = Duration::from_secs(1);
/// Pieces that wait for a slow reader; then the service waits too.
const WAITING: usize = 16;

/// Headers of a request that belong to one connection, or that the upstream decides.
const OWN_REQUEST_HEADERS: &[&str] = &[
    "accept-encoding",
    "api-key",
    "authorization",
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "ocp-apim-subscription-key",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Headers of an answer that belong to one connection, or that nobody else should have.
const OWN_RESPONSE_HEADERS: &[&str] = &[
    "alt-svc",
    "connection",
    "content-length",
    "keep-alive",
    "proxy-authenticate",
    "set-cookie",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// A real resource: its address without a slash at the end, its host, and what opens it.
#[derive(Debug)]
pub struct UpstreamResource {
    /// Such as `https://fabrikam.openai.azure.com`.
    pub address: String,
    /// Its host.
    pub host: String,
    /// What opens it.
    pub credential: Credential,
}

/// An upstream that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// The extra authorities.
    #[error("the certificate authorities cannot be read: {0}")]
    Authorities(String),
    /// TLS or proxy settings of the machine.
    #[error("no connection to live hosts can be made: {0}")]
    Client(String),
}

/// Forwards to the configured resources, and to nothing else.
#[derive(Debug)]
pub struct LiveUpstream {
    client: Client,
    resources: BTreeMap<String, Resource>,
    api_version: Option<String>,
    /// Calls that may still be made: never more than somebody has agreed to.
    left: AtomicU64,
}

#[derive(Debug)]
struct Resource {
    address: String,
    host: String,
    signer: Signer,
}

/// Why a request got no answer from a live service.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ForwardError {
    /// All that was agreed to has been made.
    #[error("as many calls as were agreed to have been made")]
    Spent,
    /// No token.
    #[error("{0}")]
    SignIn(String),
    /// No answer.
    #[error("`{host}` could not be reached: {problem}")]
    Unreachable {
        /// The host.
        host: String,
        /// Why.
        problem: String,
    },
    /// The request is for something that is not mapped.
    #[error("a request to `{host}` names no deployment that is mapped")]
    Unmapped {
        /// The host that the application called.
        host: String,
    },
}

impl LiveUpstream {
    /// An upstream to these resources, which makes at most so many calls. Trusts the machine's certificate authorities, or
    /// those of `SSL_CERT_FILE`, and those of `ca_pem`; takes the machine's proxy.
    pub fn new(
        resources: impl IntoIterator<Item = (String, UpstreamResource)>,
        api_version: Option<String>,
        ca_pem: Option<&[u8]>,
        calls: u64,
    ) -> Result<Self, UpstreamError> {
        static PROVIDER: Once = Once::new();
        PROVIDER.call_once(|| {
            // Fails only when somebody was faster, and then there is one.
            let _ = rustls::crypto::ring::default_provider().install_default();
        });
        let authorities = ca_pem.map(Certificate::from_pem_bundle).transpose();
        let authorities =
            authorities.map_err(|error| UpstreamError::Authorities(error.to_string()))?.unwrap_or_default();
        let client = Client::builder()
            .tls_certs_merge(authorities)
            .connect_timeout(CONNECTING)
            .read_timeout(READING)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .http1_only()
            .build()
            .map_err(|error| UpstreamError::Client(error.to_string()))?;
        let resource = |(name, UpstreamResource { address, host, credential })| {
            (name, Resource { address, host, signer: Signer::new(credential) })
        };
        let resources = resources.into_iter().map(resource).collect();
        Ok(Self { client, resources, api_version, left: AtomicU64::new(calls) })
    }

    /// Sends a request on, and gives the answer in the scenario's names.
    pub(super) async fn forward(
        &self,
        request: mock::Request,
        routes: &[Route],
    ) -> Result<mock::Relayed, ForwardError> {
        let body: Option<Value> = serde_json::from_slice(&request.body).ok();
        let route = route_of(&request, body.as_ref(), routes);
        let unmapped = || ForwardError::Unmapped { host: request.host.clone() };
        let route = route.ok_or_else(unmapped)?;
        let resource = self.resources.get(&route.resource).ok_or_else(unmapped)?;
        let spent = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_err();
        if spent {
            return Err(ForwardError::Spent);
        }
        let outgoing = self.outgoing(&request, body.as_ref(), route, resource).await?;
        let response = outgoing
            .send()
            .await
            .map_err(|error| ForwardError::Unreachable { host: resource.host.clone(), problem: problem(&error) })?;
        let echoes = request.path.split('/').any(|segment| segment == "responses") || !response.status().is_success();
        let back = MappedBack::new(resource.signer.secrets().await, &resource.host, route, echoes);
        relayed(response, back, route, resource).await
    }

    async fn outgoing(
        &self,
        request: &mock::Request,
        body: Option<&Value>,
        route: &Route,
        resource: &Resource,
    ) -> Result<RequestBuilder, ForwardError> {
        let mut url = format!("{}{}", resource.address, real_path(&request.path, route));
        if let Some(query) = &request.query {
            url = format!("{url}?{}", real_query(query, &request.path, self.api_version.as_deref()));
        }
        let mut outgoing = self.client.request(request.method.clone(), url);
        for (name, value) in &request.headers {
            if !OWN_REQUEST_HEADERS.contains(&name.as_str()) {
                outgoing = outgoing.header(name, value);
            }
        }
        // What is recorded must be readable.
        outgoing = outgoing.header("accept-encoding", "identity");
        outgoing = match given_credential(request) {
            None => outgoing,
            // A key that is wrong on purpose stays wrong.
            Some((name, wrong)) if wrong.ends_with(secrets::WRONG_KEY) => outgoing.header(name, wrong),
            Some(_) => {
                let header = resource.signer.header(&self.client).await;
                let (name, value) = header.map_err(|error| ForwardError::SignIn(error.to_string()))?;
                let mut value = reqwest::header::HeaderValue::try_from(value.reveal())
                    .map_err(|_| ForwardError::SignIn("the credential is no text for a header".to_owned()))?;
                value.set_sensitive(true);
                outgoing.header(name, value)
            }
        };
        let real = body.and_then(|body| real_body(body, route)).map(|body| body.to_string().into());
        Ok(outgoing.body::<Bytes>(real.unwrap_or_else(|| request.body.clone())))
    }
}

/// The route of the deployment that a request names; of one that names none, the first of its host.
fn route_of<'a>(request: &mock::Request, body: Option<&Value>, routes: &'a [Route]) -> Option<&'a Route> {
    let of_host = || routes.iter().filter(|route| route.host.eq_ignore_ascii_case(&request.host));
    let named = named_deployment(&request.path, body);
    of_host().find(|route| Some(route.deployment.as_str()) == named).or_else(|| of_host().next())
}

fn given_credential(request: &mock::Request) -> Option<(&'static str, &str)> {
    ["api-key", "authorization"].into_iter().find_map(|name| Some((name, request.header(name)?)))
}

/// What went wrong, without the address, which is said besides.
fn problem(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    let what = match () {
        () if error.is_timeout() => "it took too long",
        () if error.is_connect() => "no connection",
        () => "the exchange broke",
    };
    format!("{what} ({cause})")
}

async fn relayed(
    response: Response,
    back: MappedBack,
    route: &Route,
    resource: &Resource,
) -> Result<mock::Relayed, ForwardError> {
    let status = response.status();
    let own = |name: &str| OWN_RESPONSE_HEADERS.contains(&name);
    let mut headers: Vec<(String, String)> = response
        .headers()
        .iter()
        .filter(|(name, _)| !own(name.as_str()))
        .map(|(name, value)| {
            let value = back.text(&String::from_utf8_lossy(value.as_bytes()));
            let value = if value == route.real { route.deployment.clone() } else { value };
            (name.as_str().to_owned(), value)
        })
        .collect();
    let reply = |headers: Vec<(String, String)>, body| {
        let headers = headers.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        mock::Reply { status, reason: None, headers, body, delay: Duration::ZERO }
    };
    if super::service::is_stream(&headers) {
        headers.push(("Transfer-Encoding".to_owned(), "chunked".to_owned()));
        let (sender, pieces) = mpsc::channel(WAITING);
        tokio::spawn(pump(response, sender, back));
        let head = reply(headers, mock::ReplyBody::Whole(Bytes::new()));
        return Ok(mock::Relayed::Stream { head, pieces });
    }
    let body = response
        .bytes()
        .await
        .map_err(|error| ForwardError::Unreachable { host: resource.host.clone(), problem: problem(&error) })?;
    let body = back.bytes(body);
    headers.push(("Content-Length".to_owned(), body.len().to_string()));
    Ok(mock::Relayed::Whole(reply(headers, mock::ReplyBody::Whole(body))))
}

/// Passes a stream on, whole lines at a time, so that no name is cut in two. The last event waits for the end of the
/// stream: whoever reads it may leave at once, and the end belongs to the record.
async fn pump(mut response: Response, sender: mpsc::Sender<mock::Piece>, back: MappedBack) {
    let mut line = BytesMut::new();
    let mut last = Bytes::new();
    let send = async |bytes: Bytes, end| sender.send(mock::Piece { bytes, end }).await.is_ok();
    loop {
        let patience = if last.is_empty() { READING } else { ENDING };
        let next = tokio::select! {
            () = sender.closed() => return,
            next = timeout(patience, response.chunk()) => next,
        };
        match next {
            Ok(Ok(Some(bytes))) => line.extend_from_slice(&bytes),
            Ok(Ok(None)) => {
                let rest = [last, back.bytes(line.freeze())].concat();
                send(rest.into(), Some(mock::StreamEnd::Complete)).await;
                return;
            }
            // All that matters has come.
            Err(_) if !last.is_empty() => {
                send(last, Some(mock::StreamEnd::Complete)).await;
                return;
            }
            Ok(Err(_)) | Err(_) => {
                let rest = [last, back.bytes(line.freeze())].concat();
                send(rest.into(), Some(mock::StreamEnd::Reset)).await;
                return;
            }
        }
        let whole = line.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        if whole == 0 {
            continue;
        }
        let lines = back.bytes(line.split_to(whole).freeze());
        let lines = if last.is_empty() { lines } else { [std::mem::take(&mut last), lines].concat().into() };
        if lines.windows(6).any(|window| window == b"[DONE]") {
            last = lines;
        } else if !send(lines, None).await {
            return;
        }
    }
}
