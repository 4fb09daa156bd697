//! Messages in the shape of OpenTelemetry's GenAI content attributes (since 1.37.0).

use serde_json::{Value, json};

use super::{Answer, Call};

/// `gen_ai.input.messages`: what was sent. Instructions that are part of the chat history belong here.
pub(super) fn input(call: &Call) -> Value {
    call.messages.iter().map(input_message).collect()
}

/// `gen_ai.output.messages`: what came back; none when nothing did.
pub(super) fn output(answer: &Answer) -> Option<Value> {
    if answer.choices.is_empty() {
        return None;
    }
    let messages = answer.choices.values().map(|choice| {
        // The schema has no part for a refusal: it is what the model said.
        let said = choice.text.iter().chain(&choice.refusal);
        let text = said.map(|text| json!({ "type": "text", "content": text }));
        let calls = choice.tool_calls.values().map(|call| tool_call(&call.id, &call.name, &call.arguments));
        json!({
            "role": "assistant",
            "parts": text.chain(calls).collect::<Vec<_>>(),
            "finish_reason": finish_reason(choice.finish_reason.as_deref()),
        })
    });
    Some(messages.collect())
}

/// `gen_ai.tool.definitions` (since 1.38.0): the functions that were offered; none when there were none.
pub(super) fn tools(call: &Call) -> Option<Value> {
    let tools = call.body.get("tools")?.as_array()?;
    let definitions = tools.iter().map(|tool| {
        let mut definition = json!({ "type": tool.get("type") });
        for key in ["name", "description", "parameters"] {
            // Nested in a chat, flat in a response.
            if let Some(value) = tool.pointer(&format!("/function/{key}")).or_else(|| tool.get(key)) {
                definition[key] = value.clone();
            }
        }
        definition
    });
    Some(definitions.collect())
}

fn input_message(message: &Value) -> Value {
    let text = |key: &str| message.get(key).and_then(Value::as_str).unwrap_or_default();
    let content = message.get("content").and_then(Value::as_str).filter(|content| !content.is_empty());
    let parts: Vec<Value> = if text("role") == "tool" {
        vec![json!({ "type": "tool_call_response", "id": text("tool_call_id"), "response": text("content") })]
    } else {
        let calls = message.get("tool_calls").and_then(Value::as_array).into_iter().flatten();
        let calls = calls.map(|call| {
            let text = |pointer: &str| call.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            tool_call(text("/id"), text("/function/name"), text("/function/arguments"))
        });
        let text = content.map(|content| json!({ "type": "text", "content": content }));
        let several = message.get("content").and_then(Value::as_array).into_iter().flatten().filter_map(part);
        text.into_iter().chain(several).chain(calls).collect()
    };
    json!({ "role": text("role"), "parts": parts })
}

/// One part of a message that has several.
fn part(part: &Value) -> Option<Value> {
    let text = |pointer: &str| part.pointer(pointer).and_then(Value::as_str);
    match text("/type")? {
        "text" => Some(json!({ "type": "text", "content": text("/text") })),
        "image_url" => Some(json!({ "type": "uri", "modality": "image", "uri": text("/image_url/url") })),
        _ => None,
    }
}

fn tool_call(id: &str, name: &str, arguments: &str) -> Value {
    let arguments = serde_json::from_str(arguments).unwrap_or_else(|_| Value::from(arguments));
    json!({ "type": "tool_call", "id": id, "name": name, "arguments": arguments })
}

/// The message schema's word; its only difference to the wire is the number of tool calls.
fn finish_reason(reason: Option<&str>) -> &str {
    match reason {
        Some("tool_calls") => "tool_call",
        Some(reason) => reason,
        // The answer was cut off before the model said why it stopped.
        None => "error",
    }
}
