//! From an error to the reply that carries it.

use std::time::Duration;

use super::body::{back_end, body, field};
use super::kind::ErrorKind;
use super::shape::{Layer, Shape};
use super::table::Form;
use super::words::{fill, seconds};
use crate::cloud::call::Call;
use crate::cloud::headers::Content;
use crate::cloud::reply::Reply;
use crate::cloud::script::ErrorReply;

/// The reply for an error that the gateway or the back end found by itself.
pub(crate) fn reply(call: &Call, kind: ErrorKind) -> Reply {
    scripted(call, &ErrorReply::new(kind))
}

/// The reply for an error that a script asks for.
pub(crate) fn scripted(call: &Call, error: &ErrorReply) -> Reply {
    let row = error.kind.row();
    let body = body(row, call, error.message.as_deref(), &fill(row.message, call, error));
    let mut shape = Shape { reason: row.reason, ..Shape::new(row.status, row.layer, body) };
    shape.content = match row.form {
        Form::Missing => |_| Content::Untyped,
        Form::Html => Content::Html,
        _ => Content::Json,
    };
    for (name, value) in row.headers {
        shape.push(name, fill(value, call, error));
    }
    let waits = error.retry_after.is_some() || error.retry_after_ms.is_some();
    if waits && row.headers.iter().all(|(name, _)| *name != "retry-after") {
        shape.push("retry-after", seconds(error).to_string());
    }
    if let Some(wait) = error.retry_after_ms {
        shape.push("retry-after-ms", wait.as_millis().to_string());
    }
    shape.into_reply(call, error.delay)
}

/// A 400 of the back end about the request's own fault.
pub(super) fn invalid(call: &Call, message: &str, parameter: Option<&str>, code: Option<&str>) -> Reply {
    let body = back_end(message, "invalid_request_error", parameter, code);
    Shape::new(400, Layer::BackEnd, body).into_reply(call, Duration::ZERO)
}

/// Model inference's refusal of a field with this value.
pub(super) fn unknown_field(call: &Call, name: &str, input: &str) -> Reply {
    let row = ErrorKind::ExtraParameter.row();
    Shape::new(row.status, row.layer, field(row.message, name, input)).into_reply(call, Duration::ZERO)
}

/// A 404 of the back end about an object that is not there.
pub(crate) fn not_found(call: &Call, message: &str) -> Reply {
    let body = back_end(message, "invalid_request_error", None, None);
    Shape::new(404, Layer::BackEnd, body).into_reply(call, Duration::ZERO)
}
