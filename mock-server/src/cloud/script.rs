//! Replies that somebody else decided: what the cloud answers next on a deployment.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json_borrow::Value;

use super::config::FilterMode;
use super::errors::ErrorKind;
use super::options::Pacing;

/// One reply to one model request.
///
/// ```
/// use azure_openai_mock::{ChatReply, ErrorKind, ErrorReply, ScriptedReply};
///
/// let replies: [ScriptedReply; 2] = [ErrorReply::new(ErrorKind::Timeout).into(), ChatReply::text("Now.").into()];
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ScriptedReply {
    /// Answers a chat request, plain or streamed as the request asks.
    Chat(ChatReply),
    /// Answers an embeddings request.
    Embeddings(EmbeddingsReply),
    /// Answers a Responses request. A [`ChatReply`] does too: its first choice becomes the output.
    Response(ResponseReply),
    /// Answers any request with an error of the service.
    Error(ErrorReply),
}

impl From<ChatReply> for ScriptedReply {
    fn from(reply: ChatReply) -> Self {
        Self::Chat(reply)
    }
}

impl From<EmbeddingsReply> for ScriptedReply {
    fn from(reply: EmbeddingsReply) -> Self {
        Self::Embeddings(reply)
    }
}

impl From<ResponseReply> for ScriptedReply {
    fn from(reply: ResponseReply) -> Self {
        Self::Response(reply)
    }
}

impl From<ErrorReply> for ScriptedReply {
    fn from(reply: ErrorReply) -> Self {
        Self::Error(reply)
    }
}

/// Replies to the requests that hold a text, whenever they come.
#[derive(Clone, Debug)]
pub(crate) struct Reserved {
    text: String,
    replies: VecDeque<(u64, ScriptedReply)>,
}

impl Reserved {
    /// Replies to one request after the other that holds `text`; they are the answers with the ordinals from `first` on.
    pub(crate) fn new(text: &str, first: u64, replies: Vec<ScriptedReply>) -> Self {
        Self { text: text.to_owned(), replies: (first..).zip(replies).collect() }
    }

    /// The reply to a request, with its ordinal: of all that are waiting for a text that the request holds, the one that
    /// was reserved last, since a conversation that goes on holds the texts of its beginning, too.
    pub(crate) fn take(waiting: &mut Vec<Self>, request: &Value) -> Option<(u64, ScriptedReply)> {
        let place = waiting.iter().rposition(|reserved| holds(request, &reserved.text))?;
        let reply = waiting[place].replies.pop_front();
        if waiting[place].replies.is_empty() {
            waiting.remove(place);
        }
        reply
    }
}

/// Whether one of the texts in a document is this one.
fn holds(document: &Value, text: &str) -> bool {
    match document {
        Value::Str(found) => found == text,
        Value::Array(values) => values.iter().any(|value| holds(value, text)),
        Value::Object(members) => members.values().any(|value| holds(value, text)),
        _ => false,
    }
}

/// A chat completion.
///
/// ```
/// use azure_openai_mock::{ChatReply, StreamFault, StreamFaultKind, StreamPlan};
///
/// let calm = ChatReply::text("The sea is calm.");
/// let cut = ChatReply {
///     stream: StreamPlan {
///         fault: Some(StreamFault { kind: StreamFaultKind::Reset, after_chunk: 2 }),
///         ..StreamPlan::default()
///     },
///     ..ChatReply::text("The sea is rough.")
/// };
/// ```
#[derive(Clone, Debug, Default)]
pub struct ChatReply {
    /// The choices, in the order of their index. Empty means that the cloud makes up its default answer.
    pub choices: Vec<Choice>,
    /// Token counts; counted from the texts when absent.
    pub usage: Option<Usage>,
    /// How the reply is streamed, when the request asks for a stream.
    pub stream: StreamPlan,
    /// The id, instead of one made from the seed.
    pub response_id: Option<String>,
    /// The filter mode, instead of the deployment's.
    pub filter: Option<FilterMode>,
    /// How long the head of the response is held back.
    pub delay: Duration,
    /// The rhythm of the stream, instead of the cloud's.
    pub pacing: Option<Pacing>,
    /// Whether the argument fragments of parallel tool calls come one after the other.
    pub tool_deltas: ToolDeltas,
    /// Where the last annotations of the asynchronous filter come.
    pub annotations: Annotations,
    /// Whether the stream ends without `[DONE]`, as some Foundry models do.
    pub without_done: bool,
    /// Whether the second chunk lacks its `delta`, as was seen once.
    pub role_without_delta: bool,
    /// What a model that shows its thoughts thought: `reasoning_content`.
    pub reasoning: Option<String>,
}

/// The order of argument fragments of parallel tool calls.
///
/// ```
/// use azure_openai_mock::{ChatReply, ToolDeltas};
///
/// let reply = ChatReply { tool_deltas: ToolDeltas::Interleaved, ..ChatReply::default() };
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ToolDeltas {
    /// A call is complete before the next one begins, as in every recording.
    #[default]
    InOrder,
    /// The calls take turns; clients must go by `index`.
    Interleaved,
}

