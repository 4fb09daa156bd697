//! The application under test: it remembers conversations and does what the protocol's requests say.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Instant;

use opentelemetry_sdk::error::OTelSdkError;
use opentelemetry_sdk::trace::SpanData;
use reqwest::{Client, Response};
use serde::Deserialize as _;
use serde_json::Value;

use super::client::{self, Persistence};
use super::failure::Failure;
use super::sign_in;
use super::stream::{Frame, Stream};
use super::telemetry::{Seen, Started, Telemetry};
use super::{Answer, Call, CallError, Conversation, Fault, GroupRequest, OpenRequest, StepRequest};
use crate::convention::{Release, ReleaseError};
use crate::drive::{Outcome, StreamEnded};
use crate::scenario::{Read, ThenStop};
use crate::telemetry::Metric;

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
    token: Option<String>,
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
    /// A request is not the protocol's.
    #[error("a request is not as the protocol says: {0}")]
    Request(serde_json::Error),
    /// The requests come in a wrong order.
    #[error("no cell is open")]
    NotOpen,
    /// The step cannot be performed.
    #[error(transparent)]
    Step(#[from] CallError),
}

/// How a call went, before telemetry and the application's view part.
struct Performed {
    answer: Answer,
    outcome: Outcome,
    /// The stream, when the application keeps it.
    kept: Option<Stream>,
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

    /// Sets the application up for a cell: the protocol's `open`.
    pub fn open(&mut self, request: &Value) -> Result<(), ReferenceError> {
        self.close();
        if let Some(telemetry) = &mut self.telemetry {
            telemetry.open();
        }
        let open = OpenRequest::deserialize(request).map_err(ReferenceError::Request)?;
        self.cell = Some(Cell { open, token: None, conversations: BTreeMap::new(), held: Vec::new() });
        Ok(())
    }

    /// Opens the application's own span: the protocol's `group_open`.
    pub fn group_open(&mut self, request: &Value) -> Result<(), ReferenceError> {
        let group = GroupRequest::deserialize(request).map_err(ReferenceError::Request)?;
        if let Some(telemetry) = &mut self.telemetry {
            telemetry.close_group();
            telemetry.open_group(&group);
        }
        Ok(())
    }

    /// Ends the application's own span.
    pub fn group_close(&mut self) {
        if let Some(telemetry) = &mut self.telemetry {
            telemetry.close_group();
        }
    }

    /// Performs one step: the `step` of the protocol's `run`.
    pub async fn run(&mut self, request: &Value) -> Result<Outcome, ReferenceError> {
        let step = StepRequest::deserialize(request).map_err(ReferenceError::Request)?;
        let opened = self.cell.as_mut().ok_or(ReferenceError::NotOpen)?;
        let earlier = step.continues.as_ref().and_then(|id| opened.conversations.get(id));
        let call = Call::new(&opened.open, &step, earlier)?;
        let span = self.telemetry.as_mut().map(|telemetry| telemetry.start(&call));
        let attempt = Attempt {
            call: &call,
            persistence: Persistence::new(opened.open.max_retries, step.timeout_s.or(opened.open.timeout_s)),
            read: step.read.as_ref(),
            fault: self.fault,
        };
        let mut performed = perform(&self.client, opened, attempt).await;
        if let Some(fault) = self.fault {
            fault.outcome(&mut performed.outcome, &mut performed.answer);
        }
        if let Some(answer) = performed.answer.assistant_message() {
            let id = performed.answer.id.clone();
            let conversation = Conversation { sent: call.sent(), answer: as_received(&performed, answer), id };
            opened.conversations.insert(step.id.clone(), conversation);
        }
        match (performed.kept, span, &mut self.telemetry) {
            (Some(stream), span, _) => opened.held.push(Held { stream, call, answer: performed.answer, span }),
            (None, Some(span), Some(telemetry)) => {
                let key = opened.open.resources.get(&call.resource).and_then(|resource| resource.key.as_deref());
                let seen = Seen { key, vector: first_vector(&performed.outcome) };
                telemetry.end(span, &call, &performed.answer, seen);
            }
            (None, ..) => {}
        }
        Ok(performed.outcome)
    }

