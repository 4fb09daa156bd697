//! One way to ask for an operation, whether a worker process or code in this process performs it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::collect::{Inbox, flaws, from_span_data};
use crate::drive::{Answer, WorkerFault, WorkerProcess};
use crate::protocol::Outcome;
use crate::reference::Reference;
use crate::telemetry::{Flaw, FlawKind, Telemetry};

/// Who performs the steps of a cell.
pub(super) enum Performer {
    /// A worker process and the inbox that its telemetry arrives in.
    Worker {
        /// The process.
        process: Box<WorkerProcess>,
        /// Where its telemetry arrives.
        inbox: Inbox,
    },
    /// The reference, in this process.
    Reference(Box<Reference>),
}

/// What performing a step gave.
pub(super) enum Performed<Seen = Outcome> {
    /// What the application saw.
    Outcome(Seen),
    /// It cannot be performed, and why.
    Skip(String),
}

/// What came through a flush boundary.
pub(super) struct Flushed {
    pub(super) telemetry: Telemetry,
    pub(super) spans_started: u64,
    pub(super) spans_ended: u64,
    /// Everything that was received, as bytes: secrets hide in what a decoder drops.
    pub(super) raw: Vec<bytes::Bytes>,
}

impl Performer {
    /// Begins a cell. `Some` is the reason why it cannot be performed.
    pub(super) async fn open(&mut self, request: Map<String, Value>) -> Result<Option<String>, WorkerFault> {
        match self {
            Self::Worker { process, .. } => Ok(refusal(process.ask("open", request).await?)),
            Self::Reference(reference) => {
                reference.open(&Value::Object(request)).map_err(|error| own("open", &error))?;
                Ok(None)
            }
        }
    }

    /// Opens the application's own span.
    pub(super) async fn group_open(&mut self, request: Map<String, Value>) -> Result<Option<String>, WorkerFault> {
        match self {
            Self::Worker { process, .. } => Ok(refusal(process.ask("group_open", request).await?)),
            Self::Reference(reference) => {
                reference.group_open(&Value::Object(request)).map_err(|error| own("group_open", &error))?;
                Ok(None)
            }
        }
    }

    /// Ends the application's own span.
    pub(super) async fn group_close(&mut self) -> Result<Option<String>, WorkerFault> {
        match self {
            Self::Worker { process, .. } => Ok(refusal(process.ask("group_close", Map::new()).await?)),
            Self::Reference(reference) => {
                reference.group_close();
                Ok(None)
            }
        }
    }

    /// Performs a step.
    pub(super) async fn run(&mut self, step: Value) -> Result<Performed, WorkerFault> {
        match self {
            Self::Worker { process, .. } => {
                let request = Map::from_iter([("step".to_owned(), step)]);
                match process.ask("run", request).await? {
                    Answer::Skip(reason) => Ok(Performed::Skip(reason)),
                    Answer::Ok(mut fields) => {
                        let outcome = fields.remove("outcome").unwrap_or_default();
                        serde_json::from_value(outcome).map(Performed::Outcome).map_err(|error| {
                            WorkerFault::Malformed { operation: "run".to_owned(), problem: error.to_string() }
                        })
                    }
                }
            }
            Self::Reference(reference) => {
                reference.run(&step).await.map(Performed::Outcome).map_err(|error| own("run", &error))
            }
        }
    }

    /// Performs several steps at the same time: the `branches` of the protocol's `run_all`. Gives the outcome of each step by
    /// its id.
    pub(super) async fn run_all(
        &mut self,
        branches: Value,
    ) -> Result<Performed<BTreeMap<String, Outcome>>, WorkerFault> {
        match self {
            Self::Worker { process, .. } => {
                let request = Map::from_iter([("branches".to_owned(), branches)]);
                match process.ask("run_all", request).await? {
                    Answer::Skip(reason) => Ok(Performed::Skip(reason)),
                    Answer::Ok(mut fields) => {
                        let outcomes = fields.remove("outcomes").unwrap_or_default();
                        serde_json::from_value(outcomes).map(Performed::Outcome).map_err(|error| {
                            WorkerFault::Malformed { operation: "run_all".to_owned(), problem: error.to_string() }
                        })
                    }
                }
            }
            Self::Reference(reference) => {
                reference.run_all(&branches).await.map(Performed::Outcome).map_err(|error| own("run_all", &error))
            }
        }
    }

