//! What a worker is asked to perform.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::scenario::{ChatApi, Operation, Read, Via};

/// `group_open`, and the `group` of a branch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct GroupRequest {
    /// The group's id, for messages.
    pub group: String,
    /// The name of the application's span.
    pub name: String,
    /// A session id.
    pub session: Option<String>,
    /// A user id.
    pub user: Option<String>,
}

/// One of the `branches` of `run_all`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct BranchRequest {
    /// The application's own span around the branch.
    pub group: Option<GroupRequest>,
    /// One after the other.
    pub steps: Vec<StepRequest>,
}

/// The `step` of `run`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct StepRequest {
    /// The step's id.
    pub id: String,
    /// The resource to call.
    pub resource: String,
    /// What to pass as `model`.
    pub model: String,
    /// Arguments to pass unchanged.
    pub parameters: Map<String, Value>,
    /// How the client is called; the plain method when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via: Option<Via>,
    /// What to ask for.
    #[serde(flatten)]
    pub call: CallRequest,
}

/// What to ask for, by `operation`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "operation", rename_all = "kebab-case")]
pub enum CallRequest {
    /// A chat completion, or a response.
    Chat(ChatRequest),
    /// Embeddings.
    Embeddings(EmbeddingsRequest),
}

/// What a chat has besides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChatRequest {
    /// Which API for conversations is called.
    #[serde(default, skip_serializing_if = "is_default")]
    pub api: ChatApi,
    /// The service remembers the earlier step: only what is new is sent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub stored: bool,
    /// New messages, in the API's own shape.
    pub messages: Vec<Value>,
    /// An earlier step whose conversation goes on.
    #[serde(rename = "continue")]
    pub continues: Option<String>,
    /// Results of the earlier step's tool calls, by call id.
    pub tool_results: Map<String, Value>,
    /// Tools, in the API's own shape.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<Value>,
    /// Ask for a stream.
    pub stream: bool,
    /// `stream_options.include_usage`.
    pub include_usage: Option<bool>,
    /// Stop reading early.
    pub read: Option<Read>,
    /// Seconds until this call is given up, in place of the client's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_s: Option<f64>,
    /// With `continue`: the client's own objects are given back, not plain data.
    #[serde(default, skip_serializing_if = "is_default")]
    pub objects: bool,
}

/// What embeddings have besides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EmbeddingsRequest {
    /// What is embedded.
    pub input: EmbeddingsInput,
}

/// What is embedded. A list of one is another request on the wire than a text alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum EmbeddingsInput {
    /// One text.
    Text(String),
    /// Texts.
    Texts(Vec<String>),
    /// Texts that the application has cut into tokens.
    Tokens(Vec<Vec<u32>>),
}

impl StepRequest {
    /// What is asked for, without how.
    pub fn operation(&self) -> Operation {
        match self.call {
            CallRequest::Chat(_) => Operation::Chat,
            CallRequest::Embeddings(_) => Operation::Embeddings,
        }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
