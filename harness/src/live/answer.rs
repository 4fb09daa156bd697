//! What a service answered, read from a document or from the frames of a stream: as much as a scenario's reply can say.

use serde_json::Value;

use crate::wire::WireResponse;

/// An answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Answer {
    pub(super) choices: Vec<Choice>,
    pub(super) usage: Option<Tokens>,
    /// Length of the vectors.
    pub(super) dimensions: Option<usize>,
}

/// One choice.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Choice {
    pub(super) text: Option<String>,
    /// The pieces in which the text was streamed.
    pub(super) pieces: Vec<String>,
    pub(super) refusal: Option<String>,
    pub(super) calls: Vec<ToolRequest>,
    pub(super) finish_reason: Option<String>,
}

/// A tool call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ToolRequest {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) arguments: String,
}

/// Token counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tokens {
    pub(super) input: u64,
    pub(super) output: u64,
    pub(super) cached: u64,
    pub(super) reasoning: u64,
}

impl Answer {
    /// Reads what went over the wire.
    pub(super) fn of(response: &WireResponse) -> Self {
        let mut answer = Self::default();
        match response {
            WireResponse::Json(document) => answer.add(document, "message", false),
            WireResponse::Events(events) => events.iter().for_each(|event| answer.add(event, "delta", true)),
            WireResponse::None | WireResponse::Text(_) => {}
        }
        answer
    }

    /// The tool calls of the message that a conversation goes on from.
    pub(super) fn calls(&self) -> &[ToolRequest] {
        self.choices.first().map_or(&[], |choice| &choice.calls)
    }

    fn choice(&mut self, index: usize) -> &mut Choice {
        if self.choices.len() <= index {
            self.choices.resize_with(index + 1, Choice::default);
        }
        &mut self.choices[index]
    }

    fn add(&mut self, document: &Value, message: &str, streamed: bool) {
        if document["object"] == "response" {
            self.add_response(document);
            return;
        }
        if document["type"] == "response.output_text.delta" {
            let piece = text(&document["delta"]).unwrap_or_default();
            self.choice(0).pieces.push(piece);
            return;
        }
        // The last event of a Responses stream carries the whole; those before it only a part.
        let ends = ["response.completed", "response.incomplete", "response.failed"];
        if ends.iter().any(|end| document["type"] == *end) {
            self.add_response(&document["response"]);
            return;
        }
        if let Some(usage) = Tokens::of(&document["usage"]) {
            self.usage = Some(usage);
        }
        for (position, choice) in items(&document["choices"]).enumerate() {
            let index = number(&choice["index"]).unwrap_or(position);
            self.choice(index).add(choice, message, streamed);
        }
        if let Some(first) = document.pointer("/data/0/embedding") {
            self.dimensions = match first {
                Value::Array(numbers) => Some(numbers.len()),
                // Four bytes per number, four characters per three bytes.
                Value::String(text) => Some(text.trim_end_matches('=').len() * 3 / 16),
                _ => None,
            };
        }
    }

    fn add_response(&mut self, response: &Value) {
        self.usage = Tokens::of(&response["usage"]).or(self.usage);
        let incomplete = response["status"] == "incomplete";
        let choice = self.choice(0);
        for item in items(&response["output"]) {
            match item["type"].as_str() {
                Some("message") => {
                    for part in items(&item["content"]) {
                        if let Some(found) = text(&part["text"]) {
                            choice.text.get_or_insert_default().push_str(&found);
                        }
                        if let Some(refusal) = text(&part["refusal"]) {
                            choice.refusal = Some(refusal);
                        }
                    }
                }
                Some("function_call") => choice.calls.push(ToolRequest {
                    id: text(&item["call_id"]).unwrap_or_default(),
                    name: text(&item["name"]).unwrap_or_default(),
                    arguments: text(&item["arguments"]).unwrap_or_default(),
                }),
                _ => {}
            }
        }
        let reason = if incomplete { "length" } else { "stop" };
        choice.finish_reason = Some(if choice.calls.is_empty() { reason } else { "tool_calls" }.to_owned());
    }
}

impl Choice {
    fn add(&mut self, choice: &Value, message: &str, streamed: bool) {
        if let Some(reason) = text(&choice["finish_reason"]) {
            self.finish_reason = Some(reason);
        }
        let message = &choice[message];
        if let Some(piece) = text(&message["content"]).filter(|piece| !piece.is_empty()) {
            self.text.get_or_insert_default().push_str(&piece);
            if streamed {
                self.pieces.push(piece);
            }
        }
        if let Some(piece) = text(&message["refusal"]) {
            self.refusal.get_or_insert_default().push_str(&piece);
        }
        for (position, call) in items(&message["tool_calls"]).enumerate() {
            let index = number(&call["index"]).unwrap_or(position);
            if self.calls.len() <= index {
                self.calls.resize_with(index + 1, ToolRequest::default);
            }
            let known = &mut self.calls[index];
            known.id.push_str(&text(&call["id"]).unwrap_or_default());
            known.name.push_str(&text(&call["function"]["name"]).unwrap_or_default());
            known.arguments.push_str(&text(&call["function"]["arguments"]).unwrap_or_default());
        }
    }
}

impl Tokens {
    fn of(usage: &Value) -> Option<Self> {
        let either = |names: [&str; 2]| names.into_iter().find_map(|name| usage.pointer(name)?.as_u64());
        Some(Self {
            input: either(["/prompt_tokens", "/input_tokens"])?,
            output: either(["/completion_tokens", "/output_tokens"]).unwrap_or(0),
            cached: either(["/prompt_tokens_details/cached_tokens", "/input_tokens_details/cached_tokens"])
                .unwrap_or(0),
            reasoning: either([
                "/completion_tokens_details/reasoning_tokens",
                "/output_tokens_details/reasoning_tokens",
            ])
            .unwrap_or(0),
        })
    }
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// An index of the service's; more choices than this nobody asks for.
fn number(value: &Value) -> Option<usize> {
    value.as_u64().and_then(|number| usize::try_from(number).ok()).filter(|number| *number < 1024)
}
