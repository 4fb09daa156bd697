//! What a service answered, live or the mock, from a document or from the frames of a stream: chat completions, Responses
//! and embeddings.
//!
//! The one reader of whoever judges and of whoever records. `reference` has its own, because it is judged by this one.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::WireResponse;

/// The facts of an answer, as far as they came.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Answer {
    pub(crate) id: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) service_tier: Option<String>,
    pub(crate) fingerprint: Option<String>,
    pub(crate) choices: BTreeMap<u64, Choice>,
    pub(crate) usage: Option<Json>,
    /// How many vectors there are.
    pub(crate) vectors: Option<usize>,
    /// How long the first of them is.
    pub(crate) dimensions: Option<usize>,
    /// A Responses answer: its items are no choices with reasons.
    pub(crate) is_response: bool,
    /// How a Responses answer ended, and why before its time.
    pub(crate) status: Option<String>,
    pub(crate) cut_off: Option<String>,
}

/// One choice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) finish_reason: Option<String>,
    pub(crate) text: Option<String>,
    /// The pieces in which the text was streamed.
    pub(crate) pieces: Vec<String>,
    /// What the model says in place of an answer.
    pub(crate) refusal: Option<String>,
    pub(crate) calls: BTreeMap<u64, CallRequest>,
}

/// A tool call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CallRequest {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) arguments: String,
}

/// One of the numbers that an answer says about tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenCount {
    Input,
    Output,
    Total,
    /// Of the input, what was read from the cache.
    Cached,
    /// Of the output, what was spent on reasoning.
    Reasoning,
}

impl TokenCount {
    /// Where it stands in the usage of chat completions, and of Responses.
    pub(crate) fn paths(self) -> [&'static str; 2] {
        match self {
            Self::Input => ["/prompt_tokens", "/input_tokens"],
            Self::Output => ["/completion_tokens", "/output_tokens"],
            Self::Total => ["/total_tokens", "/total_tokens"],
            Self::Cached => ["/prompt_tokens_details/cached_tokens", "/input_tokens_details/cached_tokens"],
            Self::Reasoning => {
                ["/completion_tokens_details/reasoning_tokens", "/output_tokens_details/reasoning_tokens"]
            }
        }
    }
}

impl Answer {
    /// The facts of what went over the wire.
    pub(crate) fn of(response: &WireResponse) -> Self {
        match response {
            WireResponse::Json(document) => Self::of_document(document),
            WireResponse::Events(events) => Self::of_frames(events),
            WireResponse::None | WireResponse::Text(_) => Self::default(),
        }
    }

    /// The facts of one document.
    fn of_document(document: &Json) -> Self {
        let mut answer = Self::default();
        answer.add(document, "message");
        answer
    }

