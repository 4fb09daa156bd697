//! The worker protocol as types, which its JSON Schema is made from. The reference reads its requests with them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::Outcome;
use crate::scenario::{ChatApi, ClientMode, Operation, Read, Via};

/// One line each way; `workers/PROTOCOL.md` says what is meant.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct WorkerProtocol {
    /// From the harness, on the worker's standard input.
    pub request: WorkerRequest,
    /// From the worker, on the standard output that it was started with.
    pub reply: WorkerReply,
}

/// A request: `id` and `op`, and what belongs to the operation.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "op", rename_all = "snake_case")]
#[schemars(deny_unknown_fields)]
pub enum WorkerRequest {
    /// The first of all: the instrumentor is set up before the reply.
    Hello {
        /// Increasing.
        id: u64,
        /// The version of the protocol: 1.
        protocol: u32,
    },
    /// Makes the application's clients for a cell.
    Open {
        /// Increasing.
        id: u64,
        /// What the application is made of.
        #[serde(flatten)]
        open: OpenRequest,
    },
    /// Opens the application's own span and makes it current.
    GroupOpen {
        /// Increasing.
        id: u64,
        /// Which span.
        #[serde(flatten)]
        group: GroupRequest,
    },
    /// Ends the application's own span.
    GroupClose {
        /// Increasing.
        id: u64,
    },
    /// Performs one step.
    Run {
        /// Increasing.
        id: u64,
        /// The step.
        step: StepRequest,
    },
    /// Performs several things at the same time.
    RunAll {
        /// Increasing.
        id: u64,
        /// What is performed at the same time.
        branches: Vec<BranchRequest>,
    },
    /// Sends all telemetry and counts spans.
    Flush {
        /// Increasing.
        id: u64,
    },
    /// Closes the clients and forgets the conversations.
    Close {
        /// Increasing.
        id: u64,
    },
}

/// A reply: the request's `id` and one of `ok`, `skip` and `fault`.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct WorkerReply {
    /// That of the request.
    pub id: u64,
    /// It was done.
    pub ok: Option<Done>,
    /// This worker cannot do that: the reason.
    pub skip: Option<String>,
    /// The worker itself failed.
    pub fault: Option<Failed>,
}

/// What was done: each operation has its own members, `open`, `group_open`, `group_close` and `close` have none.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Done {
    /// `hello`: the version of the protocol.
    pub protocol: Option<u32>,
    /// `hello`: such as `python`.
    pub runtime: Option<String>,
    /// `hello`: the runtime's version.
    pub runtime_version: Option<String>,
    /// `hello`: every installed package and its version; compared with the lock.
    pub packages: Option<BTreeMap<String, String>>,
    /// `hello`: what the worker can do, such as `chat.stream`.
    pub abilities: Option<Vec<String>>,
    /// `run`: what the application saw.
    pub outcome: Option<Outcome>,
    /// `run_all`: what the application saw, by step.
    pub outcomes: Option<BTreeMap<String, Outcome>>,
    /// `flush`: spans started since the last one.
    pub spans_started: Option<u64>,
    /// `flush`: spans ended since the last one.
    pub spans_ended: Option<u64>,
    /// `flush`: log records emitted since the last one.
    pub logs_emitted: Option<u64>,
}

/// How a worker itself failed.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Failed {
    /// What happened.
    pub message: String,
    /// Where.
    pub traceback: Option<String>,
}

/// `open`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
pub struct OpenRequest {
    /// The cell's id, for messages.
    #[serde(default)]
    pub cell: String,
    /// Which of the runtime's clients.
    #[serde(default = "asynchronous")]
    pub client: ClientMode,
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

fn asynchronous() -> ClientMode {
    ClientMode::Async
}

/// Which client of the service's library the application makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Library {
    /// Deployments in the path, an `api-version`.
    #[default]
    Azure,
    /// The plain client of OpenAI on `/openai/v1`; keys travel as bearers.
    OpenaiV1,
    /// Azure AI model inference on `/models`, with an `api-version` of its own.
    ModelInference,
}

/// Where a resource is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ResourceEndpoint {
    /// Such as `https://contoso-east.openai.azure.com`.
    pub endpoint: String,
    /// The resource's key, when the application signs in with keys.
    pub key: Option<String>,
}

/// How to sign in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
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
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct GroupRequest {
    /// The group's id, for messages.
    #[serde(default)]
    pub group: String,
    /// The name of the application's span.
    pub name: String,
    /// A session id.
    pub session: Option<String>,
    /// A user id.
    pub user: Option<String>,
}

/// One of the `branches` of `run_all`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct BranchRequest {
    /// The application's own span around the branch.
    pub group: Option<GroupRequest>,
    /// One after the other.
    pub steps: Vec<StepRequest>,
}

/// The `step` of `run`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
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
    /// With `continue`: the client's own objects are given back, not plain data.
    #[serde(default)]
    pub objects: bool,
    /// How the client is called; the plain method when absent.
    pub via: Option<Via>,
    /// Text or texts to embed.
    pub input: Option<Value>,
}
