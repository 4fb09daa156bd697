//! The configuration file: TOML in, a cloud and the server's options out.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use http::StatusCode;
use serde::Deserialize;

use super::access_log::LogFormat;
use crate::cloud::{
    Access, Application, ApplicationCertificate, ArcSecret, CloudConfig, CloudOptions, Deployment, ExpiredSecret,
    ExtraParameters, FederatedCredential, FilterMode, ManagedIdentity, Pacing, Quota, Resource, Rule,
    ServerlessEndpoint, SignIn, Tenant,
};
use crate::replies::{BadEntry, Replies};

/// A configuration file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The file cannot be read.
    #[error("reading {}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// It is not the TOML that we want.
    #[error("{}: {error}", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// What is wrong, with its place.
        error: Box<toml::de::Error>,
    },
    /// A reply that cannot be given.
    #[error("{}: {error}", path.display())]
    Reply {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: BadEntry,
    },
    /// A deployment, certificate or federated credential of something that is not in the file.
    #[error("{}: {what} names `{name}`, which is not in the file", path.display())]
    Dangling {
        /// The file.
        path: PathBuf,
        /// Who refers.
        what: &'static str,
        /// To whom.
        name: String,
    },
}

/// Reads a file of replies.
pub(super) fn load_replies(path: &Path) -> Result<Vec<Rule>, FileError> {
    let text = std::fs::read_to_string(path).map_err(|error| FileError::Read { path: path.to_owned(), error })?;
    let replies: Replies =
        toml::from_str(&text).map_err(|error| FileError::Parse { path: path.to_owned(), error: Box::new(error) })?;
    replies.rules().map_err(|error| FileError::Reply { path: path.to_owned(), error })
}

/// What a file says.
#[derive(Clone, Debug)]
pub struct FileConfig {
    /// The cloud.
    pub cloud: CloudConfig,
    /// Its behaviour.
    pub options: CloudOptions,
    /// Where to listen.
    pub bind: Option<IpAddr>,
    /// On which port.
    pub port: Option<u16>,
    /// Whether other machines may come in.
    pub expose_to_network: bool,
    /// How to log.
    pub log: Option<LogFormat>,
}

impl FileConfig {
    /// What is served without a file.
    pub(super) fn sample() -> Self {
        Self {
            cloud: CloudConfig::sample(),
            options: CloudOptions::default(),
            bind: None,
            port: None,
            expose_to_network: false,
            log: None,
        }
    }
}

