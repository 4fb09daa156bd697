//! The shape of a reply: what the service answers to a step.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the service answers to a step. Exactly one of `text`, `refusal`, `tool_calls`, `choices`, `embeddings`
/// and `error`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// The answer's text.
    pub text: Option<String>,
    /// What the model says in place of an answer.
    pub refusal: Option<String>,
    /// Tool calls the model asks for.
    pub tool_calls: Option<Vec<ToolCall>>,
    /// Several choices, as many as the call's `n`.
    pub choices: Option<Vec<ChoiceReply>>,
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
    /// Milliseconds until the answer begins.
    pub delay_ms: Option<u64>,
    /// Milliseconds between chunks.
    pub chunk_gap_ms: Option<u64>,
    /// The argument fragments of parallel tool calls take turns, so that only their `index` tells them apart.
    #[serde(default)]
    pub interleaved: bool,
    /// Where the asynchronous filter's last annotations come.
    pub annotations: Option<AnnotationPlace>,
    /// The stream ends without `[DONE]`, as some models do.
    #[serde(default)]
    pub without_done: bool,
    /// What goes wrong in the middle of a stream.
    pub fault: Option<StreamFault>,
    /// Content chunks that leave before the fault; not with `split-characters`.
    pub after_chunk: Option<u32>,
    /// Error answers that come first, one per attempt of the client.
    #[serde(default)]
    pub preceded_by: Vec<Refusal>,
}

/// Where the asynchronous filter's last annotations come in a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AnnotationPlace {
    /// After the finish reason, before the token counts.
    BeforeUsage,
    /// After the token counts, at the very end.
    AfterUsage,
}

/// One of several choices. Exactly one of `text`, `refusal` and `tool_calls`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChoiceReply {
    /// The choice's text.
    pub text: Option<String>,
    /// What the model says in place of an answer.
    pub refusal: Option<String>,
    /// Tool calls the model asks for.
    pub tool_calls: Option<Vec<ToolCall>>,
    /// Why the model stopped; by default `stop` or `tool_calls`.
    pub finish_reason: Option<String>,
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
    /// 400: the model does not take a parameter.
    UnsupportedParameter,
    /// 400: the back end refuses the prompt.
    InvalidPrompt,
    /// 400: the service does not know the `api-version`.
    UnsupportedApiVersion,
    /// 401: nobody gave the application a role.
    PermissionDenied,
    /// 403: keys are switched off.
    KeysDisabled,
    /// 403: network rules.
    Firewall,
    /// 403: private endpoint only.
    PrivateEndpoint,
    /// 404: no such path; the answer names no request.
    ResourceNotFound,
    /// 408.
    Timeout,
    /// 409: the deployment is being changed.
    Conflict,
    /// 429: too much demand in the region.
    PeakLoad,
    /// 500.
    ServerError,
    /// 500: the gateway got nonsense from the model.
    BadBackEnd,
    /// 503.
    Unavailable,
    /// 503: a page of HTML.
    FrontDoor,
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
    /// The body ends in good order, but the model never said why it stopped.
    Truncated,
    /// An event that ends inside a character of several bytes.
    HalfCharacter,
    /// Everything comes, but in writes that end inside characters of several bytes: it has no place in the stream.
    SplitCharacters,
}

impl StreamFault {
    /// Whether it happens at one place of the stream, and not all along.
    pub fn has_place(self) -> bool {
        self != Self::SplitCharacters
    }

    /// Whether the application gets the whole answer all the same.
    pub fn is_harmless(self) -> bool {
        self == Self::SplitCharacters
    }
}
