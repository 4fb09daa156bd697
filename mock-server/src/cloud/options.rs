//! What a cloud can be told besides what it consists of. Everything has a default.

use std::time::Duration;

use http::StatusCode;
use serde::{Deserialize, Serialize};

/// Behaviour of a cloud. The default is that of [`super::Cloud::new`].
///
/// ```
/// use std::time::Duration;
///
/// use azure_openai_mock::{Cloud, CloudConfig, CloudOptions, Pacing};
///
/// let pacing = Pacing { gap: Duration::from_millis(20), ..Pacing::default() };
/// let cloud = Cloud::with_options(CloudConfig::sample(), CloudOptions { pacing, ..CloudOptions::default() });
/// ```
#[derive(Clone, Debug, Default)]
pub struct CloudOptions {
    /// Serverless endpoints, each with a host and one model of its own.
    pub serverless: Vec<ServerlessEndpoint>,
    /// Restrictions on resources, by the resource's name.
    pub access: Vec<(String, Access)>,
    /// How made-up and scripted streams are paced, unless the script says.
    pub pacing: Pacing,
    /// What model inference does with fields that it does not know, when the request does not say.
    pub extra_parameters: ExtraParameters,
    /// Ways to sign in besides client secrets, and how long tokens live.
    pub sign_in: SignIn,
}

/// A model behind `https://<name>.<region>.models.ai.azure.com`.
///
/// ```
/// use azure_openai_mock::{Cloud, CloudConfig, CloudOptions, ServerlessEndpoint};
///
/// let endpoint = ServerlessEndpoint {
///     name: "mistral".to_owned(),
///     region: "eastus2".to_owned(),
///     keys: vec!["mock-key".to_owned()],
///     model: "Mistral-Large-2407".to_owned(),
///     provider: "Mistral AI".to_owned(),
/// };
/// let options = CloudOptions { serverless: vec![endpoint], ..CloudOptions::default() };
/// let cloud = Cloud::with_options(CloudConfig::sample(), options);
/// assert!(cloud.owns("mistral.eastus2.models.ai.azure.com", 443));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerlessEndpoint {
    /// The first label of its host.
    pub name: String,
    /// The region as in host names: `eastus2`.
    pub region: String,
    /// Keys that open it.
    pub keys: Vec<String>,
    /// The model, for example `Mistral-Large-2407`.
    pub model: String,
    /// Who made it, as `/info` says: `Mistral AI`.
    pub provider: String,
}

impl ServerlessEndpoint {
    /// Whether a host is this endpoint's, in the form of today or the older one.
    pub(crate) fn answers_for(&self, host: &str) -> bool {
        ["models.ai.azure.com", "inference.ai.azure.com"]
            .iter()
            .any(|suffix| host.eq_ignore_ascii_case(&format!("{}.{}.{suffix}", self.name, self.region)))
    }
}

/// Who may not use a resource.
///
/// ```
/// use azure_openai_mock::{Access, Cloud, CloudConfig, CloudOptions};
///
/// let options = CloudOptions { access: vec![("contoso-east".to_owned(), Access::KeysDisabled)], ..CloudOptions::default() };
/// let cloud = Cloud::with_options(CloudConfig::sample(), options);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Access {
    /// Keys are switched off; tokens are not.
    KeysDisabled,
    /// Network rules keep everybody out.
    Firewall,
    /// Only a private endpoint would let one in.
    PrivateEndpoint,
}

/// The rhythm of a stream. Zero everywhere means as fast as the socket takes it.
///
/// ```
/// use std::time::Duration;
///
/// use azure_openai_mock::Pacing;
///
/// let pacing = Pacing { first_chunk: Duration::from_millis(300), gap: Duration::from_millis(20), ..Pacing::default() };
/// assert!(!pacing.is_none());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pacing {
    /// The wait before the first frame.
    pub first_chunk: Duration,
    /// The wait before every other frame.
    pub gap: Duration,
    /// At most this much more, drawn from the seed for each frame.
    pub jitter: Duration,
}

