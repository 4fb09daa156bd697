//! Why a request is refused, as data: it becomes a reply when the request's turn is known.

use std::time::Duration;

use super::kind::ErrorKind;
use super::send::scripted;
use super::shape::{Layer, Shape, back_end_body};
use crate::cloud::call::Call;
use crate::cloud::model::Model;
use crate::cloud::reply::Reply;
use crate::cloud::script::ErrorReply;

/// A refusal.
#[derive(Clone, Debug)]
pub(crate) enum Refusal {
    /// With one of the service's errors.
    Error(ErrorReply),
    /// With a 400 of the back end about the request's own fault.
    Invalid { message: String, parameter: Option<String>, code: Option<&'static str> },
}

impl From<ErrorKind> for Refusal {
    fn from(kind: ErrorKind) -> Self {
        Self::Error(ErrorReply::new(kind))
    }
}

impl Refusal {
    /// The request's own fault, in a parameter if it can be named.
    pub(crate) fn invalid(message: impl Into<String>, parameter: Option<&str>, code: Option<&'static str>) -> Self {
        Self::Invalid { message: message.into(), parameter: parameter.map(str::to_owned), code }
    }

    /// A prompt that does not fit into the model's window.
    pub(crate) fn context_length(model: &Model, tokens: u64) -> Self {
        let message = super::back_end::too_long(model.context_length, tokens);
        Self::invalid(message, Some("messages"), Some("context_length_exceeded"))
    }

    /// A conversation that is to go on from a response that nobody knows.
    pub(crate) fn unknown_response(id: &str) -> Self {
        let message = format!("Previous response with id '{id}' not found.");
        Self::invalid(message, Some("previous_response_id"), Some("previous_response_not_found"))
    }

    /// The reply that says so.
    pub(crate) fn reply(&self, call: &Call) -> Reply {
        match self {
            Self::Error(error) => scripted(call, error),
            Self::Invalid { message, parameter, code } => {
                let body = back_end_body(message, "invalid_request_error", parameter.as_deref(), *code);
                Shape::new(400, Layer::BackEnd, body).into_reply(call, Duration::ZERO)
            }
        }
    }
}
