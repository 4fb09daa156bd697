//! An answer as it was framed on the wire, whoever gave it: what a live service and the mock are compared by.

use serde_json::Value;

/// Status, headers and body of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// The headers as they were sent.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: AnsweredBody,
}

/// The body of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum AnsweredBody {
    /// Nothing.
    Empty,
    /// One JSON document.
    Json(Value),
    /// Server-sent events: how they were framed, and the JSON of each.
    Stream(Framing, Vec<Value>),
    /// Something else.
    Other,
}

/// How server-sent events were framed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Framing {
    /// It ended with `data: [DONE]`.
    pub done: bool,
    /// Events have names.
    pub named: bool,
    /// There are lines of comment.
    pub comments: bool,
    /// Lines end with a carriage return too.
    pub returns: bool,
}

/// The answers of both to one request.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// What was called, such as `chat` or `responses stream`.
    pub surface: String,
    /// The live service's answer.
    pub live: Answered,
    /// The mock's.
    pub mock: Answered,
}

impl Framing {
    /// The word for how lines end.
    pub fn line_end(self) -> &'static str {
        if self.returns { "CR LF" } else { "LF" }
    }

    fn of(text: &str) -> Self {
        Self {
            done: text.lines().any(|line| line.strip_prefix("data:").is_some_and(|data| data.trim() == "[DONE]")),
            named: text.lines().any(|line| line.starts_with("event:")),
            comments: text.lines().any(|line| line.starts_with(':')),
            returns: text.contains("\r\n"),
        }
    }
}

impl Answered {
    /// Reads an answer.
    pub(super) fn new(status: u16, headers: Vec<(String, String)>, body: &[u8]) -> Self {
        let body = match super::service::response(body, super::service::is_stream(&headers)) {
            super::WireResponse::None => AnsweredBody::Empty,
            super::WireResponse::Json(document) => AnsweredBody::Json(document),
            super::WireResponse::Text(_) => AnsweredBody::Other,
            super::WireResponse::Events(events) => {
                AnsweredBody::Stream(Framing::of(&String::from_utf8_lossy(body)), events)
            }
        };
        Self { status, headers, body }
    }
}

impl AnsweredBody {
    /// The word for its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Empty => "nothing",
            Self::Json(_) => "JSON",
            Self::Stream(..) => "a stream",
            Self::Other => "another text",
        }
    }
}
