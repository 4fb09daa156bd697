//! What a cloud can be told besides what it consists of. Everything has a default.

use std::time::Duration;

use http::StatusCode;

/// Behaviour of a cloud. The default is that of [`super::Cloud::new`].
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Keys are switched off; tokens are not.
    KeysDisabled,
    /// Network rules keep everybody out.
    Firewall,
    /// Only a private endpoint would let one in.
    PrivateEndpoint,
}

/// The rhythm of a stream. Zero everywhere means as fast as the socket takes it.
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpiredSecret {
    /// The application.
    pub client_id: String,
    /// The secret.
    pub secret: String,
}

/// A certificate of an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationCertificate {
    /// The application.
    pub client_id: String,
    /// The certificate, in PEM.
    pub pem: String,
}

/// A federated credential of an application.
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArcSecret {
    /// Where the client finds it. Real clients insist on `/var/opt/azcmagent/tokens/<name>.key`.
    pub path: String,
    /// What is in it.
    pub content: String,
}
