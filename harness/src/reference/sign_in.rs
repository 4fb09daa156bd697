//! Proving who the application is: a key, a token, or a token bought from an identity endpoint.

use reqwest::{Client, RequestBuilder};
use serde_json::Value;

use super::failure::Failure;
use crate::protocol::{AuthRequest, OpenRequest};
use crate::scenario::ClientKind;

const IMDS_HOST: &str = "http://169.254.169.254";

/// A token that was bought, for all calls.
pub(super) type Token = tokio::sync::Mutex<Option<String>>;

/// Adds the credential for a resource to a request; a token that was bought once is kept in `token`.
pub(super) async fn sign(
    request: RequestBuilder,
    client: &Client,
    open: &OpenRequest,
    resource: &str,
    token: &Token,
) -> Result<RequestBuilder, Failure> {
    match &open.auth {
        AuthRequest::ApiKey => Ok(match open.resources.get(resource).and_then(|resource| resource.key.as_deref()) {
            Some(key) if open.library == ClientKind::OpenaiV1 => request.bearer_auth(key),
            Some(key) => request.header("api-key", key),
            None => request,
        }),
        AuthRequest::EntraToken { token } => Ok(request.bearer_auth(token)),
        _ => {
            // Whoever comes while one is bought waits for it, as in the service's own libraries.
            let mut token = token.lock().await;
            let bearer = match token.as_deref() {
                Some(bought) => bought.to_owned(),
                None => token.insert(buy(client, open).await?).clone(),
            };
            Ok(request.bearer_auth(bearer))
        }
    }
}

async fn buy(client: &Client, open: &OpenRequest) -> Result<String, Failure> {
    let request = identity_request(client, open)?;
    let response = request.send().await.map_err(|_| Failure::of_credential("The identity endpoint did not answer."))?;
    let status = response.status();
    let text = response.text().await.unwrap_or_default();
    let body: Value = serde_json::from_str(&text).unwrap_or_default();
    match body.get("access_token").and_then(Value::as_str) {
        Some(token) if status.is_success() => Ok(token.to_owned()),
        _ => {
            let error = body.get("error").and_then(Value::as_str).unwrap_or("no reason");
            Err(Failure::of_credential(&format!("The identity endpoint gave no token: {error}.")))
        }
    }
}

fn identity_request(client: &Client, open: &OpenRequest) -> Result<RequestBuilder, Failure> {
    let variable = |name: &str| open.environment.get(name).map(String::as_str);
    match &open.auth {
        AuthRequest::ApiKey | AuthRequest::EntraToken { .. } => {
            Err(Failure::of_credential("This way to sign in needs no token."))
        }
        AuthRequest::TokenProvider { tenant, client_id, client_secret, scope } => {
            let form = [
                ("client_id", client_id.as_str()),
                ("client_secret", client_secret),
                ("grant_type", "client_credentials"),
                ("scope", scope),
            ];
            let url = format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token");
            let request = client.post(url).header("content-type", "application/x-www-form-urlencoded");
            Ok(request.body(encode(&form)))
        }
        AuthRequest::ManagedIdentityImds { client_id, scope } => {
            let host = variable("AZURE_POD_IDENTITY_AUTHORITY_HOST").unwrap_or(IMDS_HOST).trim_end_matches('/');
            let query = identity_query("2018-02-01", scope, client_id.as_deref());
            let url = format!("{host}/metadata/identity/oauth2/token?{query}");
            Ok(client.get(url).header("Metadata", "true"))
        }
        AuthRequest::ManagedIdentityAppService { client_id, scope } => {
            let missing = || Failure::of_credential("App Service names no identity endpoint.");
            let endpoint = variable("IDENTITY_ENDPOINT").ok_or_else(missing)?;
            let header = variable("IDENTITY_HEADER").ok_or_else(missing)?;
            let query = identity_query("2019-08-01", scope, client_id.as_deref());
            Ok(client.get(format!("{endpoint}?{query}")).header("X-IDENTITY-HEADER", header))
        }
    }
}

fn identity_query(version: &str, scope: &str, client_id: Option<&str>) -> String {
    let resource = scope.trim_end_matches("/.default");
    let mut parameters = vec![("api-version", version), ("resource", resource)];
    parameters.extend(client_id.map(|id| ("client_id", id)));
    encode(&parameters)
}

fn encode(pairs: &[(&str, &str)]) -> String {
    pairs.iter().map(|(name, value)| format!("{name}={}", escape(value))).collect::<Vec<_>>().join("&")
}

fn escape(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
