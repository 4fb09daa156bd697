//! A response as an object, in each of its states.

use super::request::ResponsesRequest;
use crate::cloud::call::Call;
use crate::cloud::chat::{limited, made_up};
use crate::cloud::config::FilterMode;
use crate::cloud::filters::{self, Finding};
use crate::cloud::json::{Json, object};
use crate::cloud::logprobs;
use crate::cloud::model::Family;
use crate::cloud::sample;
use crate::cloud::script::{OutputItem, ResponseReply, ResponseStatus, ToolCall, Usage};
use crate::cloud::tokenizer;

/// Reasoning tokens of an answer whose script has reasoning, and no token counts.
const THOUGHTS: u64 = 64;

/// A response with nothing left open.
pub(super) struct Answer<'a> {
    pub(super) call: &'a Call,
    pub(super) request: &'a ResponsesRequest,
    pub(super) id: String,
    pub(super) items: Vec<Item>,
    pub(super) usage: Usage,
    pub(super) status: ResponseStatus,
    /// Whether nobody scripted the items: then they are sent token by token.
    pub(super) made_up: bool,
    filter: FilterMode,
}

/// An output item with its id.
pub(super) struct Item {
    pub(super) id: String,
    pub(super) output: OutputItem,
}

/// Which state of a response an object shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    InProgress,
    Queued,
    Cancelled,
    Finished,
}

impl<'a> Answer<'a> {
    pub(super) fn new(
        call: &'a Call,
        request: &'a ResponsesRequest,
        script: &ResponseReply,
        filter: FilterMode,
    ) -> Self {
        let root = call.hex("response", 50);
        let mut status = script.status;
        let made_up = script.items.is_empty() && status != ResponseStatus::Failed;
        let outputs = if made_up { default_items(call, request, &mut status) } else { script.items.clone() };
        let reasons = outputs.iter().any(|output| matches!(output, OutputItem::Reasoning { .. }));
        let usage = script.usage.unwrap_or_else(|| {
            let reasoning = match (made_up, reasons) {
                (true, _) => request.thoughts(call.model()),
                (false, true) => THOUGHTS,
                (false, false) => 0,
            };
            // What ran out of tokens has none that ends it.
            let ended = u64::from(made_up && status == ResponseStatus::MaxOutputTokens);
            let output = outputs.iter().map(|output| count(call, output)).sum::<u64>() + reasoning - ended;
            let input = request.prompt.tokens(call.model()).saturating_add(call.carried);
            Usage { input, output, cached: request.prompt.cached(call.model(), call.known_texts), reasoning }
        });
        let item = |(position, output): (usize, OutputItem)| {
            let own = call.hex(&format!("output item {position}"), 32);
            Item { id: format!("{}_{}{own}", prefix(&output), &root[..18]), output }
        };
        Self {
            call,
            request,
            id: script.response_id.clone().unwrap_or_else(|| format!("resp_{root}")),
            items: outputs.into_iter().enumerate().map(item).collect(),
            usage,
            status,
            made_up,
            filter,
        }
    }

    pub(super) fn finished(&self) -> Json {
        self.object(State::Finished)
    }

    pub(super) fn in_progress(&self) -> Json {
        self.object(State::InProgress)
    }

    pub(super) fn queued(&self) -> Json {
        self.object(State::Queued)
    }

    pub(super) fn cancelled(&self) -> Json {
        self.object(State::Cancelled)
    }

