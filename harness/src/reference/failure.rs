//! Errors that reach the application, in words that are the same at every run.

use serde_json::Value;

use crate::protocol::ApplicationError;

/// What went wrong with a call.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Failure {
    /// What the application sees.
    pub(super) error: Box<ApplicationError>,
    /// The class of it for `error.type`: the service's code, the status, or a word.
    pub(super) class: String,
}

impl Failure {
    /// An error answer of the service.
    pub(super) fn of_status(status: u16, body: &Value, request_id: Option<String>) -> Self {
        let part = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let message = part("/error/message").or_else(|| part("/message")).unwrap_or_else(|| "no message".to_owned());
        let code = part("/error/code");
        let kind = match status {
            400 => "BadRequestError",
            401 => "AuthenticationError",
            403 => "PermissionDeniedError",
            404 => "NotFoundError",
            408 => "RequestTimeoutError",
            429 => "RateLimitError",
            500.. => "InternalServerError",
            _ => "StatusError",
        };
        Self {
            class: code.clone().unwrap_or_else(|| status.to_string()),
            error: Box::new(ApplicationError {
                kind: format!("reference.{kind}"),
                message: format!("Error code: {status} - {message}"),
                status: Some(status),
                code,
                request_id,
            }),
        }
    }

    /// An error frame in a stream.
    pub(super) fn of_frame(error: &Value) -> Self {
        let text = |key: &str| error.get(key).and_then(Value::as_str).map(str::to_owned);
        let code = text("code");
        let class = code.clone().or_else(|| text("type")).unwrap_or_else(|| "stream_error".to_owned());
        let message = text("message").unwrap_or_else(|| "no message".to_owned());
        Self { class, ..Self::new("StreamError", "", &message) }.with_code(code)
    }

    /// What the HTTP client says. Its own words hold addresses, so that they are not used.
    pub(super) fn of_transport(error: &reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::timed_out();
        }
        if error.is_connect() {
            return Self::new("ConnectionError", "connection_error", "Connection error.");
        }
        Self::new("ConnectionError", "connection_error", "Connection lost.")
    }

    /// Nothing came in time.
    pub(super) fn timed_out() -> Self {
        Self::new("TimeoutError", "timeout", "Request timed out.")
    }

    /// No token was to be had.
    pub(super) fn of_credential(message: &str) -> Self {
        Self::new("CredentialError", "credential_error", message)
    }

    /// A frame that is no JSON.
    pub(super) fn malformed_frame() -> Self {
        Self::new("MalformedFrameError", "malformed_frame", "A frame of the stream is no JSON.")
    }

    fn new(kind: &str, class: &str, message: &str) -> Self {
        Self {
            class: class.to_owned(),
            error: Box::new(ApplicationError {
                kind: format!("reference.{kind}"),
                message: message.to_owned(),
                status: None,
                code: None,
                request_id: None,
            }),
        }
    }

    fn with_code(mut self, code: Option<String>) -> Self {
        self.error.code = code;
        self
    }
}
