//! What the application saw.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The result of one step as the application saw it: the reference for transparency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Outcome {
    /// A complete answer.
    Response {
        /// The answer as JSON, as the client library's model dumps it.
        body: serde_json::Value,
    },
    /// A stream.
    Stream {
        /// Every chunk that reached the application.
        chunks: Vec<serde_json::Value>,
        /// How reading ended.
        ended: StreamEnded,
        /// The exception, when it ended with one.
        error: Option<ApplicationError>,
    },
    /// The call raised.
    Error {
        /// What it raised.
        error: ApplicationError,
    },
}

/// How the application stopped reading a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StreamEnded {
    /// It read to the end.
    Exhausted,
    /// It left the loop.
    Break,
    /// It closed the stream.
    Close,
    /// It cancelled the task that was reading.
    Cancel,
    /// It kept the stream and read no further.
    Hold,
    /// Reading raised.
    Error,
}

/// An exception that reached the application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApplicationError {
    /// Qualified public name, such as `openai.RateLimitError`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its message.
    pub message: String,
    /// The HTTP status it carries.
    pub status: Option<u16>,
    /// The service's error code it carries.
    pub code: Option<String>,
    /// The request id it carries.
    pub request_id: Option<String>,
}
