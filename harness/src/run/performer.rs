//! One way to ask for an operation, whether a worker process or code in this process performs it.

use std::collections::BTreeMap;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::collect::{Inbox, flaws, from_span_data};
use crate::drive::{WorkerFault, WorkerProcess};
use crate::protocol::{Answer, BranchRequest, Done, Outcome, StepRequest, WorkerRequest};
use crate::reference::Reference;
use crate::telemetry::{Flaw, FlawKind, Telemetry};

/// Who performs the steps of a cell: it is sent the protocol's requests, and what it emitted is taken from it.
pub(super) trait Performer: Send + Sync {
    /// Does what is asked for, which is no `flush`.
    fn ask(&mut self, request: WorkerRequest) -> BoxFuture<'_, Result<Answer, WorkerFault>>;

    /// Passes a flush boundary: everything exported so far has arrived when this returns.
    fn flush(&mut self) -> BoxFuture<'_, Result<Flushed, WorkerFault>>;

    /// What was written to standard error since this was last called.
    fn take_stderr(&self) -> String {
        String::new()
    }

    /// Ends it in good order.
    fn stop(self: Box<Self>) -> BoxFuture<'static, ()> {
        async {}.boxed()
    }
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

/// Asks for something that gives nothing. `Some` is the reason why it cannot be done.
pub(super) async fn refusal(
    performer: &mut dyn Performer,
    request: WorkerRequest,
) -> Result<Option<String>, WorkerFault> {
    Ok(match performer.ask(request).await? {
        Answer::Ok(_) => None,
        Answer::Skip(reason) => Some(reason),
    })
}

/// Performs a step.
pub(super) async fn run(performer: &mut dyn Performer, step: StepRequest) -> Result<Performed, WorkerFault> {
    let request = WorkerRequest::Run { step };
    performed(request.operation(), "outcome", performer.ask(request).await?, |done| done.outcome)
}

/// Performs several steps at the same time. Gives the outcome of each step by its id.
pub(super) async fn run_all(
    performer: &mut dyn Performer,
    branches: Vec<BranchRequest>,
) -> Result<Performed<BTreeMap<String, Outcome>>, WorkerFault> {
    let request = WorkerRequest::RunAll { branches };
    performed(request.operation(), "outcomes", performer.ask(request).await?, |done| done.outcomes)
}

fn performed<Seen>(
    operation: &'static str,
    member: &str,
    answer: Answer,
    seen: impl FnOnce(Done) -> Option<Seen>,
) -> Result<Performed<Seen>, WorkerFault> {
    match answer {
        Answer::Skip(reason) => Ok(Performed::Skip(reason)),
        Answer::Ok(done) => seen(*done).map(Performed::Outcome).ok_or_else(|| WorkerFault::missing(operation, member)),
    }
}

/// A worker process and the inbox that its telemetry arrives in.
pub(super) struct Worker {
    pub(super) process: WorkerProcess,
    pub(super) inbox: Inbox,
}

impl Worker {
    async fn flushed(&mut self) -> Result<Flushed, WorkerFault> {
        let request = WorkerRequest::Flush;
        let operation = request.operation();
        let malformed = |problem: String| WorkerFault::Malformed { operation, problem };
        let Answer::Ok(done) = self.process.ask(&request).await? else {
            return Err(malformed("a worker that cannot flush is no worker".to_owned()));
        };
        let count = |name, value: Option<u64>| value.ok_or_else(|| WorkerFault::missing(operation, name));
        let spans_started = count("spans_started", done.spans_started)?;
        let spans_ended = count("spans_ended", done.spans_ended)?;
        let mut received = self.inbox.take();
        if let Some(problem) = received.problems.first() {
            return Err(malformed(problem.clone()));
        }
        let arrived = received.telemetry.spans.len() as u64;
        if arrived != spans_ended {
            return Err(malformed(format!("{spans_ended} spans ended, but {arrived} arrived at the receiver")));
        }
        let logs = received.telemetry.logs.len() as u64;
        received.telemetry.flaws.extend(lost_logs(done.logs_emitted.unwrap_or_default(), logs));
        Ok(Flushed { telemetry: received.telemetry, spans_started, spans_ended, raw: received.raw_bytes })
    }
}

impl Performer for Worker {
    fn ask(&mut self, request: WorkerRequest) -> BoxFuture<'_, Result<Answer, WorkerFault>> {
        async move { self.process.ask(&request).await }.boxed()
    }

    fn flush(&mut self) -> BoxFuture<'_, Result<Flushed, WorkerFault>> {
        self.flushed().boxed()
    }

    fn take_stderr(&self) -> String {
        self.process.take_stderr()
    }

    fn stop(self: Box<Self>) -> BoxFuture<'static, ()> {
        self.process.stop().boxed()
    }
}

/// The reference, in this process.
impl Performer for Reference {
    fn ask(&mut self, request: WorkerRequest) -> BoxFuture<'_, Result<Answer, WorkerFault>> {
        async move {
            let operation = request.operation();
            let done = self.perform(request).await.map_err(|error| WorkerFault::own(operation, &error))?;
            Ok(Answer::Ok(Box::new(done)))
        }
        .boxed()
    }

    fn flush(&mut self) -> BoxFuture<'_, Result<Flushed, WorkerFault>> {
        async move {
            let operation = WorkerRequest::Flush.operation();
            let flushed = Reference::flush(self).map_err(|error| WorkerFault::own(operation, &error))?;
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
        .boxed()
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