    /// Passes a flush boundary: everything exported so far has arrived when this returns.
    pub(super) async fn flush(&mut self) -> Result<Flushed, WorkerFault> {
        match self {
            Self::Worker { process, inbox } => {
                let Answer::Ok(fields) = process.ask("flush", Map::new()).await? else {
                    return Err(malformed_flush("a worker that cannot flush is no worker"));
                };
                let count = |name: &str| {
                    fields
                        .get(name)
                        .and_then(Value::as_u64)
                        .ok_or_else(|| malformed_flush(&format!("`{name}` is missing")))
                };
                let (spans_started, spans_ended) = (count("spans_started")?, count("spans_ended")?);
                let emitted = fields.get("logs_emitted").and_then(Value::as_u64).unwrap_or_default();
                let mut received = inbox.take();
                if let Some(problem) = received.problems.first() {
                    return Err(malformed_flush(problem));
                }
                let arrived = received.telemetry.spans.len() as u64;
                if arrived != spans_ended {
                    return Err(malformed_flush(&format!(
                        "{spans_ended} spans ended, but {arrived} arrived at the receiver"
                    )));
                }
                received.telemetry.flaws.extend(lost_logs(emitted, received.telemetry.logs.len() as u64));
                Ok(Flushed { telemetry: received.telemetry, spans_started, spans_ended, raw: received.raw_bytes })
            }
            Self::Reference(reference) => {
                let flushed = reference.flush().map_err(|error| own("flush", &error))?;
                let flaws = flushed.spans.iter().flat_map(flaws).collect();
                let spans = flushed.spans.into_iter().map(from_span_data).collect();
                Ok(Flushed {
                    telemetry: Telemetry {
                        spans,
                        logs: flushed.logs,
                        metrics: flushed.metrics,
                        flaws,
                        ..Telemetry::default()
                    },
                    spans_started: flushed.started,
                    spans_ended: flushed.ended,
                    raw: Vec::new(),
                })
            }
        }
    }

    /// Ends a cell.
    pub(super) async fn close(&mut self) -> Result<Option<String>, WorkerFault> {
        match self {
            Self::Worker { process, .. } => Ok(refusal(process.ask("close", Map::new()).await?)),
            Self::Reference(reference) => {
                reference.close();
                Ok(None)
            }
        }
    }

    /// What was written to standard error since this was last called.
    pub(super) fn take_stderr(&self) -> String {
        match self {
            Self::Worker { process, .. } => process.take_stderr(),
            Self::Reference(_) => String::new(),
        }
    }

    /// Ends it in good order.
    pub(super) async fn stop(self) {
        if let Self::Worker { process, .. } = self {
            process.stop().await;
        }
    }
}

/// The reason why it cannot be done, if it cannot.
fn refusal(answer: Answer) -> Option<String> {
    match answer {
        Answer::Ok(_) => None,
        Answer::Skip(reason) => Some(reason),
    }
}

/// The worker's own processor saw more log records than were brought: a package made one that no exporter can write.
fn lost_logs(emitted: u64, arrived: u64) -> Option<Flaw> {
    (arrived < emitted).then(|| {
        let message =
            format!("log records: {emitted} emitted, {arrived} exported; the exporter could not write the others");
        Flaw { kind: FlawKind::LostLog, place: "logs".to_owned(), message }
    })
}

fn malformed_flush(problem: &str) -> WorkerFault {
    WorkerFault::Malformed { operation: "flush".to_owned(), problem: problem.to_owned() }
}

/// A fault of code in this process.
fn own(operation: &str, error: &dyn std::fmt::Display) -> WorkerFault {
    WorkerFault::Reported { operation: operation.to_owned(), message: error.to_string() }
}
