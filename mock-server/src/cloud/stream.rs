//! Chat completions as server-sent events: the order of the chunks and their fields.

use super::call::Call;
use super::chat::{Answer, AnswerChoice, usage};
use super::chat_request::ChatRequest;
use super::chunk::{Chunk, Delta, Envelope};
use super::config::FilterMode;
use super::events::{self, Broken, Event, EventKind, Events};
use super::filters::{self, Finding};
use super::json::{Json, object};
use super::logprobs;
use super::model::Generation;
use super::reply::{Frame, StreamEnd};
use super::script::{FinishReason, ToolCall};
use super::stream_plan::{Annotations, ToolDeltas};
use super::tokenizer;

/// The frames of an answer, and how the body ends.
pub(crate) fn frames(call: &Call, request: &ChatRequest, answer: &Answer) -> (Vec<Frame>, StreamEnd) {
    let mut writer = Writer {
        call,
        request,
        answer,
        events: Events::with_capacity(room(answer)),
        late: Vec::new(),
        clean: filters::chunk(call.model().family),
        envelope: Envelope::new(call, request, answer),
    };
    writer.write();
    let Writer { events, .. } = writer;
    events::frames(call, events, &answer.script.stream, answer.script.pacing, |_| broken(answer))
}

/// About how long all events of an answer are: most say little beside what comes with each.
fn room(answer: &Answer) -> usize {
    let length = |choice: &AnswerChoice| choice.text.as_deref().map_or(0, str::len);
    4096 + answer.choices.iter().map(|choice| length(choice) * 128).sum::<usize>()
}

fn broken(answer: &Answer) -> Broken {
    let error = object([
        ("message", "The server had an error while processing your request. Sorry about that!".into()),
        ("type", "server_error".into()),
        ("param", Json::Null),
        ("code", Json::Null),
    ]);
    let start = format!(
        "data: {{\"choices\":[{{\"delta\":{{\"content\":\"caf\u{e9}\"}},\"finish_reason\":null,\"index\":0}}],\"created\":{},\"id\":\"{}\"",
        answer.created, answer.id
    );
    let whole = start.find('\u{e9}').unwrap_or(start.len());
    Broken {
        error: data(&object([("error", error)])),
        malformed: "data: {\"choices\":[{\"content_filter_results\":{},\"delta\":{\"cont\n\n".to_owned(),
        half_character: start.as_bytes()[..=whole].to_vec(),
    }
}

/// One event of a chat stream.
pub(crate) fn data(json: &Json) -> String {
    let mut text = String::new();
    append_data(&mut text, json);
    text
}

/// Writes one event of a chat stream.
pub(crate) fn append_data(text: &mut String, json: &Json) {
    text.push_str("data: ");
    json.append(text);
    text.push_str("\n\n");
}

/// The first chunk of every stream: no choice, and empty strings where the rest has id and model.
pub(crate) fn prompt_results(events: &mut Events, call: &Call, filter: FilterMode) {
    let chunk = object([
        ("choices", Json::List(Vec::new())),
        ("created", 0_u64.into()),
        ("id", "".into()),
        ("model", "".into()),
        ("object", "".into()),
        (filters::prompt_results_name(call), filters::prompt_results(filter)),
    ]);
    events.push(EventKind::Other, |text| append_data(text, &chunk));
}

struct Writer<'a> {
    call: &'a Call,
    request: &'a ChatRequest,
    answer: &'a Answer,
    events: Events,
    /// Annotations that come after the token counts.
    late: Vec<Event>,
    /// What the filter says of a chunk in which it found nothing.
    clean: &'static str,
    envelope: Envelope,
}

impl<'a> Writer<'a> {
    fn write(&mut self) {
        if !self.call.target.serverless {
            prompt_results(&mut self.events, self.call, self.answer.filter);
        }
        let mut choices = Vec::new();
        for (index, choice) in self.answer.choices.iter().enumerate() {
            let before = self.events.len();
            self.choice(index, choice);
            choices.push(self.events.split_off(before));
        }
        self.events.extend(turns(choices));
        if self.request.include_usage {
            self.usage();
        }
        self.events.extend(std::mem::take(&mut self.late));
        if !self.closes_early() {
            self.events.push(EventKind::Closing, |text| text.push_str("data: [DONE]\n\n"));
        }
    }

    /// Foundry's models of other makers end after a filtered choice without a word.
    fn closes_early(&self) -> bool {
        let filtered = self.answer.choices.iter().any(|choice| choice.finish_reason == FinishReason::ContentFilter);
        self.answer.script.without_done || (filtered && self.call.target.inference && !self.call.model().is_openai)
    }

