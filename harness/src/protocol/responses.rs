//! A chat in the shape of the Responses API.

use serde_json::{Map, Value, json};

use super::format::response_format;
use super::from_scenario::given;
use crate::scenario::Chat;

/// Keyword arguments that the client is given unchanged.
pub(super) fn parameters(chat: &Chat) -> Map<String, Value> {
    let format = response_format(chat).map(|format| match format.get("json_schema") {
        // Here the schema is not nested.
        Some(named) => {
            let mut flat = named.clone();
            flat["type"] = "json_schema".into();
            json!({ "format": flat })
        }
        None => json!({ "format": format }),
    });
    let choice = chat.tool_choice.as_deref().map(|choice| match choice {
        "auto" | "none" | "required" => json!(choice),
        tool => json!({ "type": "function", "name": tool }),
    });
    given([
        ("instructions", chat.system.clone().map(Value::from)),
        ("temperature", chat.temperature.map(Value::from)),
        ("top_p", chat.top_p.map(Value::from)),
        ("max_output_tokens", chat.max_completion_tokens.map(Value::from)),
        ("reasoning", chat.reasoning_effort.as_ref().map(|effort| json!({ "effort": effort }))),
        ("tool_choice", choice),
        ("parallel_tool_calls", chat.parallel_tool_calls.map(Value::from)),
        ("text", format),
    ])
}

/// A tool, not nested.
pub(super) fn flat_tool(tool: &Value) -> Value {
    let mut flat = tool["function"].clone();
    flat["type"] = "function".into();
    flat["strict"] = false.into();
    flat
}

/// A user message whose content is a text and images.
pub(super) fn with_images(mut message: Value, images: &[String]) -> Value {
    if !images.is_empty() {
        let text = json!({ "type": "input_text", "text": message["content"] });
        let images = images.iter().map(|url| json!({ "type": "input_image", "detail": "auto", "image_url": url }));
        message["content"] = [text].into_iter().chain(images).collect();
    }
    message
}