impl Pacing {
    /// Whether there is nothing to wait for.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// What model inference does with fields that it does not know.
///
/// ```
/// use azure_openai_mock::{CloudOptions, ExtraParameters};
///
/// let options = CloudOptions { extra_parameters: ExtraParameters::Error, ..CloudOptions::default() };
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ExtraParameters {
    /// Answers 422.
    Error,
    /// Leaves them out.
    #[default]
    Drop,
    /// Gives them to the model, which may refuse them. This one does not.
    PassThrough,
}

/// Ways to sign in besides client secrets.
///
/// ```
/// use azure_openai_mock::{CloudOptions, SignIn};
///
/// let sign_in = SignIn { token_lifetime: Some(60), ..SignIn::default() };
/// let options = CloudOptions { sign_in, ..CloudOptions::default() };
/// ```
#[derive(Clone, Debug, Default)]
pub struct SignIn {
    /// Certificates that applications sign assertions with. Without the feature `tls` no signature is accepted.
    pub certificates: Vec<ApplicationCertificate>,
    /// Tokens of other issuers that stand for an application: workload identity.
    pub federated: Vec<FederatedCredential>,
    /// Secrets of applications that have ended: `AADSTS7000222`.
    pub expired_secrets: Vec<ExpiredSecret>,
    /// What the machine's metadata service answers first instead of a token: 410 while the machine starts, 404 or 429.
    pub machine_failures: Vec<StatusCode>,
    /// Seconds that tokens live, for tests of expiry. Absent means as long as the service's.
    pub token_lifetime: Option<u64>,
    /// Content of the key file that Azure Arc wants in `Authorization: Basic`, with the file's path.
    pub arc: Option<ArcSecret>,
}

/// A secret that an application had.
///
/// ```
/// use azure_openai_mock::{ExpiredSecret, SignIn};
///
/// let old = ExpiredSecret { client_id: "66666666-…".to_owned(), secret: "last-year".to_owned() };
/// let sign_in = SignIn { expired_secrets: vec![old], ..SignIn::default() };
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpiredSecret {
    /// The application.
    pub client_id: String,
    /// The secret.
    pub secret: String,
}

/// A certificate of an application.
///
/// ```
/// use azure_openai_mock::{ApplicationCertificate, SignIn};
///
/// let certificate = ApplicationCertificate { client_id: "66666666-…".to_owned(), pem: "-----BEGIN CERTIFICATE-----…".to_owned() };
/// let sign_in = SignIn { certificates: vec![certificate], ..SignIn::default() };
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationCertificate {
    /// The application.
    pub client_id: String,
    /// The certificate, in PEM.
    pub pem: String,
}

/// A federated credential of an application.
///
/// ```
/// use azure_openai_mock::{FederatedCredential, SignIn};
///
/// let credential = FederatedCredential {
///     client_id: "66666666-…".to_owned(),
///     issuer: "https://token.actions.githubusercontent.com".to_owned(),
///     subject: "repo:contoso/app:ref:refs/heads/main".to_owned(),
/// };
/// let sign_in = SignIn { federated: vec![credential], ..SignIn::default() };
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FederatedCredential {
    /// The application.
    pub client_id: String,
    /// The assertion's `iss`.
    pub issuer: String,
    /// The assertion's `sub`.
    pub subject: String,
}

/// The secret that an Azure Arc agent leaves in a file.
///
/// ```
/// use azure_openai_mock::{ArcSecret, SignIn};
///
/// let arc = ArcSecret { path: "/var/opt/azcmagent/tokens/a.key".to_owned(), content: "mock-arc".to_owned() };
/// let sign_in = SignIn { arc: Some(arc), ..SignIn::default() };
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArcSecret {
    /// Where the client finds it. Real clients insist on `/var/opt/azcmagent/tokens/<name>.key`.
    pub path: String,
    /// What is in it.
    pub content: String,
}
