//! Chat completions: the answer, scripted or made up, and its body when it is not streamed.

use bytes::Bytes;
use http::StatusCode;

use super::call::Call;
use super::chat_request::{ChatRequest, Format, count_tokens};
use super::config::FilterMode;
use super::filters::{self, Finding};
use super::headers::{self, Content};
use super::json::{Json, object};
use super::model::{Family, family};
use super::reply::{Reply, ReplyBody};
use super::sample;
use super::script::{ChatReply, Choice, FinishReason, StreamPlan, ToolCall, Usage};
use super::stream;

/// An answer with nothing left open.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) id: String,
    pub(crate) created: u64,
    pub(crate) model: String,
    pub(crate) fingerprint: Option<String>,
    pub(crate) choices: Vec<AnswerChoice>,
    pub(crate) usage: Usage,
    pub(crate) filter: FilterMode,
    pub(crate) plan: StreamPlan,
    /// Characters of the prompt: where the offsets of the asynchronous filter start.
    pub(crate) prompt_characters: u64,
}

/// One choice, with its finish reason worked out.
#[derive(Clone, Debug)]
pub(crate) struct AnswerChoice {
    pub(crate) text: Option<String>,
    pub(crate) tool_calls: Vec<ToolCall>,
    pub(crate) refusal: Option<String>,
    pub(crate) finish_reason: FinishReason,
}

/// Answers a chat request: as the script says, or by the default rules.
pub(crate) fn reply(call: &Call, request: &ChatRequest, script: Option<ChatReply>, filter: FilterMode) -> Reply {
    let script = script.unwrap_or_default();
    let delay = script.delay;
    let answer = answer(call, request, script, filter);
    let (content, body) = if request.stream {
        let (frames, end) = stream::frames(call, request, &answer);
        (Content::Events, ReplyBody::Stream { frames, end })
    } else {
        let body = whole(&answer);
        (Content::Json(body.len()), ReplyBody::Whole(Bytes::from(body)))
    };
    Reply {
        status: StatusCode::OK,
        reason: None,
        headers: headers::ordered(headers::back_end(call, content, request.charged())),
        body,
        delay,
    }
}

fn answer(call: &Call, request: &ChatRequest, script: ChatReply, filter: FilterMode) -> Answer {
    let choices = if script.choices.is_empty() { default_choices(call, request) } else { script.choices };
    let usage = script.usage.unwrap_or_else(|| Usage {
        input: request.prompt_tokens,
        output: choices.iter().map(count_choice).sum(),
        ..Usage::default()
    });
    let named = request.forced.as_ref().is_some_and(|tool| tool.named);
    Answer {
        id: script.response_id.unwrap_or_else(|| format!("chatcmpl-{}", call.letters("completion", 29))),
        created: call.time,
        model: call.model.clone(),
        fingerprint: (family(&call.model) != Family::Reasoning)
            .then(|| format!("fp_{}", call.seed.hex(&format!("fingerprint/{}", call.model), 0, 10))),
        choices: choices.into_iter().map(|choice| finished(choice, named)).collect(),
        usage,
        filter: script.filter.unwrap_or(filter),
        plan: script.stream,
        prompt_characters: request.prompt_characters,
    }
}

fn finished(choice: Choice, named: bool) -> AnswerChoice {
    let finish_reason = choice.finish_reason.unwrap_or(match (choice.tool_calls.is_empty(), named) {
        (false, false) => FinishReason::ToolCalls,
        _ => FinishReason::Stop,
    });
    AnswerChoice { text: choice.text, tool_calls: choice.tool_calls, refusal: choice.refusal, finish_reason }
}

fn count_choice(choice: &Choice) -> u64 {
    let text = choice.text.as_deref().map_or(0, count_tokens) + choice.refusal.as_deref().map_or(0, count_tokens);
    let calls = choice.tool_calls.iter().map(|call| 4 + count_tokens(&call.name) + count_tokens(&call.arguments_json));
    1 + text + calls.sum::<u64>()
}

/// What the mock says when nobody told it what to say: it calls the tool it must call, fills in the format it must
/// meet, and otherwise repeats the question.
fn default_choices(call: &Call, request: &ChatRequest) -> Vec<Choice> {
    (0..request.choices).map(|index| default_choice(call, request, index)).collect()
}

