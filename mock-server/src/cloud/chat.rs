//! Chat completions: the answer, scripted or made up, and its body when it is not streamed.

use bytes::Bytes;
use http::StatusCode;

use super::call::Call;
use super::chat_request::{ChatRequest, Format};
use super::config::FilterMode;
use super::filters::{self, Finding};
use super::headers::{self, Content};
use super::json::{Json, object};
use super::logprobs;
use super::model::Generation;
use super::reply::{Reply, ReplyBody};
use super::sample;
use super::script::{ChatReply, Choice, FinishReason, ToolCall, Usage};
use super::stream;
use super::tokenizer;

/// An answer with nothing left open.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) id: String,
    pub(crate) created: u64,
    pub(crate) choices: Vec<AnswerChoice>,
    pub(crate) usage: Usage,
    pub(crate) filter: FilterMode,
    /// Whether nobody scripted the choices: then they are sent token by token.
    pub(crate) made_up: bool,
    /// The script, whose choices have been taken out.
    pub(crate) script: ChatReply,
}

/// One choice, with its finish reason worked out.
#[derive(Clone, Debug)]
pub(crate) struct AnswerChoice {
    pub(crate) text: Option<String>,
    pub(crate) tool_calls: Vec<ToolCall>,
    pub(crate) refusal: Option<String>,
    pub(crate) finish_reason: FinishReason,
}

/// Answers a chat request: as the script says, or by the default rules. Also says how many tokens it took.
pub(crate) fn reply(call: &Call, request: &ChatRequest, script: Option<ChatReply>, filter: FilterMode) -> (Reply, u64) {
    let script = script.unwrap_or_default();
    let delay = script.delay;
    let answer = answer(call, request, script, filter);
    let (content, body) = if request.stream {
        let (frames, end) = stream::frames(call, request, &answer);
        (Content::Events, ReplyBody::Stream { frames, end })
    } else {
        let body = whole(call, request, &answer);
        (Content::Json(body.len()), ReplyBody::Whole(Bytes::from(body)))
    };
    let reply = Reply {
        status: StatusCode::OK,
        reason: None,
        headers: headers::back_end(call, content, request.charged()),
        body,
        delay,
    };
    (reply, answer.usage.input.saturating_add(answer.usage.output))
}

fn answer(call: &Call, request: &ChatRequest, mut script: ChatReply, filter: FilterMode) -> Answer {
    let choices = std::mem::take(&mut script.choices);
    let made_up = choices.is_empty();
    let choices = if made_up { default_choices(call, request) } else { choices };
    let usage = script.usage.unwrap_or_else(|| {
        let reasoning = if made_up { request.thoughts(call.model()) * choices.len() as u64 } else { 0 };
        let output = choices.iter().map(|choice| count_choice(call, choice)).sum::<u64>() + reasoning;
        let cached = request.prompt.cached(call.model(), call.known_texts);
        Usage { input: request.prompt.tokens(call.model()), output, cached, reasoning }
    });
    let named = request.tool.as_ref().is_some_and(|tool| tool.named);
    let filter = script.filter.unwrap_or(filter);
    Answer {
        id: script.response_id.clone().unwrap_or_else(|| call.letters_after("chatcmpl-", "completion", 29)),
        created: call.time,
        choices: choices.into_iter().map(|choice| finished(choice, named, request.legacy_functions)).collect(),
        usage,
        filter,
        made_up,
        script,
    }
}

fn finished(choice: Choice, named: bool, legacy: bool) -> AnswerChoice {
    let finish_reason = choice.finish_reason.unwrap_or(match (choice.tool_calls.is_empty(), named) {
        (false, false) if legacy => FinishReason::FunctionCall,
        (false, false) => FinishReason::ToolCalls,
        _ => FinishReason::Stop,
    });
    AnswerChoice { text: choice.text, tool_calls: choice.tool_calls, refusal: choice.refusal, finish_reason }
}