    fn choice(&mut self, index: usize, choice: &'a AnswerChoice) {
        let texts = self.pieces(index, choice);
        self.opening(index, choice, texts.is_empty());
        self.reasoning(index);
        let content = if choice.refusal.is_some() { "refusal" } else { "content" };
        let (silent, half) = (texts.is_empty(), texts.len() / 2);
        let before_half = if half > 0 { half_length(&texts, half) } else { 0 };
        let (mut written, mut tokens) = (0, 0);
        for (position, text) in texts.into_iter().enumerate() {
            if position == half && half > 0 {
                self.annotation(index, 0, written, Finding::Clean, false);
            }
            written += text.chars().count() as u64;
            let logprobs = self
                .request
                .logprobs
                .map_or(Json::Null, |alternatives| logprobs::of_text(self.call, text, tokens, alternatives));
            if self.request.logprobs.is_some() {
                tokens += tokenizer::pieces(self.call.model().vocabulary, text).len();
            }
            let delta = Delta::Text(content, text);
            self.delta(index, Json::Fixed(self.clean), delta, (None, logprobs), EventKind::Content);
        }
        self.tool_calls(index, choice, silent);
        self.finish(index, choice);
        if !silent {
            let finding = match choice.finish_reason {
                FinishReason::ContentFilter => Finding::Violence,
                _ => Finding::Clean,
            };
            self.annotation(index, before_half, written, finding, true);
        }
    }

    /// The chunk with the role. A single tool call without text opens in it.
    fn opening(&mut self, index: usize, choice: &AnswerChoice, silent: bool) {
        let modern = self.call.generation() > Generation::Early;
        let delta = match choice.tool_calls.as_slice() {
            [_] if silent && self.request.legacy_functions => {
                object([("content", Json::Null), ("role", Json::Word("assistant"))])
            }
            [only] if silent => object([
                ("content", Json::Null),
                ("refusal", Json::Null),
                ("role", Json::Word("assistant")),
                ("tool_calls", Json::List(vec![opened(0, only)])),
            ]),
            [_, ..] if silent => object([("content", Json::Null), ("role", Json::Word("assistant"))]),
            _ if !modern => object([("content", "".into()), ("role", Json::Word("assistant"))]),
            _ => object([("content", "".into()), ("refusal", Json::Null), ("role", Json::Word("assistant"))]),
        };
        let delta = if self.answer.script.role_without_delta { Delta::None } else { Delta::Members(delta) };
        self.delta(index, object([]), delta, (None, Json::Null), EventKind::Other);
    }

    fn reasoning(&mut self, index: usize) {
        for word in self.answer.script.reasoning.iter().flat_map(|text| text.split_inclusive(' ')) {
            let delta = object([("content", Json::Null), ("reasoning_content", word.into())]);
            self.delta(index, object([]), Delta::Members(delta), (None, Json::Null), EventKind::Content);
        }
    }

    fn tool_calls(&mut self, index: usize, choice: &AnswerChoice, silent: bool) {
        let start = self.events.len();
        let mut calls = Vec::new();
        for (position, call) in choice.tool_calls.iter().enumerate() {
            let legacy = self.request.legacy_functions;
            if legacy || !silent || choice.tool_calls.len() > 1 {
                let delta = if legacy {
                    opened_function(call)
                } else {
                    object([("tool_calls", Json::List(vec![opened(position, call)]))])
                };
                self.delta(index, object([]), Delta::Members(delta), (None, Json::Null), EventKind::Other);
            }
            for fragment in fragments(&call.arguments_json) {
                let function = object([("arguments", fragment.into())]);
                let delta = if legacy {
                    object([("function_call", function)])
                } else {
                    let call = object([("function", function), ("index", position.into())]);
                    object([("tool_calls", Json::List(vec![call]))])
                };
                self.delta(index, object([]), Delta::Members(delta), (None, Json::Null), EventKind::Content);
            }
            calls.push(self.events.split_off(start));
        }
        match self.answer.script.tool_deltas {
            ToolDeltas::InOrder => self.events.extend(calls.into_iter().flatten()),
            ToolDeltas::Interleaved => self.events.extend(turns(calls)),
        }
    }

    fn finish(&mut self, index: usize, choice: &AnswerChoice) {
        let results = match choice.finish_reason {
            FinishReason::ContentFilter => filters::completion(Finding::Violence),
            _ => object([]),
        };
        let finish = (Some(choice.finish_reason), Json::Null);
        self.delta(index, results, Delta::Members(object([])), finish, EventKind::Closing);
    }

    fn delta(
        &mut self,
        index: usize,
        results: Json,
        delta: Delta<'_>,
        (finish, logprobs): (Option<FinishReason>, Json),
        kind: EventKind,
    ) {
        let results = match self.answer.filter {
            _ if self.call.target.serverless => None,
            FilterMode::Default => Some(results),
            FilterMode::Off => Some(Json::Fixed("{}")),
            FilterMode::Asynchronous => None,
        };
        let chunk = Chunk { index, results, delta, finish, logprobs };
        let position = self.events.len();
        self.events.push(kind, |text| chunk.append(text, &self.envelope, self.call, position));
    }

