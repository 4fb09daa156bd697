//! What every error consists of, and how it becomes a reply.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;

use crate::cloud::call::Call;
use crate::cloud::headers::{self, Content, Headers};
use crate::cloud::json::{Json, object};
use crate::cloud::reply::{HeaderText, Reply, ReplyBody};

/// Which headers go with an error.
#[derive(Clone, Copy)]
pub(super) enum Layer {
    /// Refused before anything was looked up.
    Door,
    /// Like `Gateway`, but without the region.
    Router,
    Gateway,
    BackEnd,
}

pub(super) struct Shape {
    status: u16,
    reason: Option<&'static str>,
    layer: Layer,
    pub(super) content: fn(usize) -> Content,
    body: String,
    pub(super) extra: Headers,
}

impl Shape {
    pub(super) fn new(status: u16, layer: Layer, body: String) -> Self {
        Self { status, reason: None, layer, content: Content::Json, body, extra: Headers::new() }
    }

    pub(super) fn reason(mut self, reason: &'static str) -> Self {
        self.reason = Some(reason);
        self
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<HeaderText>) -> Self {
        headers::push(&mut self.extra, name, value);
        self
    }

    pub(super) fn into_reply(self, call: &Call, delay: Duration) -> Reply {
        let content = (self.content)(self.body.len());
        let mut headers = match self.layer {
            Layer::Door => headers::bare(call, content),
            Layer::Router => headers::secured(call, content),
            Layer::Gateway => headers::gateway(call, content),
            Layer::BackEnd => headers::back_end(call, content, 0),
        };
        for (name, value) in self.extra {
            headers::push(&mut headers, name, value);
        }
        Reply {
            status: StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            reason: self.reason.map(str::to_owned),
            headers,
            body: ReplyBody::Whole(Bytes::from(self.body)),
            delay,
        }
    }
}

/// The gateway's style: one space after `"message":`.
pub(super) fn gateway_body(code: &str, message: &str) -> String {
    let code = Json::from(code).compact();
    let message = Json::from(message).compact();
    format!("{{\"error\":{{\"code\":{code},\"message\": {message}}}}}")
}

/// The same without that space, as some answers have it.
pub(super) fn dense_body(code: &str, message: &str) -> String {
    object([("error", object([("code", code.into()), ("message", message.into())]))]).compact()
}

/// The back end's style: pretty-printed, with type and parameter.
pub(super) fn back_end_body(message: &str, kind: &str, parameter: Option<&str>, code: Option<&str>) -> String {
    let error = object([
        ("message", message.into()),
        ("type", kind.into()),
        ("param", parameter.into()),
        ("code", code.into()),
    ]);
    object([("error", error)]).pretty()
}
