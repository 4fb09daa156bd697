//! The worker protocol's requests, as far as the reference needs them. Unknown keys are the protocol's affair.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::scenario::{ChatApi, Operation, Read};

/// `open`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct OpenRequest {
    /// Which client of the library: `azure`, or the plain one on `/openai/v1`.
    #[serde(default)]
    pub library: Library,
    /// The `api-version` to send.
    pub api_version: String,
    /// Resources by name.
    pub resources: BTreeMap<String, ResourceEndpoint>,
    /// A deployment fixed for the life of the client.
    pub pinned_deployment: Option<String>,
    /// Retries after the first attempt; 2 when absent, as in the service's own clients.
    pub max_retries: Option<u32>,
    /// Seconds until a call is given up; 600 when absent.
    pub timeout_s: Option<f64>,
    /// How to sign in.
    pub auth: AuthRequest,
    /// Environment variables of the cell; the managed identity endpoints are read from here.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
}

/// Which client of the service's library the application makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Library {
    /// Deployments in the path, an `api-version`.
    #[default]
    Azure,
    /// The plain client of OpenAI on `/openai/v1`; keys travel as bearers.
    OpenaiV1,
}

/// Where a resource is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ResourceEndpoint {
    /// Such as `https://contoso-east.openai.azure.com`.
    pub endpoint: String,
    /// The resource's key, when the application signs in with keys.
    pub key: Option<String>,
}

/// How to sign in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
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

/// `group_open`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct GroupRequest {
    /// The name of the application's span.
    pub name: String,
    /// A session id.
    pub session: Option<String>,
    /// A user id.
    pub user: Option<String>,
}

/// The `step` of `run`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct StepRequest {
    /// The step's id.
    pub id: String,
    /// The resource to call.
    pub resource: String,
    /// What to ask for.
    pub operation: Operation,
    /// What to pass as `model`.
    pub model: String,
    /// Which API for conversations is called.
    #[serde(default)]
    pub api: ChatApi,
    /// The service remembers the earlier step: only what is new is sent.
    #[serde(default)]
    pub stored: bool,
    /// New messages, in the wire's shape.
    #[serde(default)]
    pub messages: Vec<Value>,
    /// An earlier step whose conversation goes on.
    #[serde(rename = "continue")]
    pub continues: Option<String>,
    /// Results of the earlier step's tool calls, by call id.
    #[serde(default)]
    pub tool_results: Map<String, Value>,
    /// Tools, in the wire's shape.
    #[serde(default)]
    pub tools: Vec<Value>,
    /// Arguments to pass unchanged.
    #[serde(default)]
    pub parameters: Map<String, Value>,
    /// Ask for a stream.
    #[serde(default)]
    pub stream: bool,
    /// `stream_options.include_usage`.
    pub include_usage: Option<bool>,
    /// Stop reading early.
    pub read: Option<Read>,
    /// Seconds until this call is given up, in place of the client's.
    pub timeout_s: Option<f64>,
    /// Text or texts to embed.
    pub input: Option<Value>,
}
