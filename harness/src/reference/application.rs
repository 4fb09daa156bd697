//! The application under test: it remembers conversations and does what the protocol's requests say.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::future::try_join_all;
use opentelemetry_sdk::error::OTelSdkError;
use opentelemetry_sdk::trace::SpanData;
use reqwest::Client;
use serde_json::Value;

use super::client::{self, Persistence};
use super::performing::{Attempt, Performed, perform};
use super::sign_in::Token;
use super::stream::Stream;
use super::telemetry::{OpenGroup, Seen, Started, Telemetry};
use super::{Answer, Call, CallError, Conversation, Fault};
use crate::convention::{Release, ReleaseError};
use crate::protocol::{
    BranchRequest, CallRequest, Done, GroupRequest, OpenRequest, Outcome, PROTOCOL_VERSION, StepRequest, WorkerRequest,
};
use crate::telemetry::{LogRecord, Metric};

/// The reference flavor. One serves many cells, one after the other.
#[derive(Debug)]
pub struct Reference {
    client: Client,
    telemetry: Option<Telemetry>,
    cell: Option<Cell>,
    fault: Option<Fault>,
}

/// What is between `open` and `close`.
#[derive(Debug)]
struct Cell {
    open: OpenRequest,
    token: Token,
    conversations: BTreeMap<String, Conversation>,
    held: Vec<Held>,
}

/// A stream that the application kept without reading on. Its call is not over.
#[derive(Debug)]
struct Held {
    stream: Stream,
    call: Call,
    answer: Answer,
    span: Option<Started>,
}

/// What a flush gives.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Flushed {
    /// Spans that ended since the last flush.
    pub spans: Vec<SpanData>,
    /// Metrics of calls that ended since the last flush.
    pub metrics: Vec<Metric>,
    /// Log records of calls that ended since the last flush: only a fault makes one.
    pub logs: Vec<LogRecord>,
    /// How many were started since the last flush, counted by a processor of its own.
    pub started: u64,
    /// How many ended since the last flush, counted by a processor of its own.
    pub ended: u64,
}

/// Why the reference itself failed; never what an application would see.
#[derive(Debug, thiserror::Error)]
pub enum ReferenceError {
    /// The CA is none.
    #[error("the certificate authority of the run cannot be used")]
    Authority,
    /// The built-in convention is broken.
    #[error("the built-in `otel` convention cannot be read")]
    Convention,
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be made: {0}")]
    Client(#[from] reqwest::Error),
    /// The SDK failed.
    #[error("the OpenTelemetry SDK failed: {0}")]
    Sdk(#[from] OTelSdkError),
    /// The variant declares something that is no release.
    #[error(transparent)]
    Release(#[from] ReleaseError),
    /// The requests come in a wrong order.
    #[error("no cell is open")]
    NotOpen,
    /// The step cannot be performed.
    #[error(transparent)]
    Step(#[from] CallError),
}

impl Reference {
    /// A client behind a tap, which emits what the conventions say at a release such as `1.37.0`. Without a release it
    /// is not instrumented: that is the control.
    pub fn new(release: Option<&str>, proxy: SocketAddr, ca_pem: &str) -> Result<Self, ReferenceError> {
        Self::with_fault(release, proxy, ca_pem, None)
    }

    /// The same, which makes one mistake on purpose: a test of the judge.
    pub fn with_fault(
        release: Option<&str>,
        proxy: SocketAddr,
        ca_pem: &str,
        fault: Option<Fault>,
    ) -> Result<Self, ReferenceError> {
        let release = release.map(str::parse::<Release>).transpose()?;
        let telemetry = release.map(|release| Telemetry::new(release, fault)).transpose()?;
        Ok(Self { client: client::build(proxy, ca_pem)?, telemetry, cell: None, fault })
    }

    /// Does what a request of the protocol asks for. Its spans stay here: [`Reference::flush`] takes them.
    pub async fn perform(&mut self, request: WorkerRequest) -> Result<Done, ReferenceError> {
        let mut done = Done::default();
        match request {
            WorkerRequest::Hello { .. } => done.protocol = Some(PROTOCOL_VERSION),
            WorkerRequest::Open(open) => self.open(open),
            WorkerRequest::GroupOpen(group) => self.group_open(&group),
            WorkerRequest::GroupClose => self.group_close(),
            WorkerRequest::Run { step } => done.outcome = Some(self.run(&step).await?),
            WorkerRequest::RunAll { branches } => done.outcomes = Some(self.run_all(&branches).await?),
            WorkerRequest::Flush => {
                let flushed = self.flush()?;
                (done.spans_started, done.spans_ended) = (Some(flushed.started), Some(flushed.ended));
            }
            WorkerRequest::Close => self.close(),
        }
        Ok(done)
    }

    /// Sets the application up for a cell: the protocol's `open`.
    pub(super) fn open(&mut self, open: OpenRequest) {
        self.close();
        if let Some(telemetry) = &mut self.telemetry {
            telemetry.open();
        }
        self.cell = Some(Cell { open, token: Token::default(), conversations: BTreeMap::new(), held: Vec::new() });
    }

    /// Opens the application's own span: the protocol's `group_open`.
    pub(super) fn group_open(&mut self, group: &GroupRequest) {
        if let Some(telemetry) = &mut self.telemetry {
            telemetry.close_group();
            telemetry.open_group(group);
        }
    }

    /// Ends the application's own span.
    pub(super) fn group_close(&mut self) {
        if let Some(telemetry) = &mut self.telemetry {
            telemetry.close_group();
        }
    }

    /// Performs one step: the `step` of the protocol's `run`.
    pub(super) async fn run(&mut self, step: &StepRequest) -> Result<Outcome, ReferenceError> {
        self.shared()?.step(step, None).await
    }

    /// Performs several steps at the same time: the `branches` of the protocol's `run_all`. Gives the outcome of each step
    /// by its id.
    async fn run_all(&mut self, branches: &[BranchRequest]) -> Result<BTreeMap<String, Outcome>, ReferenceError> {
        let shared = self.shared()?;
        let outcomes = try_join_all(branches.iter().map(|branch| shared.branch(branch))).await?;
        Ok(outcomes.into_iter().flatten().collect())
    }

    fn shared(&mut self) -> Result<Shared<'_>, ReferenceError> {
        let Cell { open, token, conversations, held } = self.cell.as_mut().ok_or(ReferenceError::NotOpen)?;
        Ok(Shared {
            client: &self.client,
            open,
            token,
            fault: self.fault,
            state: Mutex::new(State { telemetry: self.telemetry.as_mut(), conversations, held }),
        })
    }

    /// Takes what was emitted since the last flush.
    pub fn flush(&mut self) -> Result<Flushed, ReferenceError> {
        self.telemetry.as_mut().map_or_else(|| Ok(Flushed::default()), Telemetry::flush)
    }

    /// Drops everything that the application held.
    pub(super) fn close(&mut self) {
        let Some(cell) = self.cell.take() else { return };
        for held in cell.held {
            drop(held.stream);
            if let (Some(span), Some(telemetry)) = (held.span, &mut self.telemetry) {
                telemetry.end(span, &held.call, &held.answer, Seen::default());
            }
        }
        self.group_close();
    }
}

/// What all calls share that are on their way at the same time.
struct Shared<'a> {
    client: &'a Client,
    open: &'a OpenRequest,
    token: &'a Token,
    fault: Option<Fault>,
    /// Never locked while something is awaited.
    state: Mutex<State<'a>>,
}

struct State<'a> {
    telemetry: Option<&'a mut Telemetry>,
    conversations: &'a mut BTreeMap<String, Conversation>,
    held: &'a mut Vec<Held>,
}

impl<'a> Shared<'a> {
    fn state(&self) -> MutexGuard<'_, State<'a>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The steps of a branch one after the other, under a span of the application's own if it has one.
    async fn branch(&self, branch: &BranchRequest) -> Result<Vec<(String, Outcome)>, ReferenceError> {
        let group = branch.group.as_ref().and_then(|group| Some(self.state().telemetry.as_ref()?.group(group)));
        let mut outcomes = Vec::new();
        for step in &branch.steps {
            outcomes.push((step.id.clone(), self.step(step, group.as_ref()).await?));
        }
        if let Some(group) = group {
            group.end();
        }
        Ok(outcomes)
    }

