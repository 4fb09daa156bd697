//! What is known of an answer, whole or in pieces.
//!
//! A reader of its own, beside `wire::Answer`: what the reference makes of an answer is judged by what that one reads, and
//! one mistake in both would be seen by nobody.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::failure::Failure;

/// What came back, as far as it came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// The answer's id, once it is not empty.
    pub id: Option<String>,
    /// The model that answered, once it is not empty.
    pub model: Option<String>,
    /// Choices by index.
    pub choices: BTreeMap<u64, Choice>,
    /// Token counts, as the service wrote them.
    pub usage: Option<Value>,
    /// The output items of a response, as they came.
    pub(super) items: Option<Value>,
    /// Time from the request to the first chunk of a stream.
    pub first_chunk: Option<Duration>,
    /// What went wrong.
    pub(super) failure: Option<Failure>,
}

/// One choice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Why the model stopped.
    pub finish_reason: Option<String>,
    /// The text, as far as it came.
    pub text: Option<String>,
    /// What the model says in place of an answer, as far as it came.
    pub refusal: Option<String>,
    /// Tool calls by index.
    pub tool_calls: BTreeMap<u64, ToolRequest>,
}

/// A tool call that the model asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToolRequest {
    /// The call's id.
    pub id: String,
    /// The function.
    pub name: String,
    /// Its arguments, JSON in a string.
    pub arguments: String,
}

impl Answer {
    /// The facts of a complete answer.
    pub fn of_body(body: &Value) -> Self {
        let mut answer = Self::default();
        if body.get("object").is_some_and(|object| object == "response") {
            answer.add_response(body);
        } else {
            answer.add(body, "message");
        }
        answer
    }

    /// Adds a chunk of a stream. Azure's first chunk has empty ids and no choices; annotations have no `delta`.
    pub fn add_chunk(&mut self, chunk: &Value) {
        if chunk.get("sequence_number").is_some() {
            self.add_event(chunk);
        } else {
            self.add(chunk, "delta");
        }
    }

    fn add(&mut self, document: &Value, message: &str) {
        let text =
            |key: &str| document.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
        self.id = self.id.take().or_else(|| text("id"));
        self.model = self.model.take().or_else(|| text("model"));
        if let Some(usage) = document.get("usage").filter(|usage| usage.is_object()) {
            self.usage = Some(usage.clone());
        }
        for (position, choice) in elements(document, "choices") {
            let index = choice.get("index").and_then(Value::as_u64).unwrap_or(position);
            self.choices.entry(index).or_default().add(choice, message);
        }
    }

    /// The first choice as the message that an application sends back.
    pub(super) fn assistant_message(&self) -> Option<Value> {
        if let Some(items) = &self.items {
            return Some(items.clone());
        }
        let choice = self.choices.values().next()?;
        let mut message = json!({ "role": "assistant", "content": choice.text });
        if !choice.tool_calls.is_empty() {
            message["tool_calls"] = choice
                .tool_calls
                .values()
                .map(|call| {
                    let function = json!({ "name": call.name, "arguments": call.arguments });
                    json!({ "id": call.id, "type": "function", "function": function })
                })
                .collect();
        }
        Some(message)
    }

    /// A token count by its path within `usage`.
    pub(super) fn tokens(&self, pointer: &str) -> Option<i64> {
        self.usage.as_ref()?.pointer(pointer)?.as_i64()
    }
}

impl Choice {
    fn add(&mut self, choice: &Value, message: &str) {
        if let Some(reason) = choice.get("finish_reason").and_then(Value::as_str) {
            self.finish_reason = Some(reason.to_owned());
        }
        let Some(message) = choice.get(message) else { return };
        for (key, known) in [("content", &mut self.text), ("refusal", &mut self.refusal)] {
            if let Some(text) = message.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()) {
                known.get_or_insert_default().push_str(text);
            }
        }
        for (position, call) in elements(message, "tool_calls") {
            let index = call.get("index").and_then(Value::as_u64).unwrap_or(position);
            let known = self.tool_calls.entry(index).or_default();
            let part = |pointer: &str| call.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            known.id.push_str(part("/id"));
            known.name.push_str(part("/function/name"));
            known.arguments.push_str(part("/function/arguments"));
        }
    }
}

fn elements<'a>(document: &'a Value, key: &str) -> impl Iterator<Item = (u64, &'a Value)> {
    (0..).zip(document.get(key).and_then(Value::as_array).into_iter().flatten())
}
