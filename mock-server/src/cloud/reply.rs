//! What the cloud answers, as data: an edge writes it to a socket.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;

/// A header's name or value. Most of them are known when the mock is compiled, and cost nothing.
pub type HeaderText = Cow<'static, str>;

/// One HTTP response.
///
/// ```
/// use azure_openai_mock::{Reply, Request};
///
/// // What is seen of an answer, without any network: see [`Request`] for how to ask.
/// fn is_rate_limited(reply: &Reply) -> bool {
///     reply.status.as_u16() == 429 && reply.header("retry-after").is_some()
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// A reason phrase that differs from the standard one: the service answers 401 `PermissionDenied`.
    pub reason: Option<String>,
    /// Headers in the order and spelling of the service. `Content-Length` or `Transfer-Encoding` is among them.
    pub headers: Vec<(HeaderText, HeaderText)>,
    /// The body.
    pub body: ReplyBody,
    /// How long to wait before the head is sent.
    pub delay: Duration,
}

/// The body of a reply.
///
/// ```
/// use azure_openai_mock::{Reply, ReplyBody};
///
/// fn frames(reply: &Reply) -> usize {
///     match &reply.body {
///         ReplyBody::Whole(_) => 0,
///         ReplyBody::Stream { frames, .. } => frames.len(),
///     }
/// }
/// ```
#[derive(Clone, Debug)]
pub enum ReplyBody {
    /// All at once.
    Whole(Bytes),
    /// One frame after the other.
    Stream {
        /// The frames, in order.
        frames: Vec<Frame>,
        /// What happens after the last of them.
        end: StreamEnd,
    },
}

/// One piece of a streamed body.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The bytes, usually one `data: …` event with its blank line.
    pub bytes: Bytes,
    /// How long after the frame before it was due these bytes are sent.
    pub gap: Duration,
}

/// How a streamed body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamEnd {
    /// As HTTP says: with the terminating chunk.
    Complete,
    /// The connection is closed in good order, but without the terminating chunk.
    Eof,
    /// The connection is reset (TCP RST).
    Reset,
    /// Nothing more comes until the client leaves.
    Stall,
}

impl Reply {
    /// The value of a header, by name without regard to case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    /// The whole body; of a stream, all its frames joined.
    pub fn bytes(&self) -> Bytes {
        match &self.body {
            ReplyBody::Whole(bytes) => bytes.clone(),
            ReplyBody::Stream { frames, .. } => {
                frames.iter().flat_map(|frame| frame.bytes.iter().copied()).collect::<Vec<u8>>().into()
            }
        }
    }
}