    async fn step(&self, step: &StepRequest, group: Option<&OpenGroup>) -> Result<Outcome, ReferenceError> {
        let (call, span) = self.start(step, group)?;
        let chat = match &step.call {
            CallRequest::Chat(chat) => Some(chat),
            CallRequest::Embeddings(_) => None,
        };
        let timeout = chat.and_then(|chat| chat.timeout_s).or(self.open.timeout_s);
        let attempt = Attempt {
            call: &call,
            persistence: Persistence::new(self.open.max_retries, timeout),
            read: chat.and_then(|chat| chat.read.as_ref()),
            fault: self.fault,
        };
        let mut performed = perform(self.client, self.open, self.token, attempt).await;
        if let Some(fault) = self.fault {
            fault.outcome(&mut performed.outcome, &mut performed.answer);
        }
        let mut state = self.state();
        if let Some(answer) = performed.answer.assistant_message() {
            let id = performed.answer.id.clone();
            let conversation = Conversation { sent: call.sent(), answer: as_received(&performed, answer), id };
            state.conversations.insert(step.id.clone(), conversation);
        }
        match (performed.kept, span, &mut state.telemetry) {
            (Some(stream), span, _) => state.held.push(Held { stream, call, answer: performed.answer, span }),
            (None, Some(span), Some(telemetry)) => {
                let key = self.open.resources.get(&call.resource).and_then(|resource| resource.key.as_deref());
                let seen = Seen { key, vector: first_vector(&performed.outcome) };
                telemetry.end(span, &call, &performed.answer, seen);
            }
            (None, ..) => {}
        }
        Ok(performed.outcome)
    }

    fn start(&self, step: &StepRequest, group: Option<&OpenGroup>) -> Result<(Call, Option<Started>), ReferenceError> {
        let mut state = self.state();
        let continues = match &step.call {
            CallRequest::Chat(chat) => chat.continues.as_ref(),
            CallRequest::Embeddings(_) => None,
        };
        let earlier = continues.and_then(|id| state.conversations.get(id));
        let call = Call::new(self.open, step, earlier)?;
        let span = state.telemetry.as_mut().map(|telemetry| telemetry.start(&call, group));
        Ok((call, span))
    }
}

/// The assistant's message as an application sends it back: the very one that came, or what a stream adds up to.
fn as_received(performed: &Performed, summed: Value) -> Value {
    match &performed.outcome {
        Outcome::Response { body } => body.pointer("/choices/0/message").cloned().unwrap_or(summed),
        Outcome::Stream { .. } | Outcome::Error { .. } => summed,
    }
}

fn first_vector(outcome: &Outcome) -> Option<Vec<f64>> {
    let Outcome::Response { body } = outcome else { return None };
    body.pointer("/data/0/embedding")?.as_array()?.iter().map(Value::as_f64).collect()
}
