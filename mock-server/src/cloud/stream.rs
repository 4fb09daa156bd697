//! Chat completions as server-sent events: the order of the chunks, their fields, and how a stream breaks.

use std::time::Duration;

use bytes::Bytes;

use super::call::Call;
use super::chat::{Answer, AnswerChoice, usage};
use super::chat_request::ChatRequest;
use super::config::FilterMode;
use super::filters::{self, Finding};
use super::json::{Json, object};
use super::model::{Family, family};
use super::reply::{Frame, StreamEnd};
use super::script::{FinishReason, StreamFaultKind, ToolCall};

/// An event with what the fault needs to know about it.
struct Event {
    text: String,
    kind: EventKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum EventKind {
    /// Carries text, refusal or tool arguments.
    Content,
    /// Tells the client that a choice, or the answer, is over.
    Closing,
    Other,
}

/// The frames of an answer, and how the body ends.
pub(crate) fn frames(call: &Call, request: &ChatRequest, answer: &Answer) -> (Vec<Frame>, StreamEnd) {
    let mut writer = Writer { call, request, answer, events: Vec::new() };
    writer.write();
    let (events, end) = broken(writer.events, answer);
    let frames = events
        .into_iter()
        .enumerate()
        .map(|(position, text)| Frame {
            bytes: Bytes::from(text),
            gap: if position == 0 { Duration::ZERO } else { answer.plan.gap },
        })
        .collect();
    (frames, end)
}

/// Cuts the events where the plan's fault wants it.
fn broken(events: Vec<Event>, answer: &Answer) -> (Vec<String>, StreamEnd) {
    let Some(fault) = answer.plan.fault else {
        return (events.into_iter().map(|event| event.text).collect(), StreamEnd::Complete);
    };
    let contents = events.iter().filter(|event| event.kind == EventKind::Content).count();
    let wanted = fault.after_chunk.min(contents);
    let mut seen = 0;
    let mut kept = Vec::new();
    // What comes before the first content comes in any case, and so does what is no content up to the next one; but a
    // broken stream never says that the answer is over.
    for event in events {
        if seen == wanted && event.kind != EventKind::Other {
            break;
        }
        seen += usize::from(event.kind == EventKind::Content);
        kept.push(event.text);
    }
    let end = match fault.kind {
        StreamFaultKind::Reset => StreamEnd::Reset,
        StreamFaultKind::Eof => StreamEnd::Eof,
        StreamFaultKind::Stall => StreamEnd::Stall,
        StreamFaultKind::Truncated => StreamEnd::Complete,
        StreamFaultKind::ErrorEvent => {
            kept.push(data(&error_event()));
            StreamEnd::Complete
        }
        StreamFaultKind::Malformed => {
            kept.push("data: {\"choices\":[{\"content_filter_results\":{},\"delta\":{\"cont\n\n".to_owned());
            StreamEnd::Complete
        }
    };
    (kept, end)
}

fn error_event() -> Json {
    let error = object([
        ("message", "The server had an error while processing your request. Sorry about that!".into()),
        ("type", "server_error".into()),
        ("param", Json::Null),
        ("code", Json::Null),
    ]);
    object([("error", error)])
}

fn data(json: &Json) -> String {
    format!("data: {}\n\n", json.compact())
}

struct Writer<'a> {
    call: &'a Call,
    request: &'a ChatRequest,
    answer: &'a Answer,
    events: Vec<Event>,
}