fn default_choice(call: &Call, request: &ChatRequest, index: usize) -> Choice {
    if let Some(tool) = &request.forced {
        let id = format!("call_{}", call.letters(&format!("tool call {index}"), 24));
        let call = ToolCall { id, name: tool.name.clone(), arguments_json: sample::text(&tool.parameters) };
        return Choice { tool_calls: vec![call], ..Choice::default() };
    }
    let text = match &request.format {
        Format::Schema(schema) => sample::text(schema),
        Format::AnyJson => "{\"answer\":\"example\"}".to_owned(),
        Format::Text => echo(&request.last_text),
    };
    let limit = request.most_tokens.unwrap_or(u64::MAX);
    if 1 + count_tokens(&text) > limit {
        let kept = usize::try_from(limit.saturating_sub(1).saturating_mul(4)).unwrap_or(usize::MAX);
        let text: String = text.chars().take(kept).collect();
        return Choice { text: Some(text), finish_reason: Some(FinishReason::Length), ..Choice::default() };
    }
    Choice { text: Some(text), ..Choice::default() }
}

fn echo(question: &str) -> String {
    if question.is_empty() {
        return "Hello! How can I help you today?".to_owned();
    }
    let start: String = question.chars().take(200).collect();
    format!("You said: {start}")
}

/// The body of an answer that is not streamed: keys sorted, no spaces, a line feed at the end.
fn whole(answer: &Answer) -> String {
    let choices = answer.choices.iter().enumerate().map(|(index, choice)| whole_choice(index, choice)).collect();
    let body = object([
        ("choices", Json::List(choices)),
        ("created", answer.created.into()),
        ("id", (&answer.id).into()),
        ("model", (&answer.model).into()),
        ("object", "chat.completion".into()),
        ("prompt_filter_results", filters::prompt_results()),
        ("system_fingerprint", answer.fingerprint.as_ref().into()),
        ("usage", usage(answer.usage)),
    ]);
    body.compact() + "\n"
}

fn whole_choice(index: usize, choice: &AnswerChoice) -> Json {
    let filtered = match choice.finish_reason {
        FinishReason::ContentFilter => filters::completion(Finding::Violence),
        _ if !choice.tool_calls.is_empty() => object([]),
        _ => filters::completion(Finding::Clean),
    };
    object([
        ("content_filter_results", filtered),
        ("finish_reason", choice.finish_reason.name().into()),
        ("index", index.into()),
        ("logprobs", Json::Null),
        ("message", message(choice)),
    ])
}

fn message(choice: &AnswerChoice) -> Json {
    let mut members = vec![("annotations", Json::List(Vec::new()))];
    // A filtered choice without any text has no `content` at all.
    if choice.text.is_some() || choice.finish_reason != FinishReason::ContentFilter {
        members.push(("content", choice.text.as_ref().into()));
    }
    members.push(("refusal", choice.refusal.as_ref().into()));
    members.push(("role", "assistant".into()));
    if !choice.tool_calls.is_empty() {
        members.push(("tool_calls", Json::List(choice.tool_calls.iter().map(tool_call).collect())));
    }
    Json::Object(members)
}

fn tool_call(call: &ToolCall) -> Json {
    object([
        ("function", object([("arguments", (&call.arguments_json).into()), ("name", (&call.name).into())])),
        ("id", (&call.id).into()),
        ("type", "function".into()),
    ])
}

/// Token counts, with the details that current back ends always send.
pub(crate) fn usage(usage: Usage) -> Json {
    object([
        ("completion_tokens", usage.output.into()),
        (
            "completion_tokens_details",
            object([
                ("accepted_prediction_tokens", 0_u64.into()),
                ("audio_tokens", 0_u64.into()),
                ("reasoning_tokens", usage.reasoning.into()),
                ("rejected_prediction_tokens", 0_u64.into()),
            ]),
        ),
        ("prompt_tokens", usage.input.into()),
        ("prompt_tokens_details", object([("audio_tokens", 0_u64.into()), ("cached_tokens", usage.cached.into())])),
        ("total_tokens", usage.input.saturating_add(usage.output).into()),
    ])
}
