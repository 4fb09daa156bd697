//! What a worker answers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Outcome;

/// A reply: the request's `id` and one of `ok`, `skip` and `fault`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkerReply {
    /// That of the request.
    pub id: u64,
    /// It was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ok: Option<Done>,
    /// This worker cannot do that: the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skip: Option<String>,
    /// The worker itself failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<Failed>,
}

/// What was done: each operation has its own members, `open`, `group_open`, `group_close` and `close` have none.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Done {
    /// `hello`: the version of the protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<u32>,
    /// `hello`: such as `python`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime: Option<String>,
    /// `hello`: the runtime's version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime_version: Option<String>,
    /// `hello`: every installed package and its version; compared with the lock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub packages: Option<BTreeMap<String, String>>,
    /// `hello`: what the worker can do, such as `chat.stream`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abilities: Option<Vec<String>>,
    /// `run`: what the application saw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// `run_all`: what the application saw, by step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcomes: Option<BTreeMap<String, Outcome>>,
    /// `flush`: spans started since the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spans_started: Option<u64>,
    /// `flush`: spans ended since the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spans_ended: Option<u64>,
    /// `flush`: log records emitted since the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logs_emitted: Option<u64>,
    /// `fork`, of a parent: the process, which leads a group of this number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
}

/// How a worker itself failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Failed {
    /// What happened.
    pub message: String,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traceback: Option<String>,
}

/// What a worker answers when it does not fail.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It did it.
    Ok(Box<Done>),
    /// It cannot, and says why.
    Skip(String),
}

impl WorkerReply {
    /// What the reply says; none when it says nothing or two things.
    pub fn answer(self) -> Option<Result<Answer, Failed>> {
        match (self.ok, self.skip, self.fault) {
            (Some(done), None, None) => Some(Ok(Answer::Ok(Box::new(done)))),
            (None, Some(reason), None) => Some(Ok(Answer::Skip(reason))),
            (None, None, Some(failed)) => Some(Err(failed)),
            _ => None,
        }
    }
}
