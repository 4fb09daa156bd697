//! From a request and a script to a reply.

use bytes::Bytes;
use http::StatusCode;

use super::object::Answer;
use super::{ResponsesRequest, Stored, events};
use crate::cloud::call::Call;
use crate::cloud::config::FilterMode;
use crate::cloud::headers::{self, Content};
use crate::cloud::reply::{Reply, ReplyBody};
use crate::cloud::script::{ChatReply, OutputItem, ResponseReply, ResponseStatus};

/// A reply, the tokens it took, and what the store keeps of it.
pub(crate) struct Created {
    pub(crate) reply: Reply,
    pub(crate) tokens: u64,
    pub(crate) stored: Option<Stored>,
}

/// Answers a request for a new response: as the script says, or by the default rules.
pub(crate) fn create(
    call: &Call,
    request: &ResponsesRequest,
    script: Option<ResponseReply>,
    filter: FilterMode,
) -> Created {
    let script = script.unwrap_or_default();
    let answer = Answer::new(call, request, &script, filter);
    let tokens = answer.usage.input.saturating_add(answer.usage.output);
    let finished = answer.finished();
    let (content, body) = if request.stream {
        let (frames, end) = events::frames(&answer, &script);
        (Content::Events, ReplyBody::Stream { frames, end })
    } else {
        let body = if request.background { answer.queued().compact() } else { finished.compact() };
        (Content::Json(body.len()), ReplyBody::Whole(Bytes::from(body)))
    };
    let stored = request.store.then(|| Stored {
        id: answer.id.clone(),
        body: finished,
        cancelled: answer.cancelled(),
        background: request.background,
        input: request.input_items(call),
    });
    let headers = headers::back_end(call, content, request.charged());
    let reply = Reply { status: StatusCode::OK, reason: None, headers, body, delay: script.delay };
    Created { reply, tokens, stored }
}

/// What a scripted chat completion means here: its first choice becomes the output.
pub(crate) fn of_chat(script: ChatReply) -> ResponseReply {
    let mut items: Vec<OutputItem> = Vec::new();
    let thought = script.usage.is_some_and(|usage| usage.reasoning > 0);
    if thought || script.reasoning.is_some() {
        items.push(OutputItem::Reasoning { summary: script.reasoning.into_iter().collect() });
    }
    let mut status = ResponseStatus::Completed;
    if let Some(choice) = script.choices.into_iter().next() {
        use crate::cloud::script::FinishReason::{ContentFilter, Length};
        items.extend(choice.refusal.map(|text| OutputItem::Refusal { text }));
        items.extend(choice.text.map(|text| OutputItem::Message { text }));
        items.extend(choice.tool_calls.into_iter().map(OutputItem::FunctionCall));
        status = match choice.finish_reason {
            Some(Length) => ResponseStatus::MaxOutputTokens,
            Some(ContentFilter) => ResponseStatus::ContentFilter,
            _ => ResponseStatus::Completed,
        };
    } else {
        items.clear();
    }
    ResponseReply {
        items,
        usage: script.usage,
        status,
        stream: script.stream,
        pacing: script.pacing,
        response_id: script.response_id,
        delay: script.delay,
    }
}