/// Where the asynchronous filter's last annotations come in a stream.
///
/// ```
/// use azure_openai_mock::{Annotations, ChatReply};
///
/// let reply = ChatReply { annotations: Annotations::AfterUsage, ..ChatReply::text("Oslo.") };
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Annotations {
    /// After the finish chunk, before the token counts.
    #[default]
    BeforeUsage,
    /// After the token counts, right before `[DONE]`.
    AfterUsage,
}

/// What a Responses request gets.
///
/// ```
/// use azure_openai_mock::{Cloud, CloudConfig, OutputItem, ResponseReply, ResponseStatus};
///
/// let reply = ResponseReply {
///     items: vec![OutputItem::Message { text: "Brest.".to_owned() }],
///     status: ResponseStatus::MaxOutputTokens,
///     ..ResponseReply::default()
/// };
/// Cloud::new(CloudConfig::sample()).script("chat-prod", reply.into());
/// ```
#[derive(Clone, Debug, Default)]
pub struct ResponseReply {
    /// The output. Empty means that the cloud makes up its default answer.
    pub items: Vec<OutputItem>,
    /// Token counts; counted from the texts when absent.
    pub usage: Option<Usage>,
    /// How it ends.
    pub status: ResponseStatus,
    /// How it is cut and broken, when streamed.
    pub stream: StreamPlan,
    /// The rhythm of the stream, instead of the cloud's.
    pub pacing: Option<Pacing>,
    /// The id, instead of one made from the seed.
    pub response_id: Option<String>,
    /// How long the head of the response is held back.
    pub delay: Duration,
}

/// One item of a response's output.
///
/// ```
/// use azure_openai_mock::{OutputItem, ResponseReply};
///
/// let items = vec![
///     OutputItem::Reasoning { summary: vec!["They ask for a port.".to_owned()] },
///     OutputItem::Message { text: "Brest.".to_owned() },
/// ];
/// let reply = ResponseReply { items, ..ResponseReply::default() };
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutputItem {
    /// What the model thought.
    Reasoning {
        /// Summaries, when the request asks for them.
        summary: Vec<String>,
    },
    /// What it said.
    Message {
        /// The text.
        text: String,
    },
    /// What it would not say.
    Refusal {
        /// Why.
        text: String,
    },
    /// A function that it calls.
    FunctionCall(ToolCall),
}

/// How a response ends.
///
/// ```
/// use azure_openai_mock::{ResponseReply, ResponseStatus};
///
/// let failed = ResponseReply { status: ResponseStatus::Failed, ..ResponseReply::default() };
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponseStatus {
    /// In good order.
    #[default]
    Completed,
    /// It ran out of tokens.
    MaxOutputTokens,
    /// The content filter cut it off.
    ContentFilter,
    /// The model failed.
    Failed,
}

impl ChatReply {
    /// A reply of one choice with this text.
    pub fn text(text: &str) -> Self {
        Self { choices: vec![Choice { text: Some(text.to_owned()), ..Choice::default() }], ..Self::default() }
    }
}

/// One choice of a chat completion.
///
/// ```
/// use azure_openai_mock::{ChatReply, Choice};
///
/// let refusal = Choice { refusal: Some("I cannot help with that.".to_owned()), ..Choice::default() };
/// let reply = ChatReply { choices: vec![refusal], ..ChatReply::default() };
/// ```
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// The message's content.
    pub text: Option<String>,
    /// The tools that the model calls.
    pub tool_calls: Vec<ToolCall>,
    /// The model's refusal, in place of content.
    pub refusal: Option<String>,
    /// Why the choice ended; worked out from the rest when absent.
    pub finish_reason: Option<FinishReason>,
}

/// A call of a function tool.
///
/// ```
/// use azure_openai_mock::{ChatReply, Choice, ToolCall};
///
/// let call = ToolCall {
///     id: "call_tide".to_owned(),
///     name: "get_tide".to_owned(),
///     arguments_json: r#"{"port":"Brest"}"#.to_owned(),
/// };
/// let reply = ChatReply { choices: vec![Choice { tool_calls: vec![call], ..Choice::default() }], ..ChatReply::default() };
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolCall {
    /// The call's id, `call_…`.
    pub id: String,
    /// The function's name.
    pub name: String,
    /// Its arguments as the model wrote them: JSON text, valid or not.
    pub arguments_json: String,
}

/// Why a choice ended.
///
/// ```
/// use azure_openai_mock::{Choice, FinishReason};
///
/// let choice = Choice {
///     text: Some("Once upon".to_owned()),
///     finish_reason: Some(FinishReason::Length),
///     ..Choice::default()
/// };
/// assert_eq!(FinishReason::Length.name(), "length");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FinishReason {
    /// The model was done.
    Stop,
    /// It ran out of tokens.
    Length,
    /// It calls tools.
    ToolCalls,
    /// The content filter cut it off.
    ContentFilter,
    /// The legacy form of a tool call.
    FunctionCall,
}

