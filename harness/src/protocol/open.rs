//! What the application is made of.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::scenario::{ClientKind, ClientMode};

/// `open`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OpenRequest {
    /// The cell's id, for messages.
    pub cell: String,
    /// Which of the runtime's clients.
    pub client: ClientMode,
    /// Which client of the library.
    pub library: ClientKind,
    /// The `api-version` to send.
    pub api_version: String,
    /// Resources by name.
    pub resources: BTreeMap<String, ResourceEndpoint>,
    /// A deployment fixed for the life of the client.
    pub pinned_deployment: Option<String>,
    /// Retries after the first attempt; the client's own default when null.
    pub max_retries: Option<u32>,
    /// Seconds until a call is given up; the client's own default when null.
    pub timeout_s: Option<f64>,
    /// How to sign in.
    pub auth: AuthRequest,
    /// Environment variables of the cell; the managed identity endpoints are read from here.
    pub environment: BTreeMap<String, String>,
}

/// Where a resource is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ResourceEndpoint {
    /// Such as `https://contoso-east.openai.azure.com`.
    pub endpoint: String,
    /// The resource's key, when the application signs in with keys.
    pub key: Option<String>,
}

/// How to sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "mode", rename_all = "kebab-case")]
pub enum AuthRequest {
    /// Keys, one for each resource.
    ApiKey,
    /// A token given as text.
    EntraToken {
        /// The token.
        token: String,
    },
    /// A token bought with a client secret.
    TokenProvider {
        /// The tenant.
        tenant: String,
        /// The application's id.
        client_id: String,
        /// Its secret.
        client_secret: String,
        /// What the token is for.
        scope: String,
    },
    /// A token of the instance metadata service.
    ManagedIdentityImds {
        /// Which identity, when there are several.
        client_id: Option<String>,
        /// What the token is for.
        scope: String,
    },
    /// A token of App Service.
    ManagedIdentityAppService {
        /// Which identity, when there are several.
        client_id: Option<String>,
        /// What the token is for.
        scope: String,
    },
}
