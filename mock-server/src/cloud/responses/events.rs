//! A response as server-sent events: named, numbered, and without `[DONE]`.

use super::object::{Answer, Item, part};
use crate::cloud::events::{self, Broken, EventKind, Events};
use crate::cloud::json::{Json, object};
use crate::cloud::reply::{Frame, StreamEnd};
use crate::cloud::script::{OutputItem, ResponseReply, ResponseStatus};
use crate::cloud::stream::fragments;
use crate::cloud::tokenizer;

/// The frames of a response, and how the body ends.
pub(super) fn frames(answer: &Answer<'_>, script: &ResponseReply) -> (Vec<Frame>, StreamEnd) {
    let mut writer = Writer { answer, chunks: script.stream.chunks.as_deref(), events: Events::default() };
    writer.write();
    let Writer { events, .. } = writer;
    events::frames(answer.call, events, &script.stream, script.pacing, broken)
}

fn broken(sequence: usize) -> Broken {
    let error = vec![
        ("code", "server_error".into()),
        ("message", "The server had an error while processing your request. Sorry about that!".into()),
        ("param", Json::Null),
    ];
    let mut text = String::new();
    event(&mut text, "error", error, sequence);
    Broken {
        error: text,
        malformed: "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"del\n\n"
            .to_owned(),
        half_character: b"event: response.output_text.delta\ndata: {\"content_index\":0,\"delta\":\"caf\xc3".to_vec(),
    }
}

/// Writes one event: its name, its members in order, and its place.
fn event(text: &mut String, kind: &'static str, mut members: Vec<(&'static str, Json)>, sequence: usize) {
    members.push(("sequence_number", sequence.into()));
    members.push(("type", kind.into()));
    members.sort_by_key(|(name, _)| *name);
    text.extend(["event: ", kind, "\ndata: "]);
    Json::Object(members).append(text);
    text.push_str("\n\n");
}

struct Writer<'a> {
    answer: &'a Answer<'a>,
    /// The texts of the deltas of the first message.
    chunks: Option<&'a [String]>,
    events: Events,
}

impl Writer<'_> {
    fn write(&mut self) {
        if self.answer.request.background {
            self.push("response.queued", vec![("response", self.answer.queued())], EventKind::Other);
        }
        let begun = self.answer.in_progress();
        self.push("response.created", vec![("response", begun.clone())], EventKind::Other);
        self.push("response.in_progress", vec![("response", begun)], EventKind::Other);
        for (position, item) in self.answer.items.iter().enumerate() {
            self.item(position, item);
        }
        let name = match self.answer.status {
            ResponseStatus::Completed => "response.completed",
            ResponseStatus::Failed => "response.failed",
            ResponseStatus::MaxOutputTokens | ResponseStatus::ContentFilter => "response.incomplete",
        };
        self.push(name, vec![("response", self.answer.finished())], EventKind::Closing);
    }

    fn item(&mut self, position: usize, item: &Item) {
        let added = vec![("item", self.answer.opened(item)), ("output_index", position.into())];
        self.push("response.output_item.added", added, EventKind::Other);
        match &item.output {
            OutputItem::Reasoning { summary } => self.summaries(position, item, summary),
            OutputItem::Message { text } => self.message(position, item, text, true),
            OutputItem::Refusal { text } => self.message(position, item, text, false),
            OutputItem::FunctionCall(call) => self.arguments(position, item, &call.arguments_json),
        }
        let done = vec![("item", self.answer.item(item)), ("output_index", position.into())];
        self.push("response.output_item.done", done, EventKind::Closing);
    }

    fn summaries(&mut self, position: usize, item: &Item, summary: &[String]) {
        for (index, text) in summary.iter().enumerate() {
            let place = |more: Vec<(&'static str, Json)>| {
                let mut members = place(position, item);
                members.push(("summary_index", index.into()));
                members.extend(more);
                members
            };
            let part = |text: &str| object([("text", text.into()), ("type", "summary_text".into())]);
            self.push("response.reasoning_summary_part.added", place(vec![("part", part(""))]), EventKind::Other);
            for word in text.split_inclusive(' ') {
                let delta = place(vec![("delta", word.into()), ("obfuscation", self.padding())]);
                self.push("response.reasoning_summary_text.delta", delta, EventKind::Content);
            }
            let done = place(vec![("text", text.into())]);
            self.push("response.reasoning_summary_text.done", done, EventKind::Other);
            let done = place(vec![("part", part(text))]);
            self.push("response.reasoning_summary_part.done", done, EventKind::Other);
        }
    }

    fn message(&mut self, position: usize, item: &Item, text: &str, speaks: bool) {
        let place = |more: Vec<(&'static str, Json)>| {
            let mut members = place(position, item);
            members.push(("content_index", 0_u64.into()));
            members.extend(more);
            members
        };
        let logprobs = |text: &str, first| speaks.then(|| ("logprobs", self.answer.logprobs(text, first)));
        let (delta, done, whole) = if speaks {
            ("response.output_text.delta", "response.output_text.done", "text")
        } else {
            ("response.refusal.delta", "response.refusal.done", "refusal")
        };
        let added = place(vec![("part", part(&item.output, "", Json::List(Vec::new())))]);
        self.push("response.content_part.added", added, EventKind::Other);
        let vocabulary = self.answer.call.model().vocabulary;
        let pieces = match self.chunks.take() {
            Some(chunks) => chunks.iter().map(String::as_str).collect(),
            None if self.answer.made_up => tokenizer::pieces(vocabulary, text),
            None => text.split_inclusive(' ').collect::<Vec<_>>(),
        };
        let mut tokens = 0;
        for piece in pieces {
            let mut members = place(vec![("delta", piece.into())]);
            members.extend(logprobs(piece, tokens));
            if self.answer.request.logprobs.is_some() {
                tokens += tokenizer::pieces(vocabulary, piece).len();
            }
            if self.answer.request.include_obfuscation {
                members.push(("obfuscation", self.padding()));
            }
            self.push(delta, members, EventKind::Content);
        }
        let mut members = place(vec![(whole, text.into())]);
        members.extend(logprobs(text, 0));
        self.push(done, members, EventKind::Closing);
        let members = place(vec![("part", self.answer.part(item))]);
        self.push("response.content_part.done", members, EventKind::Closing);
    }

    fn arguments(&mut self, position: usize, item: &Item, arguments: &str) {
        for fragment in fragments(arguments) {
            let mut members = place(position, item);
            members.push(("delta", fragment.into()));
            if self.answer.request.include_obfuscation {
                members.push(("obfuscation", self.padding()));
            }
            self.push("response.function_call_arguments.delta", members, EventKind::Content);
        }
        let mut members = place(position, item);
        members.push(("arguments", arguments.into()));
        self.push("response.function_call_arguments.done", members, EventKind::Closing);
    }

    fn push(&mut self, name: &'static str, members: Vec<(&'static str, Json)>, kind: EventKind) {
        let sequence = self.events.len();
        self.events.push(kind, |text| event(text, name, members, sequence));
    }

    /// Padding against guessing texts from packet sizes.
    fn padding(&self) -> Json {
        self.answer.call.padding(self.events.len()).into()
    }
}

fn place(position: usize, item: &Item) -> Vec<(&'static str, Json)> {
    vec![("item_id", (&item.id).into()), ("output_index", position.into())]
}
