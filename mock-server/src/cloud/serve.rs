//! A request on its way: deployment, validation, quota, script, answer.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json_borrow::Value;

use super::call::Call;
use super::chat_request::ChatRequest;
use super::completions::{self, CompletionsRequest};
use super::errors::{self, ErrorKind, RateLimit, invalid_request};
use super::json;
use super::model::Family;
use super::quota::Exceeded;
use super::reply::Reply;
use super::request::Request;
use super::responses::{self, ResponsesRequest, Stored};
use super::route::Operation;
use super::script::{ChatReply, ErrorReply, Reserved, ScriptedReply};
use super::state::Cloud;
use super::{chat, embeddings};

/// A request whose body was read.
enum Parsed<'a> {
    Chat(ChatRequest),
    Completions(CompletionsRequest),
    Embeddings(&'a Value<'a>),
    Responses(Box<ResponsesRequest>),
}

/// Something to do with the cloud.
type Work<'a> = dyn FnMut(&mut Cloud) + 'a;

/// How work on the cloud is done: at once, or under a lock that is not held in between.
type WithCloud<'a> = dyn FnMut(&mut Work<'_>) + 'a;

fn within<T>(with: &mut WithCloud<'_>, work: impl FnOnce(&mut Cloud) -> T) -> T {
    let mut work = Some(work);
    let mut result = None;
    with(&mut |cloud| result = work.take().map(|work| work(cloud)));
    result.expect("the work was done")
}

/// Answers a request. The cloud is needed three times, and briefly: to find the deployment, to take quota and script,
/// and to write down what was used. Everything that takes time is done in between.
pub(super) fn reply(with: &mut WithCloud<'_>, request: &Request) -> Reply {
    let mut body = serde_json::from_slice::<Value>(&request.body).ok();
    let owned;
    if body.as_ref().is_some_and(json::repeats) {
        // Which of the fields with one name counts is another library's to say: the last one, everywhere.
        owned = serde_json::from_slice::<serde_json::Value>(&request.body).unwrap_or_default();
        body = Some(Value::from(&owned));
    }
    match within(with, |cloud| cloud.arrive(request, body.as_ref())) {
        Ok(call) => deployed(with, call, body.as_ref()),
        Err(reply) => reply,
    }
}

fn deployed(with: &mut WithCloud<'_>, mut call: Call, body: Option<&Value>) -> Reply {
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
    // Counting costs: only where somebody keeps account.
    let quota = call.served.quota;
    let charged = quota.map_or(0, |_| charged(&call, &request));
    let script = match within(with, |cloud| admitted(cloud, &mut call, &request, body, charged)) {
        Ok(script) => script,
        Err(refusal) => return *refusal,
    };
    let (reply, used, stored) = match script {
        Some(ScriptedReply::Error(error)) => (errors::scripted(&call, &error), 0, None),
        script => answer(&call, &request, script),
    };
    if quota.is_some() || stored.is_some() {
        within(with, |cloud| {
            if let Some(usage) = cloud.used.get_mut(call.deployment()) {
                usage.correct(charged, used);
            }
            if let Some(stored) = stored {
                cloud.responses.keep(stored);
            }
        });
    }
    reply
}

/// Takes quota and the next script, or refuses.
fn admitted(
    cloud: &mut Cloud,
    call: &mut Call,
    request: &Parsed<'_>,
    body: &Value,
    charged: u64,
) -> Result<Option<ScriptedReply>, Box<Reply>> {
    if let Parsed::Responses(request) = request
        && let Some(previous) = request.previous.as_deref().filter(|id| !cloud.responses.has(id))
    {
        let message = format!("Previous response with id '{previous}' not found.");
        let code = Some("previous_response_not_found");
        return Err(Box::new(invalid_request(call, &message, Some("previous_response_id"), code)));
    }
    if let Some(quota) = call.served.quota {
        let usage = cloud.used.entry(call.deployment().to_owned()).or_default();
        match usage.admit(quota, charged, cloud.now) {
            Ok(rates) => call.rates = Some(rates),
            Err((exceeded, rates)) => return Err(Box::new(refused(call, exceeded, rates.reset))),
        }
    }
    if let Some((ordinal, reply)) =
        cloud.reserved.get_mut(call.deployment()).and_then(|waiting| Reserved::take(waiting, body))
    {
        call.ordinal = ordinal;
        call.time = cloud.config.epoch.saturating_add(ordinal);
        return Ok(Some(reply));
    }
    Ok(cloud.scripts.get_mut(call.deployment()).and_then(VecDeque::pop_front))
}

/// Whether the model can do that.
fn can(call: &Call) -> bool {
    let embeds = call.model().family == Family::Embedding;
    match call.operation {
        Operation::Embeddings => embeds,
        Operation::Completions => call.model().completes,
        Operation::Responses(_) => !embeds && call.model().is_openai,
        _ => call.model().converses,
    }
}

fn parse<'a>(call: &Call, body: &'a Value<'a>) -> Result<Parsed<'a>, Box<Reply>> {
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

/// The reply, the tokens it took, and what is to be kept of it. A script of another kind than the request is used up
/// without effect.
fn answer(call: &Call, request: &Parsed<'_>, script: Option<ScriptedReply>) -> (Reply, u64, Option<Stored>) {
    let filter = call.served.filter;
    let (reply, used) = match request {
        Parsed::Chat(request) => chat::reply(call, request, of_chat(script), filter),
        Parsed::Completions(request) => completions::reply(call, request, of_chat(script), filter),
        Parsed::Embeddings(body) => {
            let script = match script {
                Some(ScriptedReply::Embeddings(script)) => Some(script),
                _ => None,
            };
            embeddings::reply(call, body, script)
        }
        Parsed::Responses(request) => {
            let script = match script {
                Some(ScriptedReply::Response(script)) => Some(script),
                Some(ScriptedReply::Chat(script)) => Some(responses::of_chat(script)),
                _ => None,
            };
            let created = responses::create(call, request, script, filter);
            return (created.reply, created.tokens, created.stored);
        }
    };
    (reply, used, None)
}

fn of_chat(script: Option<ScriptedReply>) -> Option<ChatReply> {
    match script {
        Some(ScriptedReply::Chat(script)) => Some(script),
        _ => None,
    }
}

/// Answers a request to a cloud behind a lock, which is never held while a reply is made.
pub(crate) fn reply_shared(lock: impl Fn(&mut Work<'_>), request: &Request) -> Reply {
    reply(&mut |work| lock(work), request)
}