/// Tokens of a choice, with the one that ends it, unless it ended because there were to be no more.
pub(crate) fn count_choice(call: &Call, choice: &Choice) -> u64 {
    let count = |text: &str| tokenizer::count(call.model().vocabulary, text);
    let text = choice.text.as_deref().map_or(0, count) + choice.refusal.as_deref().map_or(0, count);
    let calls = choice.tool_calls.iter().map(|call| 4 + count(&call.name) + count(&call.arguments_json));
    u64::from(choice.finish_reason != Some(FinishReason::Length)) + text + calls.sum::<u64>()
}

/// What the mock says when nobody told it what to say: it calls the tool it must call, fills in the format it must
/// meet, tells what a tool gave, and otherwise repeats the question.
pub(crate) fn default_choices(call: &Call, request: &ChatRequest) -> Vec<Choice> {
    (0..request.choices).map(|index| default_choice(call, request, index)).collect()
}

fn default_choice(call: &Call, request: &ChatRequest, index: usize) -> Choice {
    if let Some(tool) = &request.tool {
        let id = format!("call_{}", call.letters(&format!("tool call {index}"), 24));
        let call = ToolCall { id, name: tool.name.clone(), arguments_json: sample::text(&tool.parameters) };
        return Choice { tool_calls: vec![call], ..Choice::default() };
    }
    let text = made_up(&request.format, request.tool_result.as_deref(), &request.last_text);
    let most = request.most_tokens.map(|most| most - request.thoughts(call.model()));
    limited(call, text, &request.stop, most)
}

/// A text that meets the format, or tells what a tool gave, or repeats the question.
pub(crate) fn made_up(format: &Format, tool_result: Option<&str>, question: &str) -> String {
    match (format, tool_result) {
        (Format::Schema(schema), _) => sample::text(schema),
        (Format::AnyJson, _) => "{\"answer\":\"example\"}".to_owned(),
        (Format::Text, Some(result)) => format!("The tool says: {}", shortened(result)),
        (Format::Text, None) => echo(question),
    }
}

/// A text as far as the limits let it: up to the first of the texts that stop it, and no token more than there may be.
pub(crate) fn limited(call: &Call, mut text: String, stop: &[String], most: Option<u64>) -> Choice {
    if let Some(end) = stop.iter().filter(|stop| !stop.is_empty()).filter_map(|stop| text.find(stop.as_str())).min() {
        text.truncate(end);
    }
    let Some(most) = most.filter(|most| 1 + tokenizer::count(call.model().vocabulary, &text) > *most) else {
        return Choice { text: Some(text), ..Choice::default() };
    };
    let kept = tokenizer::prefix(call.model().vocabulary, &text, most).to_owned();
    Choice { text: Some(kept), finish_reason: Some(FinishReason::Length), ..Choice::default() }
}

/// The answer to a question when nothing better is known.
pub(crate) fn echo(question: &str) -> String {
    if question.is_empty() {
        return "Hello! How can I help you today?".to_owned();
    }
    format!("You said: {}", shortened(question))
}

fn shortened(text: &str) -> &str {
    text.char_indices().nth(200).map_or(text, |(end, _)| &text[..end])
}

/// The body of an answer that is not streamed: keys sorted, no spaces, a line feed at the end.
fn whole(call: &Call, request: &ChatRequest, answer: &Answer) -> String {
    let choices = answer.choices.iter().enumerate();
    let choices = choices.map(|(index, choice)| whole_choice(call, request, answer, index, choice)).collect();
    let mut members = vec![
        ("choices", Json::List(choices)),
        ("created", answer.created.into()),
        ("id", (&answer.id).into()),
        ("model", call.model_name().into()),
        ("object", Json::Word("chat.completion")),
    ];
    if !call.target.serverless {
        members.push((filters::prompt_results_name(call), filters::prompt_results(answer.filter)));
        members.push(("system_fingerprint", call.target.served.fingerprint.as_ref().into()));
    }
    let mut counts = usage(call, answer.usage);
    if let (Json::Object(members), Generation::Newest) = (&mut counts, call.generation()) {
        members.push(("latency_checkpoint", stream::latency()));
        members.push(("service_tier", "default".into()));
        members.sort_by_key(|(name, _)| *name);
    }
    members.push(("usage", counts));
    Json::Object(members).compact() + "\n"
}

