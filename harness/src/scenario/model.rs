//! The shape of `scenarios/<family>/<name>.toml`.
//!
//! An operation is a sub-table, so that every mistake has a position; no `flatten`, `untagged` or internally tagged
//! enum, because each loses the position of a mistake (toml 1.2). The JSON Schema is made from these types.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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

/// The content-filter mode of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FilterMode {
    /// Text is held back until it is checked.
    #[default]
    Default,
    /// Text is sent at once, annotations follow.
    Async,
}

/// How the application sets up its client.
#[derive(Clone, Debug, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// A deployment fixed when the client is made; the `model` of a call is then only a label.
    pub pinned_deployment: Option<String>,
    /// Retries of the client; its own default when absent.
    pub max_retries: Option<u32>,
    /// Timeout of the client in milliseconds; its own default when absent.
    pub timeout_ms: Option<u64>,
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

/// One thing the application does. Exactly one of `chat` and `embeddings`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its name in this file.
    pub id: String,
    /// A chat completion.
    pub chat: Option<Chat>,
    /// An embeddings call.
    pub embeddings: Option<Embeddings>,
    /// What the service answers. Without it the cloud answers by itself (a wrong key, say).
    pub reply: Option<Reply>,
}

/// A chat completion.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Chat {
    /// The deployment that is called. With `application.pinned_deployment` this must be that one.
    pub deployment: String,
    /// What the application passes as `model`, when that is not the deployment.
    pub model: Option<String>,
    /// A system message.
    pub system: Option<String>,
    /// A user message.
    pub user: Option<String>,
    /// An earlier step whose conversation goes on: its messages and its answer are sent again, as an application does.
    #[serde(rename = "continue")]
    pub continues: Option<String>,
    /// Results of tool calls, by call id.
    #[serde(default)]
    pub tool_results: IndexMap<String, serde_json::Value>,
    /// Tools offered, by name.
    #[serde(default)]
    pub tools: Vec<String>,
    /// Sampling temperature.
    pub temperature: Option<f64>,
    /// Nucleus sampling.
    pub top_p: Option<f64>,
    /// Upper bound on answer tokens.
    pub max_tokens: Option<u64>,
    /// Seed.
    pub seed: Option<i64>,
    /// Stop sequences.
    pub stop: Option<Vec<String>>,
    /// Frequency penalty.
    pub frequency_penalty: Option<f64>,
    /// Presence penalty.
    pub presence_penalty: Option<f64>,
    /// Ask for a stream.
    #[serde(default)]
    pub stream: bool,
    /// `stream_options.include_usage`.
    pub include_usage: Option<bool>,
    /// Stop reading early.
    pub read: Option<Read>,
}

/// How the application stops reading a stream.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Read {
    /// How many chunks it reads first, counted as the client yields them.
    pub chunks: u32,
    /// What it does then.
    pub then: ThenStop,
}

/// What an application does when it stops reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ThenStop {
    /// Leaves the loop.
    Break,
    /// Closes the stream.
    Close,
    /// Cancels the task.
    Cancel,
    /// Keeps the stream and reads no further.
    Hold,
}

/// An embeddings call.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Embeddings {
    /// The deployment that is called.
    pub deployment: String,
    /// What the application passes as `model`, when that is not the deployment.
    pub model: Option<String>,
    /// Texts.
    pub input: Vec<String>,
    /// Length of the vectors asked for.
    pub dimensions: Option<u32>,
}

/// What the service answers to a step. Exactly one of `text`, `tool_calls`, `embeddings` and `error`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// The answer's text.
    pub text: Option<String>,
    /// Tool calls the model asks for.
    pub tool_calls: Option<Vec<ToolCall>>,
    /// An embeddings answer.
    pub embeddings: Option<EmbeddingsReply>,
    /// An error, with the service's own body and headers.
    pub error: Option<ErrorName>,
    /// Milliseconds in the error's `retry-after-ms` header.
    pub retry_after_ms: Option<u64>,
    /// Why the model stopped; by default `stop` or `tool_calls`.
    pub finish_reason: Option<String>,
    /// Token counts.
    pub usage: Option<Usage>,
    /// How the text is cut when it is streamed; joined they must be `text`.
    pub chunks: Option<Vec<String>>,
    /// Milliseconds between chunks.
    pub chunk_gap_ms: Option<u64>,
    /// What goes wrong in the middle of a stream.
    pub fault: Option<StreamFault>,
    /// Content chunks that leave before the fault.
    pub after_chunk: Option<u32>,
    /// Error answers that come first, one per attempt of the client.
    #[serde(default)]
    pub preceded_by: Vec<Refusal>,
}

/// An error answer before the final one.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// The error.
    pub error: ErrorName,
    /// Milliseconds in its `retry-after-ms` header.
    pub retry_after_ms: Option<u64>,
}

/// A tool call in a reply.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ToolCall {
    /// The call's id.
    pub id: String,
    /// The tool.
    pub tool: String,
    /// Its arguments.
    #[serde(default)]
    pub arguments: serde_json::Map<String, serde_json::Value>,
}

/// An embeddings answer: the vectors are made from the inputs.
#[derive(Clone, Debug, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EmbeddingsReply {
    /// Length of the vectors.
    pub dimensions: Option<u32>,
}

/// Token counts as the service reports them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    /// Prompt tokens.
    pub input: u64,
    /// Completion tokens.
    #[serde(default)]
    pub output: u64,
    /// Of the prompt tokens, those read from the cache.
    #[serde(default)]
    pub cached: u64,
    /// Of the completion tokens, those spent on reasoning.
    #[serde(default)]
    pub reasoning: u64,
}

/// An error of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorName {
    /// 400: the prompt was blocked.
    ContentFilter,
    /// 429: too many tokens.
    RateLimit,
    /// 429: too many calls.
    CallRateLimit,
    /// 400: the conversation is too long.
    ContextLength,
    /// 408.
    Timeout,
    /// 500.
    ServerError,
    /// 503.
    Unavailable,
}

/// What goes wrong in the middle of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StreamFault {
    /// The connection is reset.
    Reset,
    /// The connection ends.
    Eof,
    /// Nothing comes any more.
    Stall,
    /// An error event.
    ErrorEvent,
    /// Half a JSON frame.
    Malformed,
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
