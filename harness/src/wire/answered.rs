//! An answer as it was framed on the wire, whoever gave it: what a live service and the mock are compared by.

use std::collections::BTreeSet;

use serde_json::Value;

use super::events;

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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Framing {
    /// What was seen.
    pub features: BTreeSet<FramingFeature>,
}

/// Something about the framing of server-sent events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FramingFeature {
    /// It ends with `data: [DONE]`.
    Done,
    /// Events have names.
    Named,
    /// There are lines of comment.
    Comments,
    /// Lines end with a carriage return too.
    CarriageReturns,
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

impl FramingFeature {
    /// The words for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "`[DONE]`",
            Self::Named => "lines that begin with `event:`",
            Self::Comments => "comments",
            Self::CarriageReturns => "carriage returns",
        }
    }
}

impl Framing {
    fn of(text: &str) -> Self {
        let seen = [
            (FramingFeature::Done, events::data(text).any(|data| data == "[DONE]")),
            (FramingFeature::Named, text.lines().any(|line| line.starts_with("event:"))),
            (FramingFeature::Comments, text.lines().any(|line| line.starts_with(':'))),
            (FramingFeature::CarriageReturns, text.contains("\r\n")),
        ];
        Self { features: seen.into_iter().filter(|(_, seen)| *seen).map(|(feature, _)| feature).collect() }
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
