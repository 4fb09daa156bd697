//! From a request and a script to a reply.

use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;

use super::object::Answer;
use super::{ResponsesRequest, Stored, events};
use crate::cloud::call::Call;
use crate::cloud::config::FilterMode;
use crate::cloud::headers::{self, Content};
use crate::cloud::json::Json;
use crate::cloud::reply::{Reply, ReplyBody};
use crate::cloud::script::{ChatReply, OutputItem, ResponseReply, ResponseStatus};
use crate::cloud::stream_plan::StreamPlan;

/// A reply, the tokens it took, and what the store keeps of it.
pub(crate) struct Created {
    pub(crate) reply: Reply,
    pub(crate) tokens: u64,
    pub(crate) stored: Option<Stored>,
}

/// Everything that a response is made from, the same every time.
#[derive(Clone, Debug)]
pub(crate) struct Making {
    call: Call,
    request: ResponsesRequest,
    script: ResponseReply,
    filter: FilterMode,
}

impl Making {
    fn answer(&self) -> Answer<'_> {
        Answer::new(&self.call, &self.request, &self.script, self.filter)
    }

    /// The response when it is over.
    pub(super) fn finished(&self) -> Json {
        self.answer().finished()
    }

    /// The response if it was cancelled before anybody looked at it.
    pub(super) fn cancelled(&self) -> Json {
        self.answer().cancelled()
    }

    pub(super) fn input_items(&self) -> Vec<Json> {
        self.request.input_items(&self.call)
    }

    /// Its events, of which those up to this number were seen already. What broke the first stream does not break this.
    pub(super) fn events(&self, seen: Option<usize>) -> ReplyBody {
        let stream = StreamPlan { fault: None, ..self.script.stream.clone() };
        let script = ResponseReply { stream, ..self.script.clone() };
        let (mut frames, end) = events::frames(&self.answer(), &script);
        frames.drain(..seen.map_or(0, |seen| seen.saturating_add(1)).min(frames.len()));
        ReplyBody::Stream { frames, end }
    }
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
    let (content, body) = if request.stream {
        let (frames, end) = events::frames(&answer, &script);
        (Content::Events, ReplyBody::Stream { frames, end })
    } else {
        let object = if request.background { answer.queued() } else { answer.finished() };
        let body = object.compact();
        (Content::Json(body.len()), ReplyBody::Whole(Bytes::from(body)))
    };
    let headers = headers::back_end(call, content, request.charged());
    let (id, delay) = (answer.id.clone(), script.delay);
    // What was thought is not read again.
    let carries = tokens.saturating_sub(answer.usage.reasoning);
    let stored = request.store.then(|| {
        let making = Making { call: call.clone(), request: request.clone(), script, filter };
        Stored { id, context: carries, background: request.background, cancelled: false, making: Arc::new(making) }
    });
    let reply = Reply { status: StatusCode::OK, reason: None, headers, body, delay };
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
