//! What opens a real resource. It stays here: nothing prints it, and no worker is given it.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use reqwest::{Client, RequestBuilder};
use serde_json::Value;
use tokio::sync::Mutex;

/// The audience of Azure OpenAI.
const SCOPE: &str = "https://cognitiveservices.azure.com/.default";
const AUDIENCE: &str = "https://cognitiveservices.azure.com";
/// Where applications sign in, unless `AZURE_AUTHORITY_HOST` says otherwise.
const AUTHORITY: &str = "https://login.microsoftonline.com";
/// Where a machine's identity is, unless `AZURE_POD_IDENTITY_AUTHORITY_HOST` says otherwise.
const MACHINE: &str = "http://169.254.169.254";
/// How a token of another issuer is presented.
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// A token is renewed so long before it ends; a short one at half its time.
const MARGIN: Duration = Duration::from_secs(300);

/// No token is believed to live longer.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// A text that nothing shows.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(String);

impl SecretText {
    /// Takes a secret.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("<secret>")
    }
}

/// What a resource is opened with.
#[derive(Debug)]
pub enum Credential {
    /// Its key.
    Key(SecretText),
    /// A Microsoft Entra token that somebody else got.
    Token(SecretText),
    /// An application's secret.
    ClientSecret {
        /// The address of the authority, if not the usual one.
        authority: Option<String>,
        /// The tenant.
        tenant: String,
        /// The application.
        client_id: String,
        /// Its secret.
        secret: SecretText,
    },
    /// An application for which another issuer vouches, as Kubernetes does.
    WorkloadIdentity {
        /// The address of the authority, if not the usual one.
        authority: Option<String>,
        /// The tenant.
        tenant: String,
        /// The application.
        client_id: String,
        /// The file with the other issuer's token, which is written anew from time to time.
        token_file: String,
    },
    /// The identity of the machine or App Service.
    ManagedIdentity {
        /// The client id of a user-assigned identity.
        client_id: Option<String>,
        /// The machine's metadata address, if not the usual one.
        machine: Option<String>,
        /// App Service's endpoint and the header it wants.
        app_service: Option<(String, SecretText)>,
    },
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub(super) enum SignInError {
    /// The authority did not answer.
    #[error("`{host}` did not answer the sign-in: {error}")]
    Unreachable { host: String, error: String },
    /// It refused.
    #[error("`{host}` refused the sign-in with {status}{code}")]
    Refused { host: String, status: u16, code: String },
    /// There is nothing to show to it.
    #[error("the token in `{file}` cannot be read: {error}")]
    TokenFile { file: String, error: std::io::Error },
}

/// A credential with the token that was bought with it.
#[derive(Debug)]
pub(super) struct Signer {
    credential: Credential,
    bought: Mutex<Option<Bought>>,
}

#[derive(Debug)]
struct Bought {
    token: SecretText,
    until: Instant,
}

impl Signer {
    pub(super) fn new(credential: Credential) -> Self {
        Self { credential, bought: Mutex::default() }
    }

    /// The header that opens the resource, and every secret that is in play.
    pub(super) async fn header(&self, client: &Client) -> Result<(&'static str, SecretText), SignInError> {
        match &self.credential {
            Credential::Key(key) => Ok(("api-key", key.clone())),
            Credential::Token(token) => Ok(("authorization", bearer(token))),
            _ => {
                let mut bought = self.bought.lock().await;
                if let Some(bought) = bought.as_ref().filter(|bought| bought.until > Instant::now()) {
                    return Ok(("authorization", bearer(&bought.token)));
                }
                let fresh = self.buy(client).await?;
                let header = bearer(&fresh.token);
                *bought = Some(fresh);
                Ok(("authorization", header))
            }
        }
    }

    async fn buy(&self, client: &Client) -> Result<Bought, SignInError> {
        let (host, request) = self.request(client).await?;
        let sent = request.send().await;
        let unreachable = |error: &reqwest::Error| SignInError::Unreachable {
            host: host.clone(),
            error: if error.is_timeout() { "it took too long".to_owned() } else { "no connection".to_owned() },
        };
        let response = sent.map_err(|error| unreachable(&error))?;
        let status = response.status();
        let body = response.bytes().await.map_err(|error| unreachable(&error))?;
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let Some(token) = body["access_token"].as_str().filter(|_| status.is_success()) else {
            // The description names tenant and application; the code does not.
            let code = body["error"].as_str().map(|code| format!(" ({code})")).unwrap_or_default();
            return Err(SignInError::Refused { host, status: status.as_u16(), code });
        };
        let lives = lifetime(&body);
        let until = Instant::now() + lives.saturating_sub(MARGIN.min(lives / 2));
        Ok(Bought { token: SecretText::new(token.to_owned()), until })
    }

