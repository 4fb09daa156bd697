//! HTTP as the service's own clients do it: through the proxy, with their retries.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, NoProxy, Proxy, RequestBuilder, Response};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::Value;

use super::ReferenceError;
use super::failure::Failure;

/// Retries after the first attempt, unless the application says otherwise.
const DEFAULT_RETRIES: u32 = 2;
/// A longer wait than this is not waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(120);
/// The wait before the first retry when the service names none; it doubles.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(600);

/// A client that trusts one CA and sends everything over TLS through one proxy.
pub(super) fn build(proxy: SocketAddr, ca_pem: &str) -> Result<Client, ReferenceError> {
    let certificate = CertificateDer::from_pem_slice(ca_pem.as_bytes()).map_err(|_| ReferenceError::Authority)?;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate).map_err(|_| ReferenceError::Authority)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| ReferenceError::Authority)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Client::builder()
        .no_proxy()
        .proxy(Proxy::https(format!("http://{proxy}"))?.no_proxy(NoProxy::from_string("127.0.0.1,localhost")))
        .tls_backend_preconfigured(tls)
        .user_agent("azmatrix-reference")
        .retry(reqwest::retry::never())
        .build()
        .map_err(ReferenceError::from)
}

/// How hard to try.
#[derive(Clone, Copy, Debug)]
pub(super) struct Persistence {
    retries: u32,
    /// How long to wait for an answer, and for each next part of it.
    pub(super) timeout: Duration,
}

impl Persistence {
    pub(super) fn new(max_retries: Option<u32>, timeout_s: Option<f64>) -> Self {
        let timeout = timeout_s.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        Self { retries: max_retries.unwrap_or(DEFAULT_RETRIES), timeout: timeout.unwrap_or(DEFAULT_TIMEOUT) }
    }
}

/// Sends a request until it succeeds or there is no point in trying again.
pub(super) async fn send(request: RequestBuilder, persistence: Persistence) -> Result<Response, Failure> {
    let mut attempt = 0;
    loop {
        let again = request.try_clone();
        let sent = tokio::time::timeout(persistence.timeout, request_once(again)).await;
        let (failure, wait) = match sent {
            Ok(Ok(response)) if response.status().is_success() => return Ok(response),
            Ok(Ok(response)) => {
                let status = response.status().as_u16();
                let wait = retry_wait(&response, attempt).filter(|_| matches!(status, 408 | 409 | 429 | 500..));
                (of_response(response).await, wait)
            }
            Ok(Err(failure)) => (failure, Some(default_wait(attempt))),
            Err(_) => (Failure::timed_out(), Some(default_wait(attempt))),
        };
        match wait {
            Some(wait) if attempt < persistence.retries => tokio::time::sleep(wait).await,
            _ => return Err(failure),
        }
        attempt += 1;
    }
}

async fn request_once(request: Option<RequestBuilder>) -> Result<Response, Failure> {
    // Bodies are whole texts, which can always be sent again.
    let request = request.expect("a request with a whole body can be cloned");
    request.send().await.map_err(|error| Failure::of_transport(&error))
}

async fn of_response(response: Response) -> Failure {
    let status = response.status().as_u16();
    let id = response.headers().get("x-request-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    let text = response.text().await.unwrap_or_default();
    let body: Value = serde_json::from_str(&text).unwrap_or_default();
    Failure::of_status(status, &body, id)
}

/// How long to wait before another attempt; none when the service asks for more than is sensible.
fn retry_wait(response: &Response, attempt: u32) -> Option<Duration> {
    let number = |name: &str| response.headers().get(name)?.to_str().ok()?.parse::<f64>().ok();
    let asked = number("retry-after-ms").map(|milliseconds| milliseconds / 1000.0).or_else(|| number("retry-after"));
    match asked {
        Some(seconds) => Duration::try_from_secs_f64(seconds).ok().filter(|wait| *wait <= LONGEST_WAIT),
        None => Some(default_wait(attempt)),
    }
}

fn default_wait(attempt: u32) -> Duration {
    FIRST_WAIT.saturating_mul(2_u32.saturating_pow(attempt))
}
