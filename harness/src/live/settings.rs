//! From the file and the variables that people already have to what a live run is made of.

use indexmap::IndexMap;

use super::{Endpoint, LiveDeployment, LiveFile, LiveMethod, LiveSignIn};
use crate::scenario::{Call, Deployment, Scenario};
use crate::wire::{self, Route};

/// Reads a variable; nothing when it is not set or empty.
pub type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

const ENDPOINT: &str = "AZURE_OPENAI_ENDPOINT";
const KEY: &str = "AZURE_OPENAI_API_KEY";
const TOKEN: &str = "AZURE_OPENAI_AD_TOKEN";
const DEPLOYMENT: &str = "AZURE_OPENAI_DEPLOYMENT_NAME";
const API_VERSIONS: [&str; 2] = ["AZURE_OPENAI_API_VERSION", "OPENAI_API_VERSION"];
const CLIENT_SECRET: [&str; 3] = ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"];
const WORKLOAD_IDENTITY: [&str; 3] = ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE"];
const MANAGED_IDENTITY: [&str; 2] = ["IDENTITY_ENDPOINT", "AZURE_POD_IDENTITY_AUTHORITY_HOST"];

/// The name of the resource that only the variables speak of.
const ONLY: &str = "default";

/// Where a run's calls go. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Sent in place of a scenario's `api-version`.
    pub api_version: Option<String>,
    /// Real resources by name.
    pub resources: IndexMap<String, RealResource>,
    deployments: IndexMap<String, RealDeployment>,
    models: IndexMap<String, RealDeployment>,
    /// For chats without a mapping.
    default: Option<RealDeployment>,
}

/// A real resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RealResource {
    /// Where it is.
    pub endpoint: Endpoint,
    /// How to sign in.
    pub sign_in: SignIn,
}

/// How to sign in, and where the secret is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignIn {
    /// The key in this variable.
    Key(String),
    /// The Microsoft Entra token in this variable.
    Token(String),
    /// The client secret of the usual variables.
    ClientSecret,
    /// The workload identity of the usual variables.
    WorkloadIdentity,
    /// A managed identity; the client id of a user-assigned one.
    ManagedIdentity(Option<String>),
}

/// A deployment on a real resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RealDeployment {
    /// The resource's name among [`Settings::resources`].
    pub resource: String,
    /// Its name on the service.
    pub name: String,
}

/// Something that a live run needs is not said anywhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// No address.
    #[error(
        "`{ENDPOINT}` is not set{of}: a live run needs the address of a resource, there or in the file of `--live`"
    )]
    Endpoint {
        /// Of which resource of the file.
        of: String,
    },
    /// An address that is none.
    #[error("`{ENDPOINT}` cannot be used: {0}")]
    BadEndpoint(super::EndpointError),
    /// No credential.
    #[error(
        "there is nothing to sign in with to `{resource}`: set `{KEY}`, or `{TOKEN}`, or `{}`, `{}` and `{}`; or say \
         `sign_in` in the file of `--live`",
        CLIENT_SECRET[0], CLIENT_SECRET[1], CLIENT_SECRET[2]
    )]
    NothingToSignInWith {
        /// The resource.
        resource: String,
    },
    /// A variable that the file names is not set.
    #[error("`{variable}` is not set: `sign_in` of `{resource}` needs it")]
    Variable {
        /// The resource.
        resource: String,
        /// The variable.
        variable: String,
    },
    /// Nobody says which deployment to call.
    #[error("no deployment is mapped: set `{DEPLOYMENT}`, or write `[deployments.<name>]` in the file of `--live`")]
    NoDeployment,
}

impl Settings {
    /// Puts the file and the variables together; the file wins.
    pub fn new(file: &LiveFile, variables: Variables<'_>) -> Result<Self, SettingsError> {
        let mut resources = IndexMap::new();
        if file.resources.is_empty() {
            let resource =
                RealResource { endpoint: endpoint(None, "", variables)?, sign_in: sign_in(None, ONLY, variables)? };
            resources.insert(ONLY.to_owned(), resource);
        }
        for (name, resource) in &file.resources {
            let of = format!(" and resource `{name}` has no `endpoint`");
            let endpoint = endpoint(resource.endpoint.as_deref(), &of, variables)?;
            let sign_in = sign_in(resource.sign_in.as_ref(), name, variables)?;
            resources.insert(name.clone(), RealResource { endpoint, sign_in });
        }
        let only = resources.keys().next().cloned().unwrap_or_default();
        let real = |(name, deployment): (&String, &LiveDeployment)| {
            let resource = deployment.resource.clone().unwrap_or_else(|| only.clone());
            (name.clone(), RealDeployment { resource, name: deployment.deployment.clone() })
        };
        let settings = Self {
            api_version: file.api_version.clone().or_else(|| API_VERSIONS.into_iter().find_map(variables)),
            deployments: file.deployments.iter().map(real).collect(),
            models: file.models.iter().map(real).collect(),
            default: variables(DEPLOYMENT).map(|name| RealDeployment { resource: only.clone(), name }),
            resources,
        };
        if settings.deployments.is_empty() && settings.models.is_empty() && settings.default.is_none() {
            return Err(SettingsError::NoDeployment);
        }
        Ok(settings)
    }

