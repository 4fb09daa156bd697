//! The lines of the worker protocol, which its JSON Schema is made from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{BranchRequest, GroupRequest, OpenRequest, ParentMessage, ParentRequest, StepRequest, WorkerReply};

/// The version of the protocol.
pub const PROTOCOL_VERSION: u32 = 1;

/// One line each way; `workers/PROTOCOL.md` says what is meant.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
pub struct WorkerProtocol {
    /// From the harness, on the worker's standard input.
    request: NumberedRequest,
    /// From the worker, on the standard output that it was started with.
    reply: WorkerReply,
    /// From the harness, on the socket of a parent.
    parent_request: NumberedRequest<ParentRequest>,
    /// From a parent, on its socket.
    parent_message: ParentMessage,
}

/// A line to a worker or a parent: `id`, `op`, and what belongs to the operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Numbered{Request}")]
pub struct NumberedRequest<Request = WorkerRequest> {
    /// Increasing.
    pub id: u64,
    /// What is asked for.
    #[serde(flatten)]
    pub request: Request,
}

/// A request, by `op`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum WorkerRequest {
    /// The first of all: the instrumentor is set up before the reply.
    Hello {
        /// The version of the protocol: 1.
        protocol: u32,
    },
    /// Makes the application's clients for a cell.
    Open(OpenRequest),
    /// Opens the application's own span and makes it current.
    GroupOpen(GroupRequest),
    /// Ends the application's own span.
    GroupClose,
    /// Performs one step.
    Run {
        /// The step.
        step: StepRequest,
    },
    /// Performs several things at the same time.
    RunAll {
        /// What is performed at the same time.
        branches: Vec<BranchRequest>,
    },
    /// Sends all telemetry and counts spans.
    Flush,
    /// Closes the clients and forgets the conversations.
    Close,
}

impl WorkerRequest {
    /// The word in `op`.
    pub fn operation(&self) -> &'static str {
        match self {
            Self::Hello { .. } => "hello",
            Self::Open(_) => "open",
            Self::GroupOpen(_) => "group_open",
            Self::GroupClose => "group_close",
            Self::Run { .. } => "run",
            Self::RunAll { .. } => "run_all",
            Self::Flush => "flush",
            Self::Close => "close",
        }
    }
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
