//! A chat request's body: what the reply depends on, and what the service would not accept.

use serde_json::Value;

use super::call::Call;
use super::chat_fields;
use super::errors::invalid_request;
use super::prompt::Prompt;
use super::reply::Reply;

/// Choices that one request may ask for.
const MOST_CHOICES: u64 = 128;
/// Alternatives that one token may have.
const MOST_ALTERNATIVES: u64 = 20;

/// What matters of a chat request.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "the request says each of them separately")]
pub(crate) struct ChatRequest {
    pub(crate) stream: bool,
    pub(crate) include_usage: bool,
    pub(crate) include_obfuscation: bool,
    pub(crate) choices: usize,
    pub(crate) last_text: String,
    pub(crate) most_tokens: Option<u64>,
    /// The tool that the reply must or should call.
    pub(crate) tool: Option<WantedTool>,
    /// What the last tool gave, when it is the model's turn to say something about it.
    pub(crate) tool_result: Option<String>,
    pub(crate) format: Format,
    /// Alternatives per token, when log probabilities are wanted.
    pub(crate) logprobs: Option<usize>,
    pub(crate) prompt: Prompt,
    /// Whether the caller uses the legacy fields for functions.
    pub(crate) legacy_functions: bool,
}

/// A tool that is to be called.
#[derive(Clone, Debug)]
pub(crate) struct WantedTool {
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

impl ChatRequest {
    /// Reads a body, or answers as the back end does.
    pub(crate) fn parse(call: &Call, body: &Value) -> Result<Self, Box<Reply>> {
        let messages = messages(call, body)?;
        chat_fields::check(call, body)?;
        let texts: Vec<String> = messages.iter().map(text_of).collect();
        let stream = flag(call, body, "stream")?;
        let options = body.get("stream_options").filter(|options| !options.is_null());
        if options.is_some() && !stream {
            let message = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
            return Err(Box::new(invalid_request(call, message, Some("stream_options"), None)));
        }
        let option = |name: &str| options.and_then(|options| options.get(name)).and_then(Value::as_bool);
        let choices = number(call, body, "n")?.unwrap_or(1).clamp(1, MOST_CHOICES);
        let limit = number(call, body, "max_tokens")?;
        let most_tokens = number(call, body, "max_completion_tokens")?.or(limit);
        let logprobs = flag(call, body, "logprobs")?;
        let alternatives = number(call, body, "top_logprobs")?.unwrap_or(0).min(MOST_ALTERNATIVES);
        let last_text = last_user_text(messages);
        let prompt = Prompt::new(call, texts, messages.iter().filter_map(|message| message.get("content")));
        prompt.check(call)?;
        Ok(Self {
            stream,
            include_usage: option("include_usage").unwrap_or(false),
            include_obfuscation: option("include_obfuscation").unwrap_or(true),
            choices: usize::try_from(choices).unwrap_or(1),
            most_tokens,
            tool_result: tool_result(messages),
            tool: wanted_tool(body, &last_text, tool_result(messages).is_some()),
            last_text,
            format: format_of(body),
            logprobs: logprobs.then(|| usize::try_from(alternatives).unwrap_or(0)),
            prompt,
            legacy_functions: body.get("functions").is_some(),
        })
    }

    /// Tokens that the service charges at admission: characters over four, and all that may be answered.
    pub(crate) fn charged(&self) -> u64 {
        let answer = self.most_tokens.unwrap_or(0).saturating_mul(self.choices as u64);
        10_u64.max(self.prompt.characters() / 4).saturating_add(answer)
    }
}

fn messages<'a>(call: &Call, body: &'a Value) -> Result<&'a Vec<Value>, Box<Reply>> {
    let refuse = |message: &str, code| Err(Box::new(invalid_request(call, message, Some("messages"), Some(code))));
    match body.get("messages") {
        Some(Value::Array(messages)) if !messages.is_empty() => Ok(messages),
        Some(Value::Array(_)) => refuse(
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
            "empty_array",
        ),
        Some(other) => Err(Box::new(wrong_type(call, other, "array", "messages"))),
        None => refuse("Missing required parameter: 'messages'.", "missing_required_parameter"),
    }
}

pub(crate) fn wrong_type(call: &Call, found: &Value, wanted: &str, name: &str) -> Reply {
    invalid_request(call, &format!("{found} is not of type '{wanted}' - '{name}'"), Some(name), None)
}

/// A boolean field; false when it is not there.
pub(crate) fn flag(call: &Call, body: &Value, name: &str) -> Result<bool, Box<Reply>> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(value)) => Ok(*value),
        Some(other) => Err(Box::new(wrong_type(call, other, "boolean", name))),
    }
}

/// A field that is a natural number.
pub(crate) fn number(call: &Call, body: &Value, name: &str) -> Result<Option<u64>, Box<Reply>> {
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

/// Text, or the texts of parts.
pub(crate) fn content_text(content: &Value) -> String {
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

fn tool_result(messages: &[Value]) -> Option<String> {
    let last = messages.last()?;
    let is_result = last.get("role").is_some_and(|role| role == "tool" || role == "function");
    is_result.then(|| content_text(last.get("content").unwrap_or(&Value::Null)))
}

/// The tool that the request forces, or that the user asks for by name.
fn wanted_tool(body: &Value, text: &str, answered: bool) -> Option<WantedTool> {
    let modern =
        || body.get("tools").and_then(Value::as_array).into_iter().flatten().filter_map(|tool| tool.get("function"));
    let legacy = || body.get("functions").and_then(Value::as_array).into_iter().flatten();
    let choice = body.get("tool_choice").or_else(|| body.get("function_call")).unwrap_or(&Value::Null);
    let named = choice.get("function").unwrap_or(choice).get("name").and_then(Value::as_str);
    if choice == "none" || (answered && named.is_none() && choice != "required") {
        return None;
    }
    let name_of = |function: &Value| function.get("name").and_then(Value::as_str).map(str::to_owned);
    let function = modern().chain(legacy()).find(|function| {
        let name = function.get("name").and_then(Value::as_str).unwrap_or_default();
        match named {
            Some(wanted) => name == wanted,
            None => choice == "required" || asks_for(text, name),
        }
    })?;
    Some(WantedTool {
        name: name_of(function)?,
        parameters: function.get("parameters").cloned().unwrap_or(Value::Null),
        named: named.is_some(),
    })
}

/// Whether a text has all the words of a tool's name: `get_weather` is asked for by "Get me the weather", and, because
/// nobody says "get", by "What is the weather?".
pub(crate) fn asks_for(text: &str, tool: &str) -> bool {
    let text = text.to_lowercase();
    let mut words = tool
        .split(|character: char| !character.is_alphanumeric())
        .map(str::to_lowercase)
        .filter(|word| !word.is_empty());
    let filler = ["get", "fetch", "find", "lookup", "search", "do", "run", "call", "current", "the"];
    let mut meaning = words.clone().filter(|word| !filler.contains(&word.as_str())).peekable();
    if meaning.peek().is_some() {
        meaning.all(|word| text.contains(&word))
    } else {
        words.all(|word| text.contains(&word)) && !tool.is_empty()
    }
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
