//! Response headers: which layer sends which, spelled and ordered as on the wire of 2026.

use bytes::Bytes;
use http::StatusCode;

use super::call::Call;
use super::json::Json;
use super::model::{Family, Generation, Model};
use super::quota::Rates;
use super::reply::{HeaderText, Reply, ReplyBody};
use super::route::Operation;
use super::timestamps;

/// A list of headers on its way to a reply, in the order of the wire.
pub(crate) type Headers = Vec<(HeaderText, HeaderText)>;

/// What the headers say about the body.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Content {
    /// JSON of a known length.
    Json(usize),
    /// An HTML page of a known length.
    Html(usize),
    /// Chunked, without a content type: how the gateway answers an unknown deployment.
    Untyped,
    /// An event stream.
    Events,
    /// An event stream as back ends of 2024 name it.
    OldEvents,
}

/// Tokens per minute that every deployment allows, with 120 requests.
const TOKEN_LIMIT: u64 = 120_000;

/// The four headers that even a refused key gets.
pub(crate) fn bare(call: &Call, content: Content) -> Headers {
    // As many as any answer has.
    let mut headers = Headers::with_capacity(32);
    match content {
        Content::Json(length) => {
            push(&mut headers, "Content-Length", length.to_string());
            push(&mut headers, "Content-Type", "application/json");
        }
        Content::Html(length) => {
            push(&mut headers, "Content-Length", length.to_string());
            push(&mut headers, "Content-Type", "text/html");
        }
        Content::Untyped => push(&mut headers, "Transfer-Encoding", "chunked"),
        Content::OldEvents => {
            push(&mut headers, "Content-Type", "text/event-stream");
            push(&mut headers, "Transfer-Encoding", "chunked");
        }
        Content::Events => {
            push(&mut headers, "Content-Type", "text/event-stream; charset=utf-8");
            push(&mut headers, "Transfer-Encoding", "chunked");
        }
    }
    push(&mut headers, "Date", timestamps::http_date(call.date));
    push(&mut headers, "apim-request-id", call.guid("apim"));
    headers
}

/// What the gateway adds once it knows the resource's route.
pub(crate) fn secured(call: &Call, content: Content) -> Headers {
    let mut headers = bare(call, content);
    push(&mut headers, "Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload");
    push(&mut headers, "x-content-type-options", "nosniff");
    if let Some(id) = &call.target.client_request_id {
        push(&mut headers, "x-ms-client-request-id", id.clone());
    }
    headers
}

/// Gateway answers that know the region.
pub(crate) fn gateway(call: &Call, content: Content) -> Headers {
    let mut headers = secured(call, content);
    push(&mut headers, "x-ms-region", call.target.served.region.clone());
    headers
}

/// Answers for which the model's back end was reached. `charged` is the estimate of tokens taken at admission.
pub(crate) fn back_end(call: &Call, content: Content, charged: u64) -> Headers {
    let early = call.generation() == Generation::Early && call.model().family == Family::Chat;
    let content = if early && matches!(content, Content::Events) { Content::OldEvents } else { content };
    let streaming = matches!(content, Content::Events | Content::OldEvents);
    let mut headers = gateway(call, content);
    push(&mut headers, "x-request-id", call.guid("request"));
    if call.target.serverless {
        return headers;
    }
    let responds = matches!(call.target.operation, Operation::Responses(_));
    let reasoning = call.model().family == Family::Reasoning;
    if early {
        early_headers(call, &mut headers);
    } else {
        if !responds {
            push(&mut headers, "azureml-model-session", session(call, reasoning));
        }
        push(&mut headers, "skip-error-remapping", "true");
        push(&mut headers, "x-accel-buffering", "no");
        push(&mut headers, "x-ms-is-spilled-over", "false");
    }
    push(&mut headers, "x-ms-deployment-name", call.deployment().to_owned());
    if call.target.operation != Operation::Embeddings {
        push(&mut headers, "x-ms-rai-invoked", "true");
    }
    if reasoning || responds {
        push(&mut headers, "azureai-fe-is-streaming", if streaming { "True" } else { "False" });
        push(&mut headers, "x-ms-served-model", call.model().name.clone());
    }
    if reasoning {
        push(&mut headers, "x-ratelimit-key", rate_limit_key(call.model()));
    }
    match call.rates {
        Some(rates) => counted(&mut headers, rates),
        None if call.model().is_openai || !call.target.inference => rate_limits(&mut headers, charged, reasoning),
        None => {}
    }
    headers
}