    fn object(&self, state: State) -> Json {
        let done = state == State::Finished;
        let request = self.request;
        let time = self.call.time;
        let reasoning = self.call.model().family == Family::Reasoning;
        let (status, error, incomplete) = self.outcome(state);
        let mut members = vec![
            ("background", request.background.into()),
            ("completed_at", if status == "completed" { time.into() } else { Json::Null }),
            ("content_filters", if done { self.content_filters() } else { Json::Null }),
            ("created_at", time.into()),
            ("error", error),
            ("frequency_penalty", request.field("frequency_penalty", Json::Raw("0.0".to_owned()))),
            ("id", (&self.id).into()),
            ("incomplete_details", incomplete),
            ("instructions", request.field("instructions", Json::Null)),
            ("max_output_tokens", request.field("max_output_tokens", Json::Null)),
            ("max_tool_calls", request.field("max_tool_calls", Json::Null)),
            ("metadata", request.field("metadata", object([]))),
            ("model", request.model()),
            ("moderation", Json::Null),
            ("object", "response".into()),
            (
                "output",
                Json::List(if done { self.items.iter().map(|item| self.item(item)).collect() } else { Vec::new() }),
            ),
            ("parallel_tool_calls", request.field("parallel_tool_calls", true.into())),
            ("presence_penalty", request.field("presence_penalty", Json::Raw("0.0".to_owned()))),
            ("previous_response_id", request.field("previous_response_id", Json::Null)),
            ("prompt_cache_key", request.field("prompt_cache_key", Json::Null)),
            ("prompt_cache_retention", request.field("prompt_cache_retention", "in_memory".into())),
            ("reasoning", request.field("reasoning", default_reasoning(reasoning))),
            ("safety_identifier", request.field("safety_identifier", Json::Null)),
            ("service_tier", "default".into()),
            ("status", status.into()),
            ("store", request.store.into()),
            ("temperature", request.field("temperature", Json::Raw("1.0".to_owned()))),
            ("text", request.text()),
            ("tool_choice", request.field("tool_choice", "auto".into())),
            ("tools", request.field("tools", Json::List(Vec::new()))),
            ("top_logprobs", request.field("top_logprobs", 0_u64.into())),
            ("top_p", request.field("top_p", Json::Raw("1.0".to_owned()))),
            ("truncation", request.field("truncation", "disabled".into())),
            ("usage", if done { self.usage() } else { Json::Null }),
            ("user", request.field("user", Json::Null)),
        ];
        if let Some(conversation) = request.conversation() {
            members.insert(3, ("conversation", conversation));
        }
        Json::Object(members)
    }

    /// Status, error and what is incomplete.
    fn outcome(&self, state: State) -> (&'static str, Json, Json) {
        let incomplete = |reason: &str| object([("reason", reason.into())]);
        match (state, self.status) {
            (State::InProgress, _) => ("in_progress", Json::Null, Json::Null),
            (State::Queued, _) => ("queued", Json::Null, Json::Null),
            (State::Cancelled, _) => ("cancelled", Json::Null, Json::Null),
            (State::Finished, ResponseStatus::Completed) => ("completed", Json::Null, Json::Null),
            (State::Finished, ResponseStatus::MaxOutputTokens) => {
                ("incomplete", Json::Null, incomplete("max_output_tokens"))
            }
            (State::Finished, ResponseStatus::ContentFilter) => {
                ("incomplete", Json::Null, incomplete("content_filter"))
            }
            (State::Finished, ResponseStatus::Failed) => {
                let message = "The server had an error while processing your request. Sorry about that!";
                ("failed", object([("code", "server_error".into()), ("message", message.into())]), Json::Null)
            }
        }
    }

    fn content_filters(&self) -> Json {
        let blocked = self.status == ResponseStatus::ContentFilter;
        let filter = |blocked: bool, end: u64, results: Json, source: &str| {
            let offsets =
                object([("check_offset", 0_u64.into()), ("end_offset", end.into()), ("start_offset", 0_u64.into())]);
            let results = if self.filter == FilterMode::Off { object([]) } else { results };
            object([
                ("blocked", blocked.into()),
                ("content_filter_offsets", offsets),
                ("content_filter_raw", Json::List(Vec::new())),
                ("content_filter_results", results),
                ("source_type", source.into()),
            ])
        };
        let finding = if blocked { Finding::Violence } else { Finding::Clean };
        let written: u64 = self.items.iter().map(|item| text_of(&item.output).chars().count() as u64).sum();
        Json::List(vec![
            filter(false, self.request.prompt_characters, filters::prompt(Finding::Clean), "prompt"),
            filter(blocked, written, filters::completion(finding), "completion"),
        ])
    }

    fn usage(&self) -> Json {
        let usage = self.usage;
        object([
            ("input_tokens", usage.input.into()),
            ("input_tokens_details", object([("cached_tokens", usage.cached.into())])),
            ("output_tokens", usage.output.into()),
            ("output_tokens_details", object([("reasoning_tokens", usage.reasoning.into())])),
            ("total_tokens", usage.input.saturating_add(usage.output).into()),
        ])
    }

    /// An output item when it is complete.
    pub(super) fn item(&self, item: &Item) -> Json {
        let status = match self.status {
            ResponseStatus::Completed | ResponseStatus::Failed => "completed",
            _ => "incomplete",
        };
        match &item.output {
            OutputItem::Reasoning { summary } => self.reasoning(item, summary),
            OutputItem::Message { .. } | OutputItem::Refusal { .. } => message(item, status, vec![self.part(item)]),
            OutputItem::FunctionCall(call) => function_call(item, call, &call.arguments_json, "completed"),
        }
    }

    /// The only content part of a message.
    pub(super) fn part(&self, item: &Item) -> Json {
        let text = text_of(&item.output);
        part(&item.output, text, self.logprobs(text, 0))
    }