    /// The facts of the frames of a stream, or of the chunks that a client made of them.
    pub(crate) fn of_frames<'a>(frames: impl IntoIterator<Item = &'a Json>) -> Self {
        let mut answer = Self::default();
        for frame in frames {
            answer.add(frame, "delta");
        }
        answer
    }

    fn add(&mut self, document: &Json, message: &str) {
        // A frame of a Responses stream carries the whole answer so far.
        if let Some(response) = document.get("response").filter(|response| response.is_object()) {
            self.add_response(response);
            return;
        }
        if document.get("object").and_then(Json::as_str) == Some("response") {
            self.add_response(document);
            return;
        }
        if document.get("type").and_then(Json::as_str) == Some("response.output_text.delta") {
            let piece = document.get("delta").and_then(Json::as_str).unwrap_or_default();
            self.choices.entry(0).or_default().pieces.push(piece.to_owned());
            return;
        }
        self.add_head(document);
        for (position, choice) in elements(document, "choices") {
            let index = choice.get("index").and_then(Json::as_u64).unwrap_or(position);
            self.choices.entry(index).or_default().add(choice, message);
        }
        if document.get("object").and_then(Json::as_str) == Some("list") {
            self.vectors = document.get("data").and_then(Json::as_array).map(Vec::len);
            self.dimensions = document.pointer("/data/0/embedding").and_then(vector_length);
        }
    }

    fn add_head(&mut self, document: &Json) {
        let text =
            |key: &str| document.get(key).and_then(Json::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
        self.id = self.id.take().or_else(|| text("id"));
        self.model = self.model.take().or_else(|| text("model"));
        self.fingerprint = self.fingerprint.take().or_else(|| text("system_fingerprint"));
        // The first frames may say what was asked for, the last what it came to.
        self.service_tier = text("service_tier").or_else(|| self.service_tier.take());
        if let Some(usage) = document.get("usage").filter(|usage| usage.is_object()) {
            self.usage = Some(usage.clone());
        }
    }

    fn add_response(&mut self, response: &Json) {
        self.is_response = true;
        self.add_head(response);
        let word = |path: &str| response.pointer(path).and_then(Json::as_str).map(str::to_owned);
        self.status = word("/status").or_else(|| self.status.take());
        self.cut_off = word("/incomplete_details/reason").or_else(|| self.cut_off.take());
        let mut choice = Choice::default();
        for (position, item) in elements(response, "output") {
            let text = |key: &str| item.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
            match item.get("type").and_then(Json::as_str) {
                Some("message") => {
                    let parts = elements(item, "content").filter_map(|(_, part)| part.get("text")?.as_str());
                    let joined: String = parts.collect();
                    choice.text.get_or_insert_default().push_str(&joined);
                    let refusals = elements(item, "content").filter_map(|(_, part)| part.get("refusal")?.as_str());
                    for refusal in refusals {
                        choice.refusal.get_or_insert_default().push_str(refusal);
                    }
                }
                Some("function_call") => {
                    let call = CallRequest { id: text("call_id"), name: text("name"), arguments: text("arguments") };
                    choice.calls.insert(position, call);
                }
                _ => {}
            }
        }
        if choice != Choice::default() {
            // It says all that was said before, but not in which pieces.
            let known = self.choices.entry(0).or_default();
            choice.pieces = std::mem::take(&mut known.pieces);
            *known = choice;
        }
    }

    /// A token count, as chat completions or, failing that, Responses write it.
    pub(crate) fn tokens(&self, count: TokenCount) -> Option<i64> {
        let usage = self.usage.as_ref()?;
        count.paths().iter().find_map(|path| usage.pointer(path)?.as_i64())
    }

    /// The texts of the choices that have one.
    pub(crate) fn texts(&self) -> Vec<&str> {
        self.choices.values().filter_map(|choice| choice.text.as_deref()).filter(|text| !text.is_empty()).collect()
    }

    /// The tool calls of the choice that a conversation goes on from.
    pub(crate) fn first_calls(&self) -> impl Iterator<Item = &CallRequest> {
        self.choices.get(&0).into_iter().flat_map(|choice| choice.calls.values())
    }

    /// The tool calls of all choices.
    pub(crate) fn calls(&self) -> impl Iterator<Item = &CallRequest> {
        self.choices.values().flat_map(|choice| choice.calls.values())
    }
}

impl Choice {
    fn add(&mut self, choice: &Json, key: &str) {
        if let Some(reason) = choice.get("finish_reason").and_then(Json::as_str) {
            self.finish_reason = Some(reason.to_owned());
        }
        let Some(message) = choice.get(key) else { return };
        if let Some(refusal) = message.get("refusal").and_then(Json::as_str) {
            self.refusal.get_or_insert_default().push_str(refusal);
        }
        if let Some(text) = message.get("content").and_then(Json::as_str).filter(|text| !text.is_empty()) {
            self.text.get_or_insert_default().push_str(text);
            if key == "delta" {
                self.pieces.push(text.to_owned());
            }
        }
        for (position, call) in elements(message, "tool_calls") {
            let index = call.get("index").and_then(Json::as_u64).unwrap_or(position);
            let known = self.calls.entry(index).or_default();
            let part = |pointer: &str| call.pointer(pointer).and_then(Json::as_str).unwrap_or_default();
            known.id.push_str(part("/id"));
            known.name.push_str(part("/function/name"));
            known.arguments.push_str(part("/function/arguments"));
        }
    }
}

fn elements<'a>(document: &'a Json, key: &str) -> impl Iterator<Item = (u64, &'a Json)> {
    (0..).zip(document.get(key).and_then(Json::as_array).into_iter().flatten())
}

fn vector_length(vector: &Json) -> Option<usize> {
    match vector {
        Json::Array(numbers) => Some(numbers.len()),
        // Four bytes per number, four characters per three bytes.
        Json::String(base64) => Some(base64.trim_end_matches('=').len() * 3 / 16),
        _ => None,
    }
}