/// Reads a configuration file. A part that it does not mention is that of the sample cloud, as long as no resource is
/// named; with the first `[[resources]]` the file says everything.
pub fn load(path: &Path) -> Result<FileConfig, FileError> {
    let text = std::fs::read_to_string(path).map_err(|error| FileError::Read { path: path.to_owned(), error })?;
    let file: File =
        toml::from_str(&text).map_err(|error| FileError::Parse { path: path.to_owned(), error: Box::new(error) })?;
    file.into_config(path)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    seed: Option<u64>,
    epoch: Option<u64>,
    bind: Option<IpAddr>,
    port: Option<u16>,
    #[serde(default)]
    expose_to_network: bool,
    log: Option<LogFormat>,
    #[serde(default)]
    pacing: FilePacing,
    #[serde(default)]
    extra_parameters: ExtraParameters,
    #[serde(default)]
    resources: Vec<FileResource>,
    #[serde(default)]
    deployments: Vec<FileDeployment>,
    #[serde(default)]
    serverless: Vec<FileServerless>,
    #[serde(default)]
    tenants: Vec<FileTenant>,
    #[serde(default)]
    managed_identities: Vec<FileIdentity>,
    app_service_header: Option<String>,
    token_lifetime: Option<u64>,
    /// Statuses of the first answers of the metadata service.
    #[serde(default)]
    machine_failures: Vec<FileStatus>,
    arc: Option<FileArc>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct FilePacing {
    #[serde(rename = "first_chunk_ms")]
    first_chunk: u64,
    #[serde(rename = "gap_ms")]
    gap: u64,
    #[serde(rename = "jitter_ms")]
    jitter: u64,
}

/// A status that says that something went wrong, as a number.
#[derive(Deserialize)]
#[serde(try_from = "u16")]
struct FileStatus(StatusCode);

impl TryFrom<u16> for FileStatus {
    type Error = String;

    fn try_from(number: u16) -> Result<Self, Self::Error> {
        let failure = StatusCode::from_u16(number).ok().filter(|status| status.as_u16() >= 400);
        failure.map(Self).ok_or_else(|| format!("{number} is no status of a failure"))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileResource {
    name: String,
    region: String,
    host: Option<String>,
    #[serde(default)]
    keys: Vec<String>,
    access: Option<Access>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileDeployment {
    name: String,
    resource: String,
    model: String,
    #[serde(default)]
    filter: FilterMode,
    tokens_per_minute: Option<u64>,
    requests_per_minute: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileServerless {
    name: String,
    region: String,
    keys: Vec<String>,
    model: String,
    provider: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileTenant {
    id: String,
    #[serde(default)]
    applications: Vec<FileApplication>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileApplication {
    client_id: String,
    object_id: String,
    #[serde(default)]
    secret: String,
    #[serde(default)]
    expired_secrets: Vec<String>,
    #[serde(default = "roles")]
    roles: Vec<String>,
    /// Path of a PEM file, from the configuration file's directory.
    certificate: Option<PathBuf>,
    federated: Option<FileFederated>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileFederated {
    issuer: String,
    subject: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileIdentity {
    client_id: String,
    object_id: String,
    resource_id: Option<String>,
    #[serde(default = "roles")]
    roles: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileArc {
    path: String,
    content: String,
}

fn roles() -> Vec<String> {
    vec!["Cognitive Services OpenAI User".to_owned()]
}

impl File {
    fn into_config(self, path: &Path) -> Result<FileConfig, FileError> {
        let mut cloud = CloudConfig::sample();
        cloud.seed = self.seed.unwrap_or(cloud.seed);
        cloud.epoch = self.epoch.unwrap_or(cloud.epoch);
        let mut options = CloudOptions {
            pacing: self.pacing.into(),
            extra_parameters: self.extra_parameters,
            sign_in: SignIn {
                token_lifetime: self.token_lifetime,
                machine_failures: self.machine_failures.into_iter().map(|status| status.0).collect(),
                arc: self.arc.map(|arc| ArcSecret { path: arc.path, content: arc.content }),
                ..SignIn::default()
            },
            ..CloudOptions::default()
        };
        let whole = !self.resources.is_empty();
        if whole {
            cloud.resources = self.resources.iter().map(FileResource::resource).collect();
            let access = |resource: &FileResource| Some((resource.name.clone(), resource.access?));
            options.access = self.resources.iter().filter_map(access).collect();
        }
        if whole || !self.deployments.is_empty() {
            cloud.deployments = self.deployments.into_iter().map(FileDeployment::deployment).collect();
        }
        let known = |name: &str| cloud.resources.iter().any(|resource| resource.name == name);
        if let Some(lost) = cloud.deployments.iter().find(|deployment| !known(&deployment.resource)) {
            let name = lost.resource.clone();
            return Err(FileError::Dangling { path: path.to_owned(), what: "a deployment", name });
        }
        if whole || !self.tenants.is_empty() {
            cloud.tenants = tenants(self.tenants, path, &mut options.sign_in)?;
        }
        if whole || !self.managed_identities.is_empty() {
            cloud.managed_identities = self.managed_identities.into_iter().map(FileIdentity::identity).collect();
        }
        if whole || self.app_service_header.is_some() {
            cloud.app_service_header = self.app_service_header;
        }
        options.serverless = self.serverless.into_iter().map(FileServerless::endpoint).collect();
        Ok(FileConfig {
            cloud,
            options,
            bind: self.bind,
            port: self.port,
            expose_to_network: self.expose_to_network,
            log: self.log,
        })
    }
}

fn tenants(tenants: Vec<FileTenant>, path: &Path, sign_in: &mut SignIn) -> Result<Vec<Tenant>, FileError> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut found = Vec::new();
    for tenant in tenants {
        let mut applications = Vec::new();
        for application in tenant.applications {
            let client_id = application.client_id;
            if let Some(certificate) = application.certificate {
                let path = directory.join(certificate);
                let pem = std::fs::read_to_string(&path).map_err(|error| FileError::Read { path, error })?;
                sign_in.certificates.push(ApplicationCertificate { client_id: client_id.clone(), pem });
            }
            if let Some(FileFederated { issuer, subject }) = application.federated {
                sign_in.federated.push(FederatedCredential { client_id: client_id.clone(), issuer, subject });
            }
            for secret in application.expired_secrets {
                sign_in.expired_secrets.push(ExpiredSecret { client_id: client_id.clone(), secret });
            }
            let (object_id, secret, roles) = (application.object_id, application.secret, application.roles);
            applications.push(Application { client_id, object_id, secret, roles });
        }
        found.push(Tenant { id: tenant.id, applications });
    }
    Ok(found)
}

impl FileResource {
    fn resource(&self) -> Resource {
        let keys: Vec<&str> = self.keys.iter().map(String::as_str).collect();
        let mut resource = Resource::new(&self.name, &self.region, &keys);
        if let Some(host) = &self.host {
            resource.host.clone_from(host);
        }
        resource
    }
}

impl FileDeployment {
    fn deployment(self) -> Deployment {
        let counted = self.tokens_per_minute.is_some() || self.requests_per_minute.is_some();
        Deployment {
            filter: self.filter,
            quota: counted.then(|| Quota {
                tokens_per_minute: self.tokens_per_minute.unwrap_or(u64::MAX),
                requests_per_minute: self.requests_per_minute.unwrap_or(u64::MAX),
            }),
            ..Deployment::new(&self.name, &self.resource, &self.model)
        }
    }
}

impl FileServerless {
    fn endpoint(self) -> ServerlessEndpoint {
        let Self { name, region, keys, model, provider } = self;
        ServerlessEndpoint { name, region, keys, model, provider }
    }
}

impl FileIdentity {
    fn identity(self) -> ManagedIdentity {
        let Self { client_id, object_id, resource_id, roles } = self;
        ManagedIdentity { client_id, object_id, resource_id, roles }
    }
}

impl From<FilePacing> for Pacing {
    fn from(pacing: FilePacing) -> Self {
        Self {
            first_chunk: Duration::from_millis(pacing.first_chunk),
            gap: Duration::from_millis(pacing.gap),
            jitter: Duration::from_millis(pacing.jitter),
        }
    }
}