fn whole_choice(call: &Call, request: &ChatRequest, answer: &Answer, index: usize, choice: &AnswerChoice) -> Json {
    let mut members = Vec::with_capacity(5);
    if !call.target.serverless {
        let results = match choice.finish_reason {
            _ if answer.filter == FilterMode::Off => object([]),
            FinishReason::ContentFilter => filters::completion(Finding::Violence),
            _ if !choice.tool_calls.is_empty() => object([]),
            _ => filters::completion(Finding::Clean),
        };
        members.push(("content_filter_results", results));
    }
    members.push(("finish_reason", Json::Word(choice.finish_reason.name())));
    members.push(("index", index.into()));
    members.push(("logprobs", whole_logprobs(call, request, choice)));
    members.push(("message", message(call, request, answer, choice)));
    Json::Object(members)
}

fn whole_logprobs(call: &Call, request: &ChatRequest, choice: &AnswerChoice) -> Json {
    match (request.logprobs, &choice.text) {
        (Some(alternatives), Some(text)) => logprobs::of_text(call, text, 0, alternatives),
        _ => Json::Null,
    }
}

fn message(call: &Call, request: &ChatRequest, answer: &Answer, choice: &AnswerChoice) -> Json {
    let modern = call.generation() > Generation::Early && call.model().is_openai;
    let mut members = Vec::with_capacity(5);
    if modern {
        members.push(("annotations", Json::List(Vec::new())));
    }
    // A filtered choice without any text has no `content` at all.
    if choice.text.is_some() || choice.finish_reason != FinishReason::ContentFilter {
        members.push(("content", choice.text.as_ref().into()));
    }
    if let (true, Some(first)) = (request.legacy_functions, choice.tool_calls.first()) {
        members.push(("function_call", function(first)));
    }
    if let Some(reasoning) = &answer.script.reasoning {
        members.push(("reasoning_content", reasoning.into()));
    }
    if modern || choice.refusal.is_some() {
        members.push(("refusal", choice.refusal.as_ref().into()));
    }
    members.push(("role", Json::Word("assistant")));
    if !choice.tool_calls.is_empty() && !request.legacy_functions {
        members.push(("tool_calls", Json::List(choice.tool_calls.iter().map(tool_call).collect())));
    }
    Json::Object(members)
}

fn function(call: &ToolCall) -> Json {
    object([("arguments", (&call.arguments_json).into()), ("name", (&call.name).into())])
}

fn tool_call(call: &ToolCall) -> Json {
    object([("function", function(call)), ("id", (&call.id).into()), ("type", Json::Word("function"))])
}

/// Token counts, with the details that back ends send since gpt-4o, and the timings of the newest.
pub(crate) fn usage(call: &Call, usage: Usage) -> Json {
    let detailed = call.generation() > Generation::Early && call.model().is_openai;
    let mut members = Vec::with_capacity(7);
    members.push(("completion_tokens", usage.output.into()));
    if detailed {
        let details = object([
            ("accepted_prediction_tokens", 0_u64.into()),
            ("audio_tokens", 0_u64.into()),
            ("reasoning_tokens", usage.reasoning.into()),
            ("rejected_prediction_tokens", 0_u64.into()),
        ]);
        members.push(("completion_tokens_details", details));
    }
    members.push(("prompt_tokens", usage.input.into()));
    if detailed {
        let details = object([("audio_tokens", 0_u64.into()), ("cached_tokens", usage.cached.into())]);
        members.push(("prompt_tokens_details", details));
    }
    members.push(("total_tokens", usage.input.saturating_add(usage.output).into()));
    Json::Object(members)
}
