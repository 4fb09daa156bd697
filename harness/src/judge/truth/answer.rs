//! What the service answered, from a document or from the frames of a stream.

use std::collections::BTreeMap;

use serde_json::Value as Json;

/// The facts of an answer, as far as they came.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Answer {
    pub(super) id: Option<String>,
    pub(super) model: Option<String>,
    pub(super) service_tier: Option<String>,
    pub(super) fingerprint: Option<String>,
    pub(super) choices: BTreeMap<u64, Choice>,
    pub(super) usage: Option<Json>,
    /// How many vectors there are.
    pub(super) vectors: Option<usize>,
    /// A Responses answer: its items are no choices with reasons.
    pub(super) is_response: bool,
    /// How a Responses answer ended, and why before its time.
    pub(super) status: Option<String>,
    pub(super) cut_off: Option<String>,
}

/// One choice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) finish_reason: Option<String>,
    pub(super) text: Option<String>,
    /// The model declined, in words that stand where no text stands.
    pub(super) refused: bool,
    pub(super) calls: BTreeMap<u64, CallRequest>,
}

/// A tool call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CallRequest {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) arguments: String,
}

impl Answer {
    /// The facts of one document.
    pub(super) fn of_document(document: &Json) -> Self {
        let mut answer = Self::default();
        answer.add(document, "message");
        answer
    }

    /// The facts of the frames of a stream, or of the chunks that a client made of them.
    pub(super) fn of_frames<'a>(frames: impl IntoIterator<Item = &'a Json>) -> Self {
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
        self.add_head(document);
        for (position, choice) in elements(document, "choices") {
            let index = choice.get("index").and_then(Json::as_u64).unwrap_or(position);
            self.choices.entry(index).or_default().add(choice, message);
        }
        if document.get("object").and_then(Json::as_str) == Some("list") {
            self.vectors = document.get("data").and_then(Json::as_array).map(Vec::len);
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
                    choice.refused |= elements(item, "content").any(|(_, part)| part.get("refusal").is_some());
                }
                Some("function_call") => {
                    let call = CallRequest { id: text("call_id"), name: text("name"), arguments: text("arguments") };
                    choice.calls.insert(position, call);
                }
                _ => {}
            }
        }
        if choice != Choice::default() {
            self.choices.insert(0, choice);
        }
    }

    /// A token count, by its path in chat completions or, failing that, in Responses.
    pub(super) fn tokens(&self, paths: [&str; 2]) -> Option<i64> {
        let usage = self.usage.as_ref()?;
        paths.iter().find_map(|path| usage.pointer(path)?.as_i64())
    }

    /// The texts of the choices that have one.
    pub(super) fn texts(&self) -> Vec<&str> {
        self.choices.values().filter_map(|choice| choice.text.as_deref()).filter(|text| !text.is_empty()).collect()
    }

    /// The tool calls of all choices.
    pub(super) fn calls(&self) -> impl Iterator<Item = &CallRequest> {
        self.choices.values().flat_map(|choice| choice.calls.values())
    }
}

impl Choice {
    fn add(&mut self, choice: &Json, message: &str) {
        if let Some(reason) = choice.get("finish_reason").and_then(Json::as_str) {
            self.finish_reason = Some(reason.to_owned());
        }
        let Some(message) = choice.get(message) else { return };
        self.refused |= message.get("refusal").is_some_and(Json::is_string);
        if let Some(text) = message.get("content").and_then(Json::as_str).filter(|text| !text.is_empty()) {
            self.text.get_or_insert_default().push_str(text);
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
