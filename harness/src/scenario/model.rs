//! The shape of `scenarios/<category>/<name>.toml`.
//!
//! An operation is a sub-table, so that every mistake has a position; no `flatten`, `untagged` or internally tagged
//! enum, because each loses the position of a mistake (toml 1.2). The JSON Schema is made from these types.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FilterMode, Step};

/// One scenario file. Its path below `scenarios/`, without `.toml`, is its name: `tools/round-trip`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioFile {
    /// One line: what happens.
    pub title: String,
    /// Why this scenario exists: what it shows that no other does.
    pub intent: String,
    /// Words to select by, such as `smoke`.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The cloud.
    pub azure: Azure,
    /// How the application is set up.
    #[serde(default)]
    pub application: Application,
    /// The scenario's own axes.
    #[serde(default)]
    pub matrix: Matrix,
    /// Tools, by name, that chat calls may offer.
    #[serde(default)]
    pub tools: IndexMap<String, Tool>,
    /// What the application does, in order.
    pub step: Vec<Step>,
    /// Steps under one span of the application's own.
    #[serde(default)]
    pub group: Vec<Group>,
    /// Steps that run at the same time.
    #[serde(default)]
    pub parallel: Vec<Parallel>,
    /// What must be true of the telemetry, in concepts, whatever the flavor.
    #[serde(default)]
    pub expect: Vec<Expect>,
}

/// The cloud of a scenario.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Azure {
    /// The `api-version` the client sends.
    #[serde(default = "default_api_version")]
    pub api_version: String,
    /// Azure OpenAI resources by name; the host is `contoso-<name>.openai.azure.com`.
    pub resources: IndexMap<String, Resource>,
    /// Deployments by name.
    pub deployments: IndexMap<String, Deployment>,
    /// Seconds that tokens live, when that is not an hour.
    pub token_lifetime_s: Option<u64>,
}

/// The newest dated general-availability version.
fn default_api_version() -> String {
    "2024-10-21".to_owned()
}

/// One Azure OpenAI resource.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// Its region, such as `eastus2`.
    pub region: String,
    /// Its host, when that is not `contoso-<name>.openai.azure.com`: another service name, another cloud, a gateway.
    pub host: Option<String>,
    /// The path in front of the service's own at a gateway, without slashes around it: `azure-openai`.
    pub prefix: Option<String>,
    /// It is reached through a port of this machine, without TLS, under this name.
    pub loopback: Option<Loopback>,
    /// `false`: nobody answers at its address.
    #[serde(default = "yes")]
    pub reachable: bool,
}

/// A name of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Loopback {
    /// The address.
    #[serde(rename = "127.0.0.1")]
    Address,
    /// The word.
    #[serde(rename = "localhost")]
    Word,
}

/// One deployment of a model.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    /// The resource it lives in.
    pub resource: String,
    /// The model snapshot it serves, such as `gpt-4o-2024-11-20`.
    pub model: String,
    /// Its content-filter mode.
    #[serde(default)]
    pub filter: FilterMode,
    /// `false`: the application calls it, but the cloud has no such deployment.
    #[serde(default = "yes")]
    pub exists: bool,
}

fn yes() -> bool {
    true
}

/// How the application sets up its client.
#[derive(Clone, Debug, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// Which of the library's clients it makes.
    #[serde(default)]
    pub client: ClientKind,
    /// A deployment fixed when the client is made; the `model` of a call is then only a label.
    pub pinned_deployment: Option<String>,
    /// Retries of the client; its own default when absent.
    pub max_retries: Option<u32>,
    /// Timeout of the client in milliseconds; its own default when absent.
    pub timeout_ms: Option<u64>,
}

/// Which of the library's clients an application makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClientKind {
    /// The one for Azure: deployments in the path, an `api-version`.
    #[default]
    Azure,
    /// The plain one of OpenAI, on the service's `/openai/v1`.
    OpenaiV1,
    /// The one of Azure AI model inference, on `/models` of a Foundry resource, with the service's own `api-version`.
    ModelInference,
}

