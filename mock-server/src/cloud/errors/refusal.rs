//! Why a request is refused, as data: it becomes a reply when the request's turn is known.

use super::kind::ErrorKind;
use super::send::{invalid, scripted, unknown_field};
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
    /// With model inference's words about a field that it does not know, and its value as JSON.
    UnknownField { name: String, input: String },
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
        let window = model.context_length;
        let message = format!(
            "This model's maximum context length is {window} tokens. However, your messages resulted in {tokens} tokens. Please reduce the length of the messages."
        );
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
            Self::Invalid { message, parameter, code } => invalid(call, message, parameter.as_deref(), *code),
            Self::UnknownField { name, input } => unknown_field(call, name, input),
        }
    }
}