    /// The ways from a scenario's deployments to real ones; for one that the scenario says does not exist, to its own
    /// name. Fails with the reason for which the scenario cannot be performed.
    pub fn routes(&self, scenario: &Scenario) -> Result<Vec<Route>, String> {
        let azure = &scenario.file().azure;
        let mut routes = Vec::new();
        for (name, deployment) in &azure.deployments {
            let Some(resource) = azure.resources.get(&deployment.resource) else { continue };
            let called: Vec<Call<'_>> =
                scenario.steps().map(|step| step.call).filter(|call| call.deployment() == name).collect();
            if called.is_empty() {
                continue;
            }
            let real = match self.real(name, deployment, &called) {
                Some(real) => real.clone(),
                None if !deployment.exists => self.any().map(|any| RealDeployment { name: name.clone(), ..any })?,
                None => return Err(unmapped(name, deployment)),
            };
            routes.push(Route {
                host: wire::host(&deployment.resource, resource),
                deployment: name.clone(),
                resource: real.resource,
                real: real.name,
            });
        }
        Ok(routes)
    }

    fn real(&self, name: &str, deployment: &Deployment, called: &[Call<'_>]) -> Option<&RealDeployment> {
        let plain = |call: &Call<'_>| matches!(call, Call::Chat(chat) if chat.reasoning_effort.is_none());
        self.deployments
            .get(name)
            .or_else(|| self.models.get(&deployment.model).filter(|_| deployment.exists))
            .or_else(|| self.default.as_ref().filter(|_| deployment.exists && called.iter().all(plain)))
    }

    /// Some deployment, to call a neighbour of it that does not exist.
    fn any(&self) -> Result<RealDeployment, String> {
        let mut all = self.default.iter().chain(self.deployments.values()).chain(self.models.values());
        all.next().cloned().ok_or_else(|| SettingsError::NoDeployment.to_string())
    }
}

fn unmapped(name: &str, deployment: &Deployment) -> String {
    format!(
        "deployment `{name}` ({}) is not mapped to a live one: write `[deployments.{name}]` or `[models.\"{}\"]` in the \
         file of `--live`",
        deployment.model, deployment.model
    )
}

fn endpoint(written: Option<&str>, of: &str, variables: Variables<'_>) -> Result<Endpoint, SettingsError> {
    let text = written.map(str::to_owned).or_else(|| variables(ENDPOINT));
    let text = text.ok_or_else(|| SettingsError::Endpoint { of: of.to_owned() })?;
    Endpoint::parse(&text).map_err(SettingsError::BadEndpoint)
}

fn sign_in(written: Option<&LiveSignIn>, resource: &str, variables: Variables<'_>) -> Result<SignIn, SettingsError> {
    let needed = |variable: &str| match variables(variable) {
        Some(_) => Ok(variable.to_owned()),
        None => Err(SettingsError::Variable { resource: resource.to_owned(), variable: variable.to_owned() }),
    };
    let has = |names: [&str; 3]| names.into_iter().all(|variable| variables(variable).is_some());
    let all_of = |names: [&'static str; 3], sign_in| {
        names.into_iter().try_for_each(|name| needed(name).map(drop)).map(|()| sign_in)
    };
    let Some(written) = written else {
        return match () {
            () if variables(KEY).is_some() => Ok(SignIn::Key(KEY.to_owned())),
            () if variables(TOKEN).is_some() => Ok(SignIn::Token(TOKEN.to_owned())),
            () if has(CLIENT_SECRET) => Ok(SignIn::ClientSecret),
            () if has(WORKLOAD_IDENTITY) => Ok(SignIn::WorkloadIdentity),
            () if MANAGED_IDENTITY.into_iter().any(|variable| variables(variable).is_some()) => {
                Ok(SignIn::ManagedIdentity(None))
            }
            () => Err(SettingsError::NothingToSignInWith { resource: resource.to_owned() }),
        };
    };
    let variable = |usual: &str| needed(written.variable.as_deref().unwrap_or(usual));
    match written.with {
        LiveMethod::Key => variable(KEY).map(SignIn::Key),
        LiveMethod::Token => variable(TOKEN).map(SignIn::Token),
        LiveMethod::ClientSecret => all_of(CLIENT_SECRET, SignIn::ClientSecret),
        LiveMethod::WorkloadIdentity => all_of(WORKLOAD_IDENTITY, SignIn::WorkloadIdentity),
        LiveMethod::ManagedIdentity => Ok(SignIn::ManagedIdentity(written.client_id.clone())),
    }
}