    /// Log probabilities of a part of a text that begins after so many tokens, if they are wanted.
    pub(super) fn logprobs(&self, text: &str, first: usize) -> Json {
        match self.request.logprobs {
            Some(alternatives) => logprobs::tokens(self.call, text, first, alternatives),
            None => Json::List(Vec::new()),
        }
    }

    /// An output item when it begins.
    pub(super) fn opened(&self, item: &Item) -> Json {
        match &item.output {
            OutputItem::Reasoning { .. } => self.reasoning(item, &[]),
            OutputItem::Message { .. } | OutputItem::Refusal { .. } => message(item, "in_progress", Vec::new()),
            OutputItem::FunctionCall(call) => function_call(item, call, "", "in_progress"),
        }
    }

    fn reasoning(&self, item: &Item, summary: &[String]) -> Json {
        let part = |text: &String| object([("text", text.into()), ("type", "summary_text".into())]);
        let mut members = Vec::with_capacity(4);
        if self.request.encrypted_reasoning {
            members.push(("encrypted_content", format!("gAAAA{}", self.call.letters("thoughts", 120)).into()));
        }
        members.push(("id", (&item.id).into()));
        members.push(("summary", Json::List(summary.iter().map(part).collect())));
        members.push(("type", "reasoning".into()));
        Json::Object(members)
    }
}

fn message(item: &Item, status: &str, content: Vec<Json>) -> Json {
    object([
        ("content", Json::List(content)),
        ("id", (&item.id).into()),
        ("phase", "final_answer".into()),
        ("role", "assistant".into()),
        ("status", status.into()),
        ("type", "message".into()),
    ])
}

fn function_call(item: &Item, call: &ToolCall, arguments: &str, status: &str) -> Json {
    object([
        ("arguments", arguments.into()),
        ("call_id", (&call.id).into()),
        ("id", (&item.id).into()),
        ("name", (&call.name).into()),
        ("status", status.into()),
        ("type", "function_call".into()),
    ])
}

/// The only content part of a message, with this much text.
pub(super) fn part(output: &OutputItem, text: &str, logprobs: Json) -> Json {
    if matches!(output, OutputItem::Refusal { .. }) {
        return object([("refusal", text.into()), ("type", "refusal".into())]);
    }
    object([
        ("annotations", Json::List(Vec::new())),
        ("logprobs", logprobs),
        ("text", text.into()),
        ("type", "output_text".into()),
    ])
}

/// What an item says.
pub(super) fn text_of(output: &OutputItem) -> &str {
    match output {
        OutputItem::Message { text } | OutputItem::Refusal { text } => text,
        _ => "",
    }
}

fn prefix(output: &OutputItem) -> &'static str {
    match output {
        OutputItem::Reasoning { .. } => "rs",
        OutputItem::Message { .. } | OutputItem::Refusal { .. } => "msg",
        OutputItem::FunctionCall(_) => "fc",
    }
}

fn default_reasoning(thinks: bool) -> Json {
    let effort = if thinks { "medium".into() } else { Json::Null };
    object([("effort", effort), ("summary", Json::Null)])
}

fn count(call: &Call, output: &OutputItem) -> u64 {
    let tokens = |text: &str| tokenizer::count(call.model().vocabulary, text);
    match output {
        OutputItem::Reasoning { .. } => 0,
        OutputItem::Message { text } | OutputItem::Refusal { text } => 1 + tokens(text),
        OutputItem::FunctionCall(function) => 5 + tokens(&function.name) + tokens(&function.arguments_json),
    }
}

/// What the mock answers when nobody told it what to answer; see the chat's rules.
fn default_items(call: &Call, request: &ResponsesRequest, status: &mut ResponseStatus) -> Vec<OutputItem> {
    let mut items = Vec::new();
    if request.thinks(call.model()) {
        items.push(OutputItem::Reasoning { summary: Vec::new() });
    }
    if let Some(tool) = &request.tool {
        items.push(OutputItem::FunctionCall(ToolCall {
            id: format!("call_{}", call.letters("tool call 0", 24)),
            name: tool.name.clone(),
            arguments_json: sample::text(&tool.parameters),
        }));
        return items;
    }
    let text = made_up(&request.format, request.tool_result.as_deref(), &request.last_text);
    let most = request.most_tokens.map(|most| most - request.thoughts(call.model()));
    let choice = limited(call, text, &[], most);
    if choice.finish_reason.is_some() {
        *status = ResponseStatus::MaxOutputTokens;
    }
    items.push(OutputItem::Message { text: choice.text.unwrap_or_default() });
    items
}
