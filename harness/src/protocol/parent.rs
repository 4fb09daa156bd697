//! What the harness and a parent of workers say to each other.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::WorkerReply;

/// A request to a parent, by `op`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum ParentRequest {
    /// The first of all: everything is imported before the reply.
    Hello {
        /// The version of the protocol: 1.
        protocol: u32,
    },
    /// Makes a worker; comes with its standard streams.
    Fork {
        /// Variables over those of the parent.
        environment: BTreeMap<String, String>,
    },
}

/// A line of a parent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ParentMessage {
    /// A worker has ended, whatever was asked.
    Ended(WorkerEnded),
    /// An answer, in the form of a worker's.
    Reply(WorkerReply),
}

/// The end of a worker that was forked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkerEnded {
    /// The group of the worker: the `pid` of `fork`.
    pub child: u32,
    /// How it ended.
    pub ended: EndStatus,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EndStatus {
    /// By itself.
    Code(i32),
    /// By a signal.
    Signal(i32),
}

impl ParentRequest {
    /// The word in `op`.
    pub fn operation(&self) -> &'static str {
        match self {
            Self::Hello { .. } => "hello",
            Self::Fork { .. } => "fork",
        }
    }
}
