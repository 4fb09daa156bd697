//! The Responses API: another shape of requests and answers for the same conversations.

use serde_json::{Map, Value, json};

use super::{Answer, CallError, Choice, Conversation, ToolRequest};
use crate::protocol::ChatRequest;

/// The body of a request, but for what every call has; `earlier` is the conversation that it continues.
pub(super) fn body(chat: &ChatRequest, earlier: Option<&Conversation>) -> Result<Map<String, Value>, CallError> {
    let mut body = Map::new();
    let mut input = Vec::new();
    if let Some(id) = &chat.continues {
        let earlier = earlier.ok_or_else(|| CallError::NoAnswer(id.clone()))?;
        let items = earlier.answer.as_array().map_or(&[][..], Vec::as_slice);
        if chat.stored {
            body.insert("previous_response_id".to_owned(), json!(earlier.id));
        } else {
            input.extend(earlier.sent.iter().chain(items).cloned());
        }
        input.extend(items.iter().filter_map(|item| {
            let id = item.get("call_id")?.as_str()?;
            let output = chat.tool_results.get(id)?.to_string();
            Some(json!({ "type": "function_call_output", "call_id": id, "output": output }))
        }));
    }
    input.extend(chat.messages.iter().cloned());
    body.insert("input".to_owned(), input.into());
    if !chat.tools.is_empty() {
        body.insert("tools".to_owned(), chat.tools.clone().into());
    }
    if chat.stream {
        body.insert("stream".to_owned(), true.into());
    }
    Ok(body)
}

/// Instructions and input in the shape of chat messages.
pub(super) fn messages(body: &Value) -> Vec<Value> {
    let instructions = body.get("instructions").map(|text| json!({ "role": "system", "content": text }));
    let input = body.get("input").and_then(Value::as_array).into_iter().flatten().filter_map(message);
    instructions.into_iter().chain(input).collect()
}

fn message(item: &Value) -> Option<Value> {
    let text = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default();
    match text("type") {
        "function_call" => {
            let function = json!({ "name": text("name"), "arguments": text("arguments") });
            let call = json!({ "id": text("call_id"), "type": "function", "function": function });
            Some(json!({ "role": "assistant", "content": null, "tool_calls": [call] }))
        }
        "function_call_output" => {
            Some(json!({ "role": "tool", "tool_call_id": text("call_id"), "content": text("output") }))
        }
        "" | "message" => {
            let content = match item.get("content") {
                Some(Value::Array(parts)) => parts.iter().filter_map(part).collect(),
                other => other.cloned().unwrap_or_default(),
            };
            Some(json!({ "role": text("role"), "content": content }))
        }
        _ => None,
    }
}

fn part(part: &Value) -> Option<Value> {
    let text = |key: &str| part.get(key).and_then(Value::as_str);
    match text("type")? {
        "input_text" | "output_text" => Some(json!({ "type": "text", "text": text("text") })),
        "refusal" => Some(json!({ "type": "text", "text": text("refusal") })),
        "input_image" => Some(json!({ "type": "image_url", "image_url": { "url": text("image_url") } })),
        _ => None,
    }
}

impl Answer {
    /// The facts of a response: its items are what a chat has as its one choice.
    pub(super) fn add_response(&mut self, response: &Value) {
        let text = |key: &str| response.get(key).and_then(Value::as_str).map(str::to_owned);
        self.id = text("id");
        self.model = text("model");
        if let Some(usage) = response.get("usage").filter(|usage| usage.is_object()) {
            self.usage = Some(json!({
                "prompt_tokens": usage.get("input_tokens"),
                "completion_tokens": usage.get("output_tokens"),
                "prompt_tokens_details": usage.get("input_tokens_details"),
                "completion_tokens_details": usage.get("output_tokens_details"),
            }));
        }
        let items = response.get("output").and_then(Value::as_array).filter(|items| !items.is_empty());
        let Some(items) = items else { return };
        let mut choice = Choice::default();
        for item in items {
            add_item(&mut choice, item);
        }
        let reason = response.pointer("/incomplete_details/reason").and_then(Value::as_str);
        choice.finish_reason = match (text("status").as_deref(), reason) {
            (Some("completed"), _) if !choice.tool_calls.is_empty() => Some("tool_calls".to_owned()),
            (Some("completed"), _) => Some("stop".to_owned()),
            (Some("incomplete"), Some("max_output_tokens")) => Some("length".to_owned()),
            (Some("incomplete"), Some(reason)) => Some(reason.to_owned()),
            _ => None,
        };
        self.items = Some(items.clone().into());
        self.choices = [(0, choice)].into();
    }

    /// An event of a stream: most of them carry pieces, the first and the last the response.
    pub(super) fn add_event(&mut self, event: &Value) {
        if let Some(response) = event.get("response") {
            self.add_response(response);
        }
        if event.get("type").is_some_and(|kind| kind == "response.output_text.delta")
            && let Some(piece) = event.get("delta").and_then(Value::as_str)
        {
            self.choices.entry(0).or_default().text.get_or_insert_default().push_str(piece);
        }
    }
}

fn add_item(choice: &mut Choice, item: &Value) {
    let text = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    match item.get("type").and_then(Value::as_str) {
        Some("message") => {
            for part in item.get("content").and_then(Value::as_array).into_iter().flatten() {
                for (key, known) in [("text", &mut choice.text), ("refusal", &mut choice.refusal)] {
                    if let Some(text) = part.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()) {
                        known.get_or_insert_default().push_str(text);
                    }
                }
            }
        }
        Some("function_call") => {
            let index = choice.tool_calls.len() as u64;
            let request = ToolRequest { id: text("call_id"), name: text("name"), arguments: text("arguments") };
            choice.tool_calls.insert(index, request);
        }
        _ => {}
    }
}