    /// Takes what was emitted since the last flush.
    pub fn flush(&mut self) -> Result<Flushed, ReferenceError> {
        self.telemetry.as_mut().map_or_else(|| Ok(Flushed::default()), Telemetry::flush)
    }

    /// Drops everything that the application held.
    pub fn close(&mut self) {
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

/// What is performed, and how.
#[derive(Clone, Copy)]
struct Attempt<'a> {
    call: &'a Call,
    persistence: Persistence,
    read: Option<&'a Read>,
    fault: Option<Fault>,
}

async fn perform(client: &Client, opened: &mut Cell, attempt: Attempt<'_>) -> Performed {
    let performed = perform_once(client, opened, attempt).await;
    match attempt.fault {
        Some(Fault::ExtraRequest) if performed.answer.id.is_some() => {
            let url = format!("https://{}/openai/models?api-version=2024-10-21", attempt.call.host);
            drop(client.get(url).send().await);
        }
        Some(Fault::CallsHome) => drop(client.get("https://telemetry.example.com/count").send().await),
        _ => {}
    }
    performed
}

async fn perform_once(client: &Client, opened: &mut Cell, attempt: Attempt<'_>) -> Performed {
    let begun = Instant::now();
    match request(client, opened, attempt).await {
        Ok(response) if attempt.call.is_stream() => {
            read_stream(Stream::new(response, attempt.persistence.timeout), begun, attempt.read).await
        }
        Ok(response) => read_body(response).await,
        Err(failure) => failed(failure),
    }
}

async fn request(client: &Client, opened: &mut Cell, attempt: Attempt<'_>) -> Result<Response, Failure> {
    let Attempt { call, persistence, fault, .. } = attempt;
    let (mut url, mut body) = (call.url.clone(), call.body.clone());
    if let Some(fault) = fault {
        fault.request(&mut url, &mut body);
    }
    let mut request = client
        .post(&url)
        .header("accept", "application/json")
        .header("content-type", "application/json")
        .body(body.to_string());
    if let Some((name, value)) = fault.and_then(Fault::header) {
        request = request.header(name, value);
    }
    let request = sign_in::sign(request, client, &opened.open, &call.resource, &mut opened.token).await?;
    client::send(request, persistence).await
}

async fn read_body(response: Response) -> Performed {
    let text = match response.text().await {
        Ok(text) => text,
        Err(error) => return failed(Failure::of_transport(&error)),
    };
    let body: Value = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Performed { answer: Answer::of_body(&body), outcome: Outcome::Response { body }, kept: None }
}

fn failed(failure: Failure) -> Performed {
    let outcome = Outcome::Error { error: *failure.error.clone() };
    Performed { answer: Answer { failure: Some(failure), ..Answer::default() }, outcome, kept: None }
}

async fn read_stream(mut stream: Stream, begun: Instant, read: Option<&Read>) -> Performed {
    let mut answer = Answer::default();
    let mut chunks = Vec::new();
    let (ended, error) = loop {
        if let Some(read) = read.filter(|read| chunks.len() >= read.chunks as usize) {
            break (stopped(read.then), None);
        }
        match stream.next().await {
            Ok(Frame::Chunk(chunk)) => {
                answer.first_chunk.get_or_insert_with(|| begun.elapsed());
                answer.add_chunk(&chunk);
                chunks.push(chunk);
            }
            Ok(Frame::End) => break (StreamEnded::Exhausted, None),
            Err(failure) => {
                let error = *failure.error.clone();
                answer.failure = Some(failure);
                break (StreamEnded::Error, Some(error));
            }
        }
    };
    let kept = (ended == StreamEnded::Hold).then_some(stream);
    Performed { answer, outcome: Outcome::Stream { chunks, ended, error }, kept }
}

fn stopped(then: ThenStop) -> StreamEnded {
    match then {
        ThenStop::Break => StreamEnded::Break,
        ThenStop::Close => StreamEnded::Close,
        ThenStop::Cancel => StreamEnded::Cancel,
        ThenStop::Hold => StreamEnded::Hold,
    }
}