    async fn request(&self, client: &Client) -> Result<(String, RequestBuilder), SignInError> {
        Ok(match &self.credential {
            Credential::ClientSecret { authority, tenant, client_id, secret } => {
                let shown = [("client_secret", secret.reveal())];
                granted(client, authority.as_deref(), tenant, client_id, &shown)
            }
            Credential::WorkloadIdentity { authority, tenant, client_id, token_file } => {
                let read = tokio::fs::read_to_string(token_file).await;
                let token = read.map_err(|error| SignInError::TokenFile { file: token_file.clone(), error })?;
                let shown = [("client_assertion", token.trim()), ("client_assertion_type", ASSERTION)];
                granted(client, authority.as_deref(), tenant, client_id, &shown)
            }
            Credential::ManagedIdentity { client_id, app_service: Some((endpoint, header)), .. } => {
                let query = identity_query("2019-08-01", client_id.as_deref());
                let request = client.get(format!("{endpoint}?{query}")).header("x-identity-header", header.reveal());
                (endpoint.clone(), request)
            }
            Credential::ManagedIdentity { client_id, machine, .. } => {
                let machine = machine.as_deref().unwrap_or(MACHINE).trim_end_matches('/');
                let query = identity_query("2018-02-01", client_id.as_deref());
                let url = format!("{machine}/metadata/identity/oauth2/token?{query}");
                (machine.to_owned(), client.get(url).header("metadata", "true"))
            }
            // Nothing is bought with these.
            Credential::Key(_) | Credential::Token(_) => (AUTHORITY.to_owned(), client.get(AUTHORITY)),
        })
    }

    /// Every secret that is in play now, to be taken out of what comes back.
    pub(super) async fn secrets(&self) -> Vec<String> {
        let fixed = match &self.credential {
            Credential::Key(secret) | Credential::Token(secret) | Credential::ClientSecret { secret, .. } => {
                Some(secret.reveal().to_owned())
            }
            Credential::ManagedIdentity { app_service, .. } => {
                app_service.as_ref().map(|(_, header)| header.reveal().to_owned())
            }
            // What is in the file is shown to the authority only.
            Credential::WorkloadIdentity { .. } => None,
        };
        let bought = self.bought.lock().await;
        let token = bought.as_ref().map(|bought| bought.token.reveal().to_owned());
        fixed.into_iter().chain(token).collect()
    }
}

/// A request for a token of an application that shows what it has.
fn granted(
    client: &Client,
    authority: Option<&str>,
    tenant: &str,
    client_id: &str,
    shown: &[(&str, &str)],
) -> (String, RequestBuilder) {
    let authority = authority.unwrap_or(AUTHORITY).trim_end_matches('/');
    let mut form = BTreeMap::from([("client_id", client_id), ("grant_type", "client_credentials"), ("scope", SCOPE)]);
    form.extend(shown.iter().copied());
    let request = client
        .post(format!("{authority}/{tenant}/oauth2/v2.0/token"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(encoded(&form));
    (authority.to_owned(), request)
}

/// How long a token lives: App Service says when it ends, the others how long it lasts, as numbers or as texts.
fn lifetime(body: &Value) -> Duration {
    let seconds = |name: &str| body[name].as_u64().or_else(|| body[name].as_str()?.parse().ok());
    let lives = seconds("expires_in").or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
        Some(seconds("expires_on")?.saturating_sub(now.as_secs()))
    });
    Duration::from_secs(lives.unwrap_or(0)).min(LONGEST)
}

fn bearer(token: &SecretText) -> SecretText {
    SecretText::new(format!("Bearer {}", token.reveal()))
}

fn identity_query(version: &str, client_id: Option<&str>) -> String {
    let mut pairs = BTreeMap::from([("api-version", version), ("resource", AUDIENCE)]);
    pairs.extend(client_id.map(|id| ("client_id", id)));
    encoded(&pairs)
}

fn encoded(pairs: &BTreeMap<&str, &str>) -> String {
    let escaped = |text: &str| {
        let bytes = text.bytes().map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        });
        bytes.collect::<String>()
    };
    pairs.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect::<Vec<_>>().join("&")
}