/// What back ends of 2024 sent and newer ones do not.
fn early_headers(call: &Call, headers: &mut Headers) {
    push(headers, "Cache-Control", "no-cache, must-revalidate");
    push(headers, "access-control-allow-origin", "*");
    push(headers, "azureml-model-session", format!("turbo-0301-{}", call.target.seed.hex("session", 0, 8)));
    if call.target.client_request_id.is_none() {
        push(headers, "x-ms-client-request-id", call.guid("apim"));
    }
}

/// Limits that are counted.
fn counted(headers: &mut Headers, rates: Rates) {
    push(headers, "x-ratelimit-abusepenalty-active", "False");
    for (name, limit, remaining) in [
        ("requests", rates.limit_requests, rates.remaining_requests),
        ("tokens", rates.limit_tokens, rates.remaining_tokens),
    ] {
        // Nobody sets such a limit: there is none.
        if limit == u64::MAX {
            continue;
        }
        push(headers, format!("x-ratelimit-limit-{name}"), limit.to_string());
        push(headers, format!("x-ratelimit-remaining-{name}"), remaining.to_string());
        push(headers, format!("x-ratelimit-renewalperiod-{name}"), "60");
        push(headers, format!("x-ratelimit-reset-{name}"), rates.reset.to_string());
    }
}

fn rate_limits(headers: &mut Headers, charged: u64, reasoning: bool) {
    let charged = charged.min(TOKEN_LIMIT);
    // Refill times in the units of the recordings: milliseconds for requests, seconds for tokens.
    let (reset_requests, reset_tokens) = if reasoning { ("0", 0) } else { ("500", charged / 2) };
    push(headers, "x-ratelimit-abusepenalty-active", "False");
    push(headers, "x-ratelimit-limit-requests", "120");
    push(headers, "x-ratelimit-limit-tokens", "120000");
    push(headers, "x-ratelimit-remaining-requests", "119");
    push(headers, "x-ratelimit-remaining-tokens", (TOKEN_LIMIT - charged).to_string());
    push(headers, "x-ratelimit-renewalperiod-requests", "60");
    push(headers, "x-ratelimit-renewalperiod-tokens", "60");
    push(headers, "x-ratelimit-reset-requests", reset_requests);
    push(headers, "x-ratelimit-reset-tokens", reset_tokens.to_string());
}

/// `d20260330170902-0e618f323d34`: when the model was rolled out, and an id; newer ones shorten the id.
fn session(call: &Call, short: bool) -> String {
    let rolled_out = timestamps::session_start(call.time.saturating_sub(call.time % 86_400).saturating_sub(40_000));
    call.target.seed.hex_after(&rolled_out, "session", 0, if short { 8 } else { 12 })
}

/// `gpt-5.2_2025-12-11`.
fn rate_limit_key(model: &Model) -> String {
    let name = model.without_date();
    model
        .name
        .strip_prefix(name)
        .and_then(|date| date.strip_prefix('-'))
        .map_or_else(|| name.to_owned(), |date| format!("{name}_{date}"))
}

/// Adds a header where it is on the wire: the order is by name, capitals first.
pub(crate) fn push(headers: &mut Headers, name: impl Into<HeaderText>, value: impl Into<HeaderText>) {
    let name = name.into();
    // Looked for from the end: every layer adds its own nearly in order.
    let before = headers.iter().rposition(|(known, _)| *known <= name);
    headers.insert(before.map_or(0, |position| position + 1), (name, value.into()));
}

/// A JSON body with the gateway's headers.
pub(crate) fn json_reply(call: &Call, status: StatusCode, body: &Json) -> Reply {
    let body = body.compact();
    Reply {
        status,
        reason: None,
        headers: gateway(call, Content::Json(body.len())),
        body: ReplyBody::Whole(Bytes::from(body)),
        delay: std::time::Duration::ZERO,
    }
}
