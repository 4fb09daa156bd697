//! The shape of a step: what the application asks for, and how.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ParameterType, Reply};

/// One thing the application does. Exactly one of `chat` and `embeddings`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its name in this file.
    pub id: String,
    /// How often it is done: steps `<id>-1`, `<id>-2` and so on, alike but for `{n}` in the texts of call and reply, which
    /// is the repetition's number. Whoever names the step names them all.
    #[schemars(range(min = 2, max = 100))]
    pub repeat: Option<u32>,
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
    /// Which of the service's APIs for conversations is called.
    #[serde(default)]
    pub api: ChatApi,
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
    /// How many choices are asked for.
    pub n: Option<u32>,
    /// Upper bound on answer tokens, those of reasoning included; reasoning models take no `max_tokens`.
    pub max_completion_tokens: Option<u64>,
    /// How long a reasoning model thinks, such as `low`.
    pub reasoning_effort: Option<String>,
    /// Ask for the probabilities of the answer's tokens.
    pub logprobs: Option<bool>,
    /// For how many likely tokens at each place; needs `logprobs`.
    pub top_logprobs: Option<u32>,
    /// `auto`, `none`, `required`, or the name of a tool that must be called.
    pub tool_choice: Option<String>,
    /// Whether the model may ask for several tools at once.
    pub parallel_tool_calls: Option<bool>,
    /// URLs of images that go with the user message.
    #[serde(default)]
    pub images: Vec<String>,
    /// The answer must be JSON of this form.
    pub response_schema: Option<ResponseSchema>,
    /// The answer must be JSON of any form.
    pub json_object: Option<bool>,
    /// How the application calls the client; the plain method when absent.
    pub via: Option<Via>,
    /// With `continue`: the application gives the client's own message objects back, not plain data.
    #[serde(default)]
    pub objects: bool,
    /// With `continue` and `api = "responses"`: the service remembers the earlier step, only what is new is sent.
    #[serde(default)]
    pub stored: bool,
    /// Timeout of this call in milliseconds, in place of the client's.
    pub timeout_ms: Option<u64>,
    /// Ask for a stream.
    #[serde(default)]
    pub stream: bool,
    /// `stream_options.include_usage`.
    pub include_usage: Option<bool>,
    /// Stop reading early.
    pub read: Option<Read>,
}

/// An API for conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChatApi {
    /// Chat completions.
    #[default]
    Completions,
    /// Responses: the deployment is in the body, instructions and input are two things, the output is a list of items.
    Responses,
}

/// How the application calls the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Via {
    /// `with_raw_response`: headers first, then the parsed answer.
    Raw,
    /// `with_streaming_response`: a context manager around the response.
    StreamingResponse,
    /// The stream is a context manager.
    ContextManager,
    /// `parse`: the answer as an object of the application's own type.
    Parse,
    /// `stream()`: the client's helper, which gives events and puts the answer together.
    Helper,
}

/// The form of a JSON answer.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResponseSchema {
    /// Its name.
    pub name: String,
    /// Its members: name to JSON type, all required.
    pub properties: IndexMap<String, ParameterType>,
}

/// How the application stops reading a stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Read {
    /// How many chunks it reads first, counted as the client yields them; 0 is a stream that is never read.
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
    pub input: Option<Vec<String>>,
    /// One text on its own, which is another request than a list of one.
    pub text: Option<String>,
    /// Texts that the application has cut into tokens.
    pub tokens: Option<Vec<Vec<u32>>>,
    /// Length of the vectors asked for.
    pub dimensions: Option<u32>,
    /// `encoding_format`; without it the service's own clients ask for base64 and decode it.
    pub encoding: Option<VectorEncoding>,
    /// How the application calls the client; the plain method when absent.
    pub via: Option<Via>,
}

/// How vectors are written on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VectorEncoding {
    /// Lists of numbers.
    Float,
    /// Bytes in base64.
    Base64,
}
