//! How a stream is cut and paced, and what goes wrong with it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

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
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(transform = crate::replies::without_example))]
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

impl StreamFaultKind {
    /// Whether it happens at one place of the stream, and not all along.
    pub fn has_place(self) -> bool {
        self != Self::SplitCharacters
    }
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
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(transform = crate::replies::without_example))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Annotations {
    /// After the finish chunk, before the token counts.
    #[default]
    BeforeUsage,
    /// After the token counts, right before `[DONE]`.
    AfterUsage,
}