/// The scenario's own axes: one cell per combination.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Matrix {
    /// Ways to sign in.
    pub auth: Vec<AuthMode>,
    /// Client modes; those that the flavor's runtime has.
    pub client: Vec<ClientMode>,
    /// Axes whose values must give the same snapshot: there is one file, the first value may propose it.
    pub same: Vec<AxisName>,
}

impl Default for Matrix {
    fn default() -> Self {
        Self {
            auth: vec![AuthMode::ApiKey],
            client: vec![ClientMode::Sync, ClientMode::Async],
            same: vec![AxisName::Auth, AxisName::Client],
        }
    }
}

/// An axis of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AxisName {
    /// How the application signs in.
    Auth,
    /// Sync or async client.
    Client,
}

/// How the application signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AuthMode {
    /// The resource's key.
    ApiKey,
    /// A key that the resource does not have.
    WrongKey,
    /// A Microsoft Entra token, given to the client as text.
    EntraToken,
    /// A Microsoft Entra token that is no longer valid.
    ExpiredToken,
    /// A Microsoft Entra token for another service.
    WrongAudience,
    /// A Microsoft Entra token of an application without a role on the resource.
    NoRole,
    /// A token provider over a client secret.
    TokenProvider,
    /// Managed identity through the instance metadata service.
    ManagedIdentityImds,
    /// Managed identity through App Service.
    ManagedIdentityAppService,
}

/// Which of the runtime's clients is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClientMode {
    /// The blocking client.
    Sync,
    /// The asynchronous client.
    Async,
}

/// A function the model may call.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// What it does.
    pub description: String,
    /// Its parameters: name to JSON type, all required.
    #[serde(default)]
    pub parameters: IndexMap<String, ParameterType>,
}

/// The JSON type of a tool's parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ParameterType {
    /// Text.
    String,
    /// A number.
    Number,
    /// A whole number.
    Integer,
    /// True or false.
    Boolean,
}

/// Steps under one span of the application's own.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Its name in this file.
    pub id: String,
    /// The name of the application's span.
    pub name: String,
    /// A session id.
    pub session: Option<String>,
    /// A user id.
    pub user: Option<String>,
    /// The steps under it: neighbours in the file, in the file's order.
    pub steps: Vec<String>,
    /// With a step that repeats: a span for each repetition, in place of one around them all. `{n}` in `session` and
    /// `user` is the repetition's number.
    #[serde(default)]
    pub each: bool,
}

/// Steps that run at the same time: in threads with the blocking client, in tasks with the asynchronous one. Each has a
/// copy of the application's context. A group whose steps are some of these is one of the things that run at the same
/// time: its steps come one after the other.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parallel {
    /// Its name in this file.
    pub id: String,
    /// The steps: neighbours in the file, in the file's order. Each sends a text that no other step sends, by which its
    /// reply is found.
    pub steps: Vec<String>,
}

/// One expectation, in concepts.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// Its name; the finding is `expect.<id>`.
    pub id: String,
    /// The step it is about; all steps when absent.
    pub step: Option<String>,
    /// How many spans stand for calls of the model.
    pub spans: Option<ExpectSpans>,
    /// Concepts and their values on every such span.
    #[serde(default)]
    pub has: IndexMap<String, serde_json::Value>,
    /// Concepts that no such span may have.
    #[serde(default)]
    pub lacks: Vec<String>,
    /// How many traces such spans belong to.
    pub traces: Option<u32>,
    /// The span that every such span has as its parent.
    pub parent: Option<ExpectParent>,
    /// The status of every such span.
    pub status: Option<ExpectStatus>,
}

/// How many spans there are for calls of the model.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectSpans {
    /// `chat` or `embeddings`; any when absent.
    pub operation: Option<Operation>,
    /// How many.
    pub count: u32,
}

/// What a call asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// A chat completion.
    Chat,
    /// Embeddings.
    Embeddings,
}

/// An expected parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExpectParent {
    /// The application's span of the step's group.
    Group,
    /// None: the span is a root.
    None,
}

/// An expected status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExpectStatus {
    /// Not an error.
    Ok,
    /// An error.
    Error,
}
