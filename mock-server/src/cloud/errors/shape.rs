//! What every error consists of, and how it becomes a reply.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;

use crate::cloud::call::Call;
use crate::cloud::headers::{self, Content, Headers};
use crate::cloud::reply::{HeaderText, Reply, ReplyBody};

/// Which headers go with an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layer {
    /// Refused before anything was looked up.
    Door,
    /// Like `Gateway`, but without the region.
    Router,
    Gateway,
    BackEnd,
}

pub(super) struct Shape {
    pub(super) status: u16,
    pub(super) reason: Option<&'static str>,
    pub(super) layer: Layer,
    pub(super) content: fn(usize) -> Content,
    pub(super) body: String,
    pub(super) extra: Headers,
}

impl Shape {
    /// JSON, with the headers of a layer.
    pub(super) fn new(status: u16, layer: Layer, body: String) -> Self {
        Self { status, reason: None, layer, content: Content::Json, body, extra: Headers::new() }
    }

    pub(super) fn push(&mut self, name: &'static str, value: impl Into<HeaderText>) {
        headers::push(&mut self.extra, name, value);
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
