//! Replies that somebody else decided: what the cloud answers next on a deployment.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::config::FilterMode;
use super::errors::ErrorKind;
use super::options::Pacing;
use super::reply::{Frame, Reply, ReplyBody, StreamEnd};
use super::stream_plan::{Annotations, StreamPlan, ToolDeltas};

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
    /// Answers any request with what is written here, and nothing else.
    Raw(RawReply),
}

impl From<RawReply> for ScriptedReply {
    fn from(reply: RawReply) -> Self {
        Self::Raw(reply)
    }
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
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(transform = crate::replies::without_example))]
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
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(transform = crate::replies::without_example))]
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

/// An answer byte for byte, for what no other reply can say. `Content-Length`, or `Transfer-Encoding` when there are
/// events, is added; no other header is.
///
/// ```
/// use azure_openai_mock::RawReply;
/// use http::StatusCode;
///
/// let teapot = RawReply {
///     status: StatusCode::IM_A_TEAPOT,
///     headers: vec![("Content-Type".to_owned(), "text/plain".to_owned())],
///     body: "short and stout".into(),
///     ..RawReply::default()
/// };
/// ```
#[derive(Clone, Debug, Default)]
pub struct RawReply {
    /// The status.
    pub status: StatusCode,
    /// A reason phrase that differs from the standard one.
    pub reason: Option<String>,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The body; not sent when there are events.
    pub body: Bytes,
    /// The pieces of a streamed body.
    pub events: Option<Vec<Bytes>>,
    /// The wait before every piece but the first.
    pub gap: Duration,
    /// How a streamed body ends; in good order when absent.
    pub end: Option<StreamEnd>,
    /// How long the head of the response is held back.
    pub delay: Duration,
}

impl RawReply {
    pub(crate) fn reply(self) -> Reply {
        let framing = match &self.events {
            None => ("Content-Length", self.body.len().to_string()),
            Some(_) => ("Transfer-Encoding", "chunked".to_owned()),
        };
        let is_framing =
            |name: &str| ["content-length", "transfer-encoding"].iter().any(|known| name.eq_ignore_ascii_case(known));
        let headers = self.headers.into_iter().filter(|(name, _)| !is_framing(name));
        let headers = headers.map(|(name, value)| (name.into(), value.into()));
        let body = match self.events {
            None => ReplyBody::Whole(self.body),
            Some(events) => {
                let gap = |position| if position == 0 { Duration::ZERO } else { self.gap };
                let frames = events.into_iter().enumerate();
                ReplyBody::Stream {
                    frames: frames.map(|(position, bytes)| Frame { bytes, gap: gap(position) }).collect(),
                    end: self.end.unwrap_or(StreamEnd::Complete),
                }
            }
        };
        Reply {
            status: self.status,
            reason: self.reason,
            headers: std::iter::once((framing.0.into(), framing.1.into())).chain(headers).collect(),
            body,
            delay: self.delay,
        }
    }
}
