//! A chat request's body: what the reply depends on, and what the service would not accept.

use serde_json::Value;

use super::api_version::at_least;
use super::call::Call;
use super::errors;
use super::model::{Family, family};
use super::reply::Reply;

/// Choices that one request may ask for.
const MOST_CHOICES: u64 = 128;

/// What matters of a chat request.
#[derive(Clone, Debug)]
pub(crate) struct ChatRequest {
    pub(crate) stream: bool,
    pub(crate) include_usage: bool,
    pub(crate) include_obfuscation: bool,
    pub(crate) choices: usize,
    pub(crate) last_text: String,
    pub(crate) prompt_tokens: u64,
    pub(crate) most_tokens: Option<u64>,
    pub(crate) forced: Option<ForcedTool>,
    pub(crate) format: Format,
    /// Length of all message texts, in characters.
    pub(crate) prompt_characters: u64,
}

/// A tool that must be called.
#[derive(Clone, Debug)]
pub(crate) struct ForcedTool {
    pub(crate) name: String,
    pub(crate) parameters: Value,
    /// Whether the request named it, which makes the finish reason `stop`.
    pub(crate) named: bool,
}

/// The form that the answer must have.
#[derive(Clone, Debug)]
pub(crate) enum Format {
    Text,
    AnyJson,
    Schema(Value),
}

/// Arguments that newer api-versions brought.
const GATED: [(&str, &str); 3] =
    [("stream_options", "2024-09-01"), ("parallel_tool_calls", "2024-09-01"), ("max_completion_tokens", "2024-09-01")];

impl ChatRequest {
    /// Reads a body, or answers as the back end does.
    pub(crate) fn parse(call: &Call, body: &Value) -> Result<Self, Box<Reply>> {
        let messages = match body.get("messages") {
            Some(Value::Array(messages)) if !messages.is_empty() => messages,
            Some(Value::Array(_)) => {
                return Err(Box::new(refuse(
                    call,
                    "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
                    Some("messages"),
                    Some("empty_array"),
                )));
            }
            Some(other) => return Err(Box::new(wrong_type(call, other, "array", "messages"))),
            None => {
                return Err(Box::new(refuse(
                    call,
                    "Missing required parameter: 'messages'.",
                    Some("messages"),
                    Some("missing_required_parameter"),
                )));
            }
        };
        refuse_unknown(call, body)?;
        let texts: Vec<String> = messages.iter().map(text_of).collect();
        let stream = flag(call, body, "stream")?;
        let options = body.get("stream_options").filter(|options| !options.is_null());
        if options.is_some() && !stream {
            return Err(Box::new(refuse(
                call,
                "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
                Some("stream_options"),
                None,
            )));
        }
        let option = |name: &str| options.and_then(|options| options.get(name)).and_then(Value::as_bool);
        let choices = number(call, body, "n")?.unwrap_or(1).clamp(1, MOST_CHOICES);
        let limit = number(call, body, "max_tokens")?;
        let most_tokens = number(call, body, "max_completion_tokens")?.or(limit);
        Ok(Self {
            stream,
            include_usage: option("include_usage").unwrap_or(false),
            include_obfuscation: option("include_obfuscation").unwrap_or(true),
            choices: usize::try_from(choices).unwrap_or(1),
            last_text: last_user_text(messages),
            prompt_tokens: 3 + texts.iter().map(|text| 4 + count_tokens(text)).sum::<u64>(),
            most_tokens,
            forced: forced_tool(body),
            format: format_of(body),
            prompt_characters: texts.iter().map(|text| text.chars().count() as u64).sum(),
        })
    }

    /// Tokens that the service charges at admission: characters over four, and all that may be answered.
    pub(crate) fn charged(&self) -> u64 {
        let answer = self.most_tokens.unwrap_or(0).saturating_mul(self.choices as u64);
        10_u64.max(self.prompt_characters / 4).saturating_add(answer)
    }
}

/// A deterministic count that is near the truth for English: a token for every four characters.
pub(crate) fn count_tokens(text: &str) -> u64 {
    (text.chars().count() as u64).div_ceil(4)
}

fn refuse_unknown(call: &Call, body: &Value) -> Result<(), Box<Reply>> {
    let version = call.api_version.as_deref();
    for (name, since) in GATED {
        if body.get(name).is_some_and(|value| !value.is_null()) && !at_least(version, since) {
            let message = format!("Unrecognized request argument supplied: {name}");
            return Err(Box::new(refuse(call, &message, None, None)));
        }
    }
    if family(&call.model) == Family::Reasoning && body.get("max_tokens").is_some_and(|value| !value.is_null()) {
        return Err(Box::new(errors::reply(call, errors::ErrorKind::UnsupportedParameter)));
    }
    Ok(())
}

fn refuse(call: &Call, message: &str, parameter: Option<&str>, code: Option<&str>) -> Reply {
    errors::invalid_request(call, message, parameter, code)
}

fn wrong_type(call: &Call, found: &Value, wanted: &str, name: &str) -> Reply {
    refuse(call, &format!("{found} is not of type '{wanted}' - '{name}'"), Some(name), None)
}

fn flag(call: &Call, body: &Value, name: &str) -> Result<bool, Box<Reply>> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(value)) => Ok(*value),
        Some(other) => Err(Box::new(wrong_type(call, other, "boolean", name))),
    }
}

fn number(call: &Call, body: &Value, name: &str) -> Result<Option<u64>, Box<Reply>> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_u64().map(Some).ok_or_else(|| Box::new(wrong_type(call, value, "integer", name))),
    }
}

/// All text in a message: content as text or in parts, and what tools were called with.
fn text_of(message: &Value) -> String {
    let mut text = content_text(message.get("content").unwrap_or(&Value::Null));
    for call in message.get("tool_calls").and_then(Value::as_array).into_iter().flatten() {
        if let Some(function) = call.get("function") {
            for part in ["name", "arguments"] {
                text.push_str(function.get(part).and_then(Value::as_str).unwrap_or_default());
            }
        }
    }
    text
}

fn content_text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str)).collect::<Vec<_>>().join(" ")
        }
        _ => String::new(),
    }
}

fn last_user_text(messages: &[Value]) -> String {
    messages
        .iter()
        .rev()
        .find(|message| message.get("role").is_some_and(|role| role == "user"))
        .and_then(|message| message.get("content"))
        .map(content_text)
        .unwrap_or_default()
}

fn forced_tool(body: &Value) -> Option<ForcedTool> {
    let choice = body.get("tool_choice")?;
    let tools = body.get("tools")?.as_array()?;
    let named = choice.get("function").and_then(|function| function.get("name")).and_then(Value::as_str);
    if named.is_none() && choice != "required" {
        return None;
    }
    let function = tools
        .iter()
        .filter_map(|tool| tool.get("function"))
        .find(|function| named.is_none_or(|name| function.get("name").is_some_and(|known| known == name)))?;
    Some(ForcedTool {
        name: function.get("name")?.as_str()?.to_owned(),
        parameters: function.get("parameters").cloned().unwrap_or(Value::Null),
        named: named.is_some(),
    })
}

fn format_of(body: &Value) -> Format {
    let Some(format) = body.get("response_format") else {
        return Format::Text;
    };
    match format.get("type").and_then(Value::as_str) {
        Some("json_schema") => Format::Schema(
            format.get("json_schema").and_then(|named| named.get("schema")).cloned().unwrap_or(Value::Null),
        ),
        Some("json_object") => Format::AnyJson,
        _ => Format::Text,
    }
}
