//! The application under test: it remembers conversations and does what the protocol's requests say.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Instant;

use opentelemetry_sdk::error::OTelSdkError;
use opentelemetry_sdk::trace::{Span, SpanData};
use reqwest::{Client, Response};
use serde::Deserialize as _;
use serde_json::Value;

use super::client::{self, Persistence};
use super::failure::Failure;
use super::sign_in;
use super::stream::{Frame, Stream};
use super::telemetry::Telemetry;
use super::{Answer, Call, CallError, Conversation, GroupRequest, OpenRequest, StepRequest};
use crate::convention::{Release, ReleaseError};
use crate::drive::{Outcome, StreamEnded};
use crate::scenario::{Read, ThenStop};

/// The reference flavor. One serves many cells, one after the other.
#[derive(Debug)]
pub struct Reference {
    client: Client,
    telemetry: Option<Telemetry>,
    cell: Option<Cell>,
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
    span: Option<Span>,
}

/// What a flush gives.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Flushed {
    /// Spans that ended since the last flush.
    pub spans: Vec<SpanData>,
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
        let release = release.map(str::parse::<Release>).transpose()?;
        let telemetry = release.map(Telemetry::new).transpose()?;
        Ok(Self { client: client::build(proxy, ca_pem)?, telemetry, cell: None })
    }

    /// Sets the application up for a cell: the protocol's `open`.
    pub fn open(&mut self, request: &Value) -> Result<(), ReferenceError> {
        self.close();
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
        let span = self.telemetry.as_ref().map(|telemetry| telemetry.start(&call));
        let persistence = Persistence::new(opened.open.max_retries, step.timeout_s.or(opened.open.timeout_s));
        let performed = perform(&self.client, opened, &call, persistence, step.read.as_ref()).await;
        if let Some(answer) = performed.answer.assistant_message() {
            let id = performed.answer.id.clone();
            let conversation = Conversation { sent: call.sent(), answer: as_received(&performed, answer), id };
            opened.conversations.insert(step.id.clone(), conversation);
        }
        match (performed.kept, span, &self.telemetry) {
            (Some(stream), span, _) => opened.held.push(Held { stream, call, answer: performed.answer, span }),
            (None, Some(span), Some(telemetry)) => telemetry.end(span, &call, &performed.answer),
            (None, ..) => {}
        }
        Ok(performed.outcome)
    }

    /// Takes what was emitted since the last flush.
    pub fn flush(&mut self) -> Result<Flushed, ReferenceError> {
        self.telemetry.as_ref().map_or_else(|| Ok(Flushed::default()), Telemetry::flush)
    }

    /// Drops everything that the application held.
    pub fn close(&mut self) {
        let Some(cell) = self.cell.take() else { return };
        for held in cell.held {
            drop(held.stream);
            if let (Some(span), Some(telemetry)) = (held.span, &self.telemetry) {
                telemetry.end(span, &held.call, &held.answer);
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

async fn perform(
    client: &Client,
    opened: &mut Cell,
    call: &Call,
    persistence: Persistence,
    read: Option<&Read>,
) -> Performed {
    let begun = Instant::now();
    match request(client, opened, call, persistence).await {
        Ok(response) if call.is_stream() => read_stream(Stream::new(response, persistence.timeout), begun, read).await,
        Ok(response) => read_body(response).await,
        Err(failure) => failed(failure),
    }
}

async fn request(
    client: &Client,
    opened: &mut Cell,
    call: &Call,
    persistence: Persistence,
) -> Result<Response, Failure> {
    let request = client
        .post(&call.url)
        .header("accept", "application/json")
        .header("content-type", "application/json")
        .body(call.body.to_string());
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
