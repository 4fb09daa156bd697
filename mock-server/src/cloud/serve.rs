//! A request that got to its deployment: validation, quota, script, answer.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::Value;

use super::call::Call;
use super::chat_request::ChatRequest;
use super::completions::{self, CompletionsRequest};
use super::config::Deployment;
use super::errors::{self, ErrorKind, RateLimit, invalid_request};
use super::model;
use super::quota::Exceeded;
use super::reply::Reply;
use super::responses::{self, ResponsesRequest};
use super::route::Operation;
use super::script::{ChatReply, ErrorReply, ScriptedReply};
use super::state::Cloud;
use super::{chat, embeddings};

/// A request whose body was read.
enum Parsed<'a> {
    Chat(ChatRequest),
    Completions(CompletionsRequest),
    Embeddings(&'a Value),
    Responses(Box<ResponsesRequest>),
}

/// Answers a request to a deployment.
pub(super) fn reply(cloud: &mut Cloud, mut call: Call, deployment: &Deployment, body: Option<&Value>) -> Reply {
    let Some(body) = body.filter(|body| body.is_object()) else {
        return invalid_request(
            &call,
            "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The API expects a JSON payload, but what was sent was not valid JSON.)",
            None,
            None,
        );
    };
    if !can(&call) {
        return errors::reply(&call, ErrorKind::OperationNotSupported);
    }
    let request = match parse(&call, body) {
        Ok(request) => request,
        Err(refusal) => return *refusal,
    };
    if let Parsed::Responses(request) = &request
        && let Some(previous) = request.previous.as_deref().filter(|id| !cloud.responses.has(id))
    {
        let message = format!("Previous response with id '{previous}' not found.");
        let code = Some("previous_response_not_found");
        return invalid_request(&call, &message, Some("previous_response_id"), code);
    }
    let charged = charged(&call, &request);
    if let Some(quota) = deployment.quota {
        let usage = cloud.used.entry(deployment.name.clone()).or_default();
        match usage.admit(quota, charged, cloud.now) {
            Ok(rates) => call.rates = Some(rates),
            Err((exceeded, rates)) => return refused(&call, exceeded, rates.reset),
        }
    }
    let script = cloud.scripts.get_mut(&deployment.name).and_then(VecDeque::pop_front);
    let (reply, used) = match script {
        Some(ScriptedReply::Error(error)) => (errors::scripted(&call, &error), 0),
        script => answer(cloud, &call, deployment, &request, script),
    };
    if let Some(usage) = cloud.used.get_mut(&deployment.name) {
        usage.correct(charged, used);
    }
    reply
}

/// Whether the model can do that.
fn can(call: &Call) -> bool {
    let embeds = model::family(&call.model) == model::Family::Embedding;
    match call.operation {
        Operation::Embeddings => embeds,
        Operation::Completions => model::completes(&call.model),
        Operation::Responses(_) => !embeds && model::is_openai(&call.model),
        _ => model::converses(&call.model),
    }
}

fn parse<'a>(call: &Call, body: &'a Value) -> Result<Parsed<'a>, Box<Reply>> {
    Ok(match call.operation {
        Operation::Embeddings => Parsed::Embeddings(body),
        Operation::Completions => Parsed::Completions(CompletionsRequest::parse(call, body)?),
        Operation::Responses(_) => Parsed::Responses(Box::new(ResponsesRequest::parse(call, body)?)),
        _ => Parsed::Chat(ChatRequest::parse(call, body)?),
    })
}

fn charged(call: &Call, request: &Parsed<'_>) -> u64 {
    match request {
        Parsed::Chat(request) => request.charged(),
        Parsed::Completions(request) => request.charged(),
        Parsed::Embeddings(body) => embeddings::charged(call, body),
        Parsed::Responses(request) => request.charged(),
    }
}

fn refused(call: &Call, exceeded: Exceeded, reset: u64) -> Reply {
    let limit = match exceeded {
        Exceeded::Tokens => RateLimit::Tokens,
        Exceeded::Requests => RateLimit::Requests,
    };
    let wait = Duration::from_secs(reset);
    let error = ErrorReply {
        retry_after: Some(wait),
        retry_after_ms: Some(wait),
        ..ErrorReply::new(ErrorKind::RateLimit(limit))
    };
    errors::scripted(call, &error)
}

/// The reply, and the tokens it took. A script of another kind than the request is used up without effect.
fn answer(
    cloud: &mut Cloud,
    call: &Call,
    deployment: &Deployment,
    request: &Parsed<'_>,
    script: Option<ScriptedReply>,
) -> (Reply, u64) {
    let filter = deployment.filter;
    match request {
        Parsed::Chat(request) => chat::reply(call, request, of_chat(script), filter),
        Parsed::Completions(request) => completions::reply(call, request, of_chat(script), filter),
        Parsed::Embeddings(body) => {
            let script = match script {
                Some(ScriptedReply::Embeddings(script)) => Some(script),
                _ => None,
            };
            (embeddings::reply(call, body, script), embeddings::charged(call, body))
        }
        Parsed::Responses(request) => {
            let script = match script {
                Some(ScriptedReply::Response(script)) => Some(script),
                Some(ScriptedReply::Chat(script)) => Some(responses::of_chat(script)),
                _ => None,
            };
            let created = responses::create(call, request, script, filter);
            if let Some(stored) = created.stored {
                cloud.responses.keep(stored);
            }
            (created.reply, created.tokens)
        }
    }
}

fn of_chat(script: Option<ScriptedReply>) -> Option<ChatReply> {
    match script {
        Some(ScriptedReply::Chat(script)) => Some(script),
        _ => None,
    }
}
