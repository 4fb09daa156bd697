//! One call over the wire: request, answer or stream, and what the application sees of it.

use std::time::Instant;

use reqwest::{Client, Response};
use serde_json::Value;

use super::client::{self, Persistence};
use super::failure::Failure;
use super::sign_in::{self, Token};
use super::stream::{Frame, Stream};
use super::{Answer, Call, Fault};
use crate::protocol::OpenRequest;
use crate::protocol::{Outcome, StreamEnded};
use crate::scenario::{Read, ThenStop};

/// How a call went, before telemetry and the application's view part.
pub(super) struct Performed {
    pub(super) answer: Answer,
    pub(super) outcome: Outcome,
    /// The stream, when the application keeps it.
    pub(super) kept: Option<Stream>,
}

/// What is performed, and how.
#[derive(Clone, Copy)]
pub(super) struct Attempt<'a> {
    pub(super) call: &'a Call,
    pub(super) persistence: Persistence,
    pub(super) read: Option<&'a Read>,
    pub(super) fault: Option<Fault>,
}

/// Performs a call, with whatever a fault does besides.
pub(super) async fn perform(client: &Client, open: &OpenRequest, token: &Token, attempt: Attempt<'_>) -> Performed {
    let performed = perform_once(client, open, token, attempt).await;
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

async fn perform_once(client: &Client, open: &OpenRequest, token: &Token, attempt: Attempt<'_>) -> Performed {
    let begun = Instant::now();
    match request(client, open, token, attempt).await {
        Ok(response) if attempt.call.is_stream() => {
            read_stream(Stream::new(response, attempt.persistence.timeout), begun, attempt.read).await
        }
        Ok(response) => read_body(response).await,
        Err(failure) => failed(failure),
    }
}

async fn request(
    client: &Client,
    open: &OpenRequest,
    token: &Token,
    attempt: Attempt<'_>,
) -> Result<Response, Failure> {
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
    let request = sign_in::sign(request, client, open, &call.resource, token).await?;
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