impl FinishReason {
    /// The word on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::ToolCalls => "tool_calls",
            Self::ContentFilter => "content_filter",
            Self::FunctionCall => "function_call",
        }
    }
}

/// Token counts of a reply, as the service reports them.
///
/// ```
/// use azure_openai_mock::{ChatReply, Usage};
///
/// let usage = Usage { input: 812, output: 20, cached: 512, ..Usage::default() };
/// let reply = ChatReply { usage: Some(usage), ..ChatReply::text("Oslo.") };
/// # assert_eq!(reply.usage.map(|usage| usage.cached), Some(512));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
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

/// How a chat reply is cut and paced.
///
/// ```
/// use std::time::Duration;
///
/// use azure_openai_mock::{ChatReply, StreamPlan};
///
/// let chunks = ["One,", " two."].map(str::to_owned).to_vec();
/// let plan = StreamPlan { chunks: Some(chunks), gap: Duration::from_millis(50), fault: None };
/// let reply = ChatReply { stream: plan, ..ChatReply::text("One, two.") };
/// ```
#[derive(Clone, Debug, Default)]
pub struct StreamPlan {
    /// The texts of the content chunks of the first choice; cut at words when absent.
    pub chunks: Option<Vec<String>>,
    /// The wait before every chunk but the first.
    pub gap: Duration,
    /// What goes wrong.
    pub fault: Option<StreamFault>,
}

/// A stream that does not end as it should.
///
/// ```
/// use azure_openai_mock::{StreamFault, StreamFaultKind, StreamPlan};
///
/// let fault = StreamFault { kind: StreamFaultKind::ErrorEvent, after_chunk: 3 };
/// let plan = StreamPlan { fault: Some(fault), ..StreamPlan::default() };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamFault {
    /// How it ends.
    pub kind: StreamFaultKind,
    /// After how many chunks that carry content (text, refusal or tool arguments).
    pub after_chunk: usize,
}

/// Ways for a stream to break.
///
/// ```
/// use azure_openai_mock::StreamFaultKind;
///
/// let kind: StreamFaultKind = serde_json::from_str(r#""error-event""#)?;
/// assert_eq!(kind, StreamFaultKind::ErrorEvent);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum StreamFaultKind {
    /// The connection is reset.
    Reset,
    /// The connection is closed without the terminating chunk.
    Eof,
    /// The body ends in good order, but without finish reason and `[DONE]`.
    Truncated,
    /// Nothing more comes.
    Stall,
    /// An `error` object comes as an event, then the body ends.
    ErrorEvent,
    /// An event with half a JSON object comes, then the body ends.
    Malformed,
    /// An event comes that ends inside a character of several bytes, then the body ends.
    HalfCharacter,
    /// Everything comes, but in writes that end inside characters of several bytes. `after_chunk` means nothing.
    SplitCharacters,
}

/// An embeddings response. The vectors are made from the inputs.
///
/// ```
/// use azure_openai_mock::{Cloud, CloudConfig, EmbeddingsReply};
///
/// let reply = EmbeddingsReply { dimensions: Some(8), ..EmbeddingsReply::default() };
/// Cloud::new(CloudConfig::sample()).script("embed-prod", reply.into());
/// ```
#[derive(Clone, Debug, Default)]
pub struct EmbeddingsReply {
    /// Length of the vectors, instead of what the request or the model says.
    pub dimensions: Option<usize>,
    /// Token counts (only `input` is used); counted from the inputs when absent.
    pub usage: Option<Usage>,
    /// How long the response is held back.
    pub delay: Duration,
}

/// An error with the body, headers and reason phrase of the service.
///
/// ```
/// use std::time::Duration;
///
/// use azure_openai_mock::{Cloud, CloudConfig, ErrorKind, ErrorReply, RateLimit};
///
/// let error = ErrorReply {
///     retry_after_ms: Some(Duration::from_millis(250)),
///     ..ErrorReply::new(ErrorKind::RateLimit(RateLimit::Tokens))
/// };
/// Cloud::new(CloudConfig::sample()).script("chat-prod", error.into());
/// ```
#[derive(Clone, Debug)]
pub struct ErrorReply {
    /// Which error.
    pub kind: ErrorKind,
    /// `retry-after`, in whole seconds, rounded up. Rate limits have one second unless told otherwise.
    pub retry_after: Option<Duration>,
    /// `retry-after-ms`, as newer deployments send in addition.
    pub retry_after_ms: Option<Duration>,
    /// Another message than the service's own, where the body has one.
    pub message: Option<String>,
    /// How long the response is held back.
    pub delay: Duration,
}

impl ErrorReply {
    /// The error as the service sends it by default.
    pub fn new(kind: ErrorKind) -> Self {
        Self { kind, retry_after: None, retry_after_ms: None, message: None, delay: Duration::ZERO }
    }
}
