//! One exchange as the wire knows it: the facts that verdicts are held against.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What the tap saw of one request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WireExchange {
    /// What kind of host it went to.
    pub kind: WireKind,
    /// Host the client asked for.
    pub host: String,
    /// Port the client asked for.
    pub port: u16,
    /// HTTP method; empty for a refused connection.
    pub method: String,
    /// Path without query.
    pub path: String,
    /// Query, without the question mark.
    pub query: Option<String>,
    /// Request headers, names in lower case.
    pub request_headers: Vec<(String, String)>,
    /// The request body, when it is JSON.
    pub request: Option<Value>,
    /// Status of the answer, if one was sent.
    pub status: Option<u16>,
    /// Response headers, names in lower case.
    pub response_headers: Vec<(String, String)>,
    /// The answer as it was really sent.
    pub response: WireResponse,
    /// Whether the answer was sent to its end.
    pub complete: bool,
}

/// Whom a request was meant for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WireKind {
    /// The model service.
    Model,
    /// Sign-in: Microsoft Entra or managed identity.
    Identity,
    /// Any other host: refused and recorded.
    Egress,
}

/// The body of an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum WireResponse {
    /// Nothing.
    None,
    /// One JSON document.
    Json(Value),
    /// A stream: the JSON of every `data:` frame that left, without `[DONE]`.
    Events(Vec<Value>),
    /// Something else, as text.
    Text(String),
}

impl WireResponse {
    /// The JSON of it: one document, or those of a stream.
    pub fn documents(&self) -> &[Value] {
        match self {
            Self::Json(document) => std::slice::from_ref(document),
            Self::Events(events) => events,
            Self::None | Self::Text(_) => &[],
        }
    }
}

impl WireExchange {
    /// Ids that the service gave to its answers: `id` of a document, of the frames of a stream, or of the response that a
    /// frame carries.
    pub fn response_ids(&self) -> impl Iterator<Item = &str> {
        let documents = self.response.documents();
        let whole = documents.iter().filter_map(|document| document.get("id"));
        let carried = documents.iter().filter_map(|document| document.pointer("/response/id"));
        let ids = whole.chain(carried).filter_map(Value::as_str);
        ids.filter(|id| !id.is_empty())
    }

    /// Whether one of the texts of the request's body is this one.
    pub fn request_holds(&self, text: &str) -> bool {
        self.request.as_ref().is_some_and(|body| holds(body, text))
    }

    /// Whether it went to this machine.
    pub fn is_loopback(&self) -> bool {
        matches!(self.host.as_str(), "127.0.0.1" | "localhost")
    }

    /// Whether a stream of the Responses API tells of a failure: clients hand its event `error` on like any other, so that
    /// the application sees no exception.
    pub fn tells_of_a_failure(&self) -> bool {
        let WireResponse::Events(events) = &self.response else { return false };
        let mut kinds = events.iter().filter_map(|event| event.get("type").and_then(Value::as_str));
        kinds.any(|kind| matches!(kind, "error" | "response.failed"))
    }

    /// A response header's value; `name` in lower case.
    pub fn response_header(&self, name: &str) -> Option<&str> {
        self.response_headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

fn holds(document: &Value, text: &str) -> bool {
    match document {
        Value::String(found) => found == text,
        Value::Array(values) => values.iter().any(|value| holds(value, text)),
        Value::Object(members) => members.values().any(|value| holds(value, text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
