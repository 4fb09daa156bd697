//! From an error to the reply that carries it.

use std::time::Duration;

use super::gateway::{retry_seconds, shape};
use super::kind::ErrorKind;
use super::shape::{Layer, Shape, back_end_body};
use crate::cloud::call::Call;
use crate::cloud::headers;
use crate::cloud::reply::Reply;
use crate::cloud::script::ErrorReply;

/// The reply for an error that the gateway or the back end found by itself.
pub(crate) fn reply(call: &Call, kind: ErrorKind) -> Reply {
    scripted(call, &ErrorReply::new(kind))
}

/// The reply for an error that a script asks for.
pub(crate) fn scripted(call: &Call, error: &ErrorReply) -> Reply {
    let mut shape = shape(call, error);
    let rate_limited =
        matches!(error.kind, ErrorKind::RateLimit(_) | ErrorKind::OldRateLimit(_) | ErrorKind::FirstRateLimit);
    if rate_limited || error.retry_after.is_some() || error.retry_after_ms.is_some() {
        headers::push(&mut shape.extra, "retry-after", retry_seconds(error).to_string());
    }
    if let Some(wait) = error.retry_after_ms {
        headers::push(&mut shape.extra, "retry-after-ms", wait.as_millis().to_string());
    }
    shape.into_reply(call, error.delay)
}

/// A 404 of the back end about an object that is not there.
pub(crate) fn not_found(call: &Call, message: &str) -> Reply {
    let body = back_end_body(message, "invalid_request_error", None, None);
    Shape::new(404, Layer::BackEnd, body).into_reply(call, Duration::ZERO)
}