impl Writer<'_> {
    fn write(&mut self) {
        self.prompt_results();
        for (index, choice) in self.answer.choices.iter().enumerate() {
            self.choice(index, choice);
        }
        if self.request.include_usage {
            self.usage();
        }
        self.events.push(Event { text: "data: [DONE]\n\n".to_owned(), kind: EventKind::Closing });
    }

    /// The first chunk of every stream: no choice, and empty strings where the rest has id and model.
    fn prompt_results(&mut self) {
        let chunk = object([
            ("choices", Json::List(Vec::new())),
            ("created", 0_u64.into()),
            ("id", "".into()),
            ("model", "".into()),
            ("object", "".into()),
            ("prompt_filter_results", filters::prompt_results()),
        ]);
        self.events.push(Event { text: data(&chunk), kind: EventKind::Other });
    }

    fn choice(&mut self, index: usize, choice: &AnswerChoice) {
        let texts = self.pieces(index, choice);
        self.opening(index, choice, texts.is_empty());
        let content = if choice.refusal.is_some() { "refusal" } else { "content" };
        let half = texts.len() / 2;
        let mut written = 0;
        for (position, text) in texts.iter().enumerate() {
            if position == half && half > 0 {
                self.annotation(index, 0, written, Finding::Clean);
            }
            written += text.chars().count() as u64;
            let results = filters::chunk(&self.answer.model);
            self.delta(index, results, object([(content, text.into())]), None, EventKind::Content);
        }
        self.tool_calls(index, choice, texts.is_empty());
        self.finish(index, choice);
        if !texts.is_empty() {
            let finding = match choice.finish_reason {
                FinishReason::ContentFilter => Finding::Violence,
                _ => Finding::Clean,
            };
            self.annotation(index, if half > 0 { half_length(&texts, half) } else { 0 }, written, finding);
        }
    }

    /// The chunk with the role. A single tool call without text opens in it.
    fn opening(&mut self, index: usize, choice: &AnswerChoice, silent: bool) {
        let delta = match choice.tool_calls.as_slice() {
            [only] if silent => object([
                ("content", Json::Null),
                ("refusal", Json::Null),
                ("role", "assistant".into()),
                ("tool_calls", Json::List(vec![opened(0, only)])),
            ]),
            [_, ..] if silent => object([("content", Json::Null), ("role", "assistant".into())]),
            _ => object([("content", "".into()), ("refusal", Json::Null), ("role", "assistant".into())]),
        };
        self.delta(index, object([]), delta, None, EventKind::Other);
    }

    fn tool_calls(&mut self, index: usize, choice: &AnswerChoice, silent: bool) {
        for (position, call) in choice.tool_calls.iter().enumerate() {
            if !silent || choice.tool_calls.len() > 1 {
                let delta = object([("tool_calls", Json::List(vec![opened(position, call)]))]);
                self.delta(index, object([]), delta, None, EventKind::Other);
            }
            for fragment in fragments(&call.arguments_json) {
                let function = object([("arguments", fragment.into())]);
                let call = object([("function", function), ("index", position.into())]);
                self.delta(
                    index,
                    object([]),
                    object([("tool_calls", Json::List(vec![call]))]),
                    None,
                    EventKind::Content,
                );
            }
        }
    }

    fn finish(&mut self, index: usize, choice: &AnswerChoice) {
        let results = match choice.finish_reason {
            FinishReason::ContentFilter => filters::completion(Finding::Violence),
            _ => object([]),
        };
        self.delta(index, results, object([]), Some(choice.finish_reason), EventKind::Closing);
    }

    fn delta(&mut self, index: usize, results: Json, delta: Json, finish: Option<FinishReason>, kind: EventKind) {
        let mut choice = Vec::with_capacity(5);
        if self.answer.filter == FilterMode::Default {
            choice.push(("content_filter_results", results));
        }
        choice.push(("delta", delta));
        choice.push(("finish_reason", finish.map(FinishReason::name).into()));
        choice.push(("index", index.into()));
        choice.push(("logprobs", Json::Null));
        let chunk = self.chunk(vec![Json::Object(choice)], None);
        self.events.push(Event { text: data(&chunk), kind });
    }

    /// The last chunk before the end, which alone has token counts.
    fn usage(&mut self) {
        let chunk = self.chunk(Vec::new(), Some(usage(self.answer.usage)));
        self.events.push(Event { text: data(&chunk), kind: EventKind::Other });
    }

    fn chunk(&self, choices: Vec<Json>, counts: Option<Json>) -> Json {
        let newest = counts.is_some() && family(&self.answer.model) == Family::Reasoning;
        let mut members = vec![
            ("choices", Json::List(choices)),
            ("created", self.answer.created.into()),
            ("id", (&self.answer.id).into()),
        ];
        if newest {
            members.push(("latency_checkpoint", latency()));
        }
        members.push(("model", (&self.answer.model).into()));
        if self.request.include_obfuscation {
            members.push(("obfuscation", self.padding().into()));
        }
        members.push(("object", "chat.completion.chunk".into()));
        if newest {
            members.push(("service_tier", "default".into()));
        }
        members.push(("system_fingerprint", self.answer.fingerprint.as_ref().into()));
        if self.request.include_usage {
            members.push(("usage", counts.unwrap_or(Json::Null)));
        }
        Json::Object(members)
    }

    /// Padding against guessing texts from packet sizes, as long as a draw from the seed says.
    fn padding(&self) -> String {
        let purpose = format!("obfuscation {}", self.events.len());
        let length = 1 + usize::from(self.call.seed.digest(&purpose, self.call.ordinal)[0] % 16);
        self.call.letters(&purpose, length)
    }

    /// In the asynchronous mode, what the filter says later about text that was already sent.
    fn annotation(&mut self, index: usize, start: u64, end: u64, finding: Finding) {
        if self.answer.filter == FilterMode::Default {
            return;
        }
        let base = self.answer.prompt_characters;
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
        self.events.push(Event { text: data(&Json::Object(members)), kind: EventKind::Other });
    }

    fn pieces(&self, index: usize, choice: &AnswerChoice) -> Vec<String> {
        if let (0, Some(chunks)) = (index, &self.answer.plan.chunks) {
            return chunks.clone();
        }
        let text = choice.refusal.as_deref().or(choice.text.as_deref()).unwrap_or_default();
        text.split_inclusive(' ').map(str::to_owned).collect()
    }
}

fn half_length(texts: &[String], half: usize) -> u64 {
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

/// Tool arguments in pieces of the size of a token.
fn fragments(arguments: &str) -> Vec<String> {
    let characters: Vec<char> = arguments.chars().collect();
    let (head, tail) = characters.split_at(characters.len().min(2));
    let head = (!head.is_empty()).then(|| head.iter().collect());
    head.into_iter().chain(tail.chunks(5).map(|piece| piece.iter().collect())).collect()
}

/// Timings that the newest back ends report, fixed.
fn latency() -> Json {
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