    /// The last chunk before the end, which alone has token counts.
    fn usage(&mut self) {
        let newest = self.call.generation() == Generation::Newest;
        let mut members = vec![
            ("choices", Json::List(Vec::new())),
            ("created", self.answer.created.into()),
            ("id", (&self.answer.id).into()),
        ];
        if newest {
            members.push(("latency_checkpoint", latency()));
        }
        members.push(("model", self.call.model_name().into()));
        if self.envelope.padded {
            members.push(("obfuscation", self.padding().into()));
        }
        members.push(("object", "chat.completion.chunk".into()));
        if newest {
            members.push(("service_tier", "default".into()));
        }
        if !self.call.target.serverless {
            members.push(("system_fingerprint", self.call.target.served.fingerprint.as_ref().into()));
        }
        members.push(("usage", usage(self.call, self.answer.usage)));
        self.events.push(EventKind::Other, |text| append_data(text, &Json::Object(members)));
    }

    /// Padding against guessing texts from packet sizes, as long as a draw from the seed says.
    fn padding(&self) -> String {
        self.call.padding(self.events.len())
    }

    /// In the asynchronous mode, what the filter says later about text that was already sent.
    fn annotation(&mut self, index: usize, start: u64, end: u64, finding: Finding, last: bool) {
        if self.answer.filter != FilterMode::Asynchronous || self.call.target.serverless {
            return;
        }
        let base = self.request.prompt.characters();
        let blocked = finding == Finding::Violence;
        let offsets = object([
            ("check_offset", (base + start).into()),
            ("start_offset", (base + start).into()),
            ("end_offset", (base + end).into()),
        ]);
        let choice = object([
            ("content_filter_offsets", offsets),
            ("content_filter_results", if blocked { filters::offence() } else { filters::completion(finding) }),
            ("finish_reason", blocked.then_some("content_filter").into()),
            ("index", index.into()),
        ]);
        let mut members = vec![
            ("choices", Json::List(vec![choice])),
            ("created", 0_u64.into()),
            ("id", "".into()),
            ("model", "".into()),
            ("object", "".into()),
        ];
        if self.request.include_usage {
            members.push(("usage", Json::Null));
        }
        let event = self.events.aside(EventKind::Other, |text| append_data(text, &Json::Object(members)));
        if last && self.answer.script.annotations == Annotations::AfterUsage {
            self.late.push(event);
        } else {
            self.events.extend([event]);
        }
    }

    fn pieces(&self, index: usize, choice: &'a AnswerChoice) -> Vec<&'a str> {
        if let (0, Some(chunks)) = (index, &self.answer.script.stream.chunks) {
            return chunks.iter().map(String::as_str).collect();
        }
        let text = choice.refusal.as_deref().or(choice.text.as_deref()).unwrap_or_default();
        if self.answer.made_up {
            return tokenizer::pieces(self.call.model().vocabulary, text);
        }
        text.split_inclusive(' ').collect()
    }
}

/// One event of each list in turn, until all are used up.
fn turns(mut lists: Vec<Vec<Event>>) -> Vec<Event> {
    if let [only] = lists.as_mut_slice() {
        return std::mem::take(only);
    }
    let mut lists: Vec<_> = lists.into_iter().map(Vec::into_iter).collect();
    let mut all = Vec::new();
    loop {
        let before = all.len();
        all.extend(lists.iter_mut().filter_map(Iterator::next));
        if all.len() == before {
            return all;
        }
    }
}

fn half_length(texts: &[&str], half: usize) -> u64 {
    texts.iter().take(half).map(|text| text.chars().count() as u64).sum()
}

/// The first mention of a tool call, with everything but its arguments.
fn opened(position: usize, call: &ToolCall) -> Json {
    object([
        ("function", object([("arguments", "".into()), ("name", (&call.name).into())])),
        ("id", (&call.id).into()),
        ("index", position.into()),
        ("type", "function".into()),
    ])
}

fn opened_function(call: &ToolCall) -> Json {
    object([("function_call", object([("arguments", "".into()), ("name", (&call.name).into())]))])
}

/// Tool arguments in pieces of the size of a token.
pub(crate) fn fragments(arguments: &str) -> Vec<String> {
    let characters: Vec<char> = arguments.chars().collect();
    let (head, tail) = characters.split_at(characters.len().min(2));
    let head = (!head.is_empty()).then(|| head.iter().collect());
    head.into_iter().chain(tail.chunks(5).map(|piece| piece.iter().collect())).collect()
}

/// Timings that the newest back ends report, fixed.
pub(crate) fn latency() -> Json {
    object([
        ("engine_tbt_ms", 10_u64.into()),
        ("engine_ttft_ms", 80_u64.into()),
        ("engine_ttlt_ms", 320_u64.into()),
        ("pre_inference_ms", 82_u64.into()),
        ("service_tbt_ms", 10_u64.into()),
        ("service_ttft_ms", 664_u64.into()),
        ("service_ttlt_ms", 886_u64.into()),
        ("total_duration_ms", 811_u64.into()),
        ("user_visible_ttft_ms", 582_u64.into()),
    ])
}
