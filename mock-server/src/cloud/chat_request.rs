//! A chat request's body: what the reply depends on, and what the service would not accept.

use serde_json_borrow::Value;

use super::chat_checks;
use super::chat_fields;
use super::errors::Refusal;
use super::model::Model;
use super::prompt::Prompt;
use super::sample;
use super::target::Target;
use super::tool_choice::{Choosing, WantedTool};

/// Choices that one request may ask for.
const MOST_CHOICES: u64 = 128;
/// Alternatives that one token may have.
pub(crate) const MOST_ALTERNATIVES: u64 = 20;

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
    /// Texts that end the answer before they come.
    pub(crate) stop: Vec<String>,
    /// How much the model is to think.
    effort: Option<String>,
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

/// The form that the answer must have.
#[derive(Clone, Debug)]
pub(crate) enum Format {
    Text,
    AnyJson,
    Schema(serde_json::Value),
}

impl ChatRequest {
    /// Reads a body, or refuses it as the back end does.
    pub(crate) fn parse(target: &Target, body: &Value) -> Result<Self, Refusal> {
        let messages = messages(body)?;
        chat_fields::check(target, body)?;
        let texts: Vec<String> = messages.iter().map(text_of).collect();
        let stream = flag(body, "stream")?;
        let options = body.get("stream_options");
        if !options.is_null() && !stream {
            let message = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
            return Err(Refusal::invalid(message, Some("stream_options"), None));
        }
        let option = |name: &str| options.get(name).as_bool();
        let choices = number(body, "n")?.unwrap_or(1).clamp(1, MOST_CHOICES);
        let limit = number(body, "max_tokens")?;
        let most_tokens = number(body, "max_completion_tokens")?.or(limit);
        let logprobs = flag(body, "logprobs")?;
        let alternatives = number(body, "top_logprobs")?.unwrap_or(0).min(MOST_ALTERNATIVES);
        chat_checks::check(target, body, messages)?;
        let (last_text, tool_result) = (last_user_text(messages), tool_result(messages));
        let format = format_of(body, &texts);
        let prompt = Prompt::new(target.model(), texts, messages.iter().map(|message| message.get("content")));
        prompt.check(target.model())?;
        Ok(Self {
            stream,
            include_usage: option("include_usage").unwrap_or(false),
            include_obfuscation: option("include_obfuscation").unwrap_or(true),
            choices: usize::try_from(choices).unwrap_or(1),
            most_tokens,
            stop: stop(body),
            effort: body.get("reasoning_effort").as_str().map(str::to_owned),
            tool: wanted_tool(body, messages, &last_text, tool_result.is_some()),
            tool_result,
            last_text,
            format,
            logprobs: logprobs.then(|| usize::try_from(alternatives).unwrap_or(0)),
            prompt,
            legacy_functions: !body.get("functions").is_null(),
        })
    }

    /// Tokens of what the model thinks before it answers, as far as it may.
    pub(crate) fn thoughts(&self, model: &Model) -> u64 {
        model.thoughts(self.effort.as_deref()).min(self.most_tokens.unwrap_or(u64::MAX))
    }

    /// Tokens that the service charges at admission: characters over four, and all that may be answered.
    pub(crate) fn charged(&self) -> u64 {
        let answer = self.most_tokens.unwrap_or(0).saturating_mul(self.choices as u64);
        10_u64.max(self.prompt.characters() / 4).saturating_add(answer)
    }
}

/// The texts that end an answer: one, or a list.
pub(crate) fn stop(body: &Value) -> Vec<String> {
    let stop = body.get("stop");
    let list = stop.as_array().unwrap_or(std::slice::from_ref(stop));
    list.iter().filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

fn messages<'a>(body: &'a Value<'a>) -> Result<&'a [Value<'a>], Refusal> {
    let refuse = |message: &str, code| Err(Refusal::invalid(message, Some("messages"), Some(code)));
    match body.get("messages") {
        Value::Array(messages) if !messages.is_empty() => Ok(messages),
        Value::Array(_) => refuse(
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
            "empty_array",
        ),
        Value::Null if !named(body, "messages") => {
            refuse("Missing required parameter: 'messages'.", "missing_required_parameter")
        }
        other => Err(wrong_type(other, "array", "messages")),
    }
}

/// Whether a body has a field, be it null.
pub(crate) fn named(body: &Value, name: &str) -> bool {
    body.as_object().is_some_and(|fields| fields.contains_key(name))
}

pub(crate) fn wrong_type(found: &Value, wanted: &str, name: &str) -> Refusal {
    Refusal::invalid(format!("{found} is not of type '{wanted}' - '{name}'"), Some(name), None)
}

/// A boolean field; false when it is not there.
pub(crate) fn flag(body: &Value, name: &str) -> Result<bool, Refusal> {
    match body.get(name) {
        Value::Null => Ok(false),
        Value::Bool(value) => Ok(*value),
        other => Err(wrong_type(other, "boolean", name)),
    }
}

/// A field that is a natural number.
pub(crate) fn number(body: &Value, name: &str) -> Result<Option<u64>, Refusal> {
    match body.get(name) {
        Value::Null => Ok(None),
        value => value.as_u64().map(Some).ok_or_else(|| wrong_type(value, "integer", name)),
    }
}

/// All text in a message: content as text or in parts, and what tools were called with.
fn text_of(message: &Value) -> String {
    let mut text = content_text(message.get("content"));
    for call in message.get("tool_calls").as_array().into_iter().flatten() {
        for part in ["name", "arguments"] {
            text.push_str(call.get("function").get(part).as_str().unwrap_or_default());
        }
    }
    text
}

/// Text, or the texts of parts.
pub(crate) fn content_text(content: &Value) -> String {
    match content {
        Value::Str(text) => text.clone().into_owned(),
        Value::Array(parts) => parts.iter().filter_map(|part| part.get("text").as_str()).collect::<Vec<_>>().join(" "),
        _ => String::new(),
    }
}

fn last_user_text(messages: &[Value]) -> String {
    messages
        .iter()
        .rev()
        .find(|message| message.get("role").as_str() == Some("user"))
        .map(|message| content_text(message.get("content")))
        .unwrap_or_default()
}

fn tool_result(messages: &[Value]) -> Option<String> {
    let last = messages.last()?;
    let is_result = matches!(last.get("role").as_str(), Some("tool" | "function"));
    is_result.then(|| content_text(last.get("content")))
}

/// The tool that the request forces, or that the user asks for by name.
fn wanted_tool(body: &Value, messages: &[Value], text: &str, answered: bool) -> Option<WantedTool> {
    let modern = || body.get("tools").as_array().into_iter().flatten().map(|tool| tool.get("function"));
    let legacy = || body.get("functions").as_array().into_iter().flatten();
    let choices = [body.get("tool_choice"), body.get("function_call")];
    let choice = Choosing::read(choices.into_iter().find(|choice| !choice.is_null()).unwrap_or(choices[0]));
    let functions: Vec<&Value> = modern().chain(legacy()).collect();
    choice.tool(&functions, &called(messages), text, answered)
}

/// The functions that were called since the user spoke last.
fn called<'a>(messages: &'a [Value<'a>]) -> Vec<&'a str> {
    let since = messages.iter().rposition(|message| message.get("role").as_str() == Some("user")).unwrap_or(0);
    let calls = messages[since..].iter().flat_map(|message| {
        let modern = message.get("tool_calls").as_array().into_iter().flatten().map(|call| call.get("function"));
        modern.chain([message.get("function_call")])
    });
    calls.filter_map(|function| function.get("name").as_str()).collect()
}

/// The form of the answer. Frameworks write the schema into the prompt of models that take none.
fn format_of(body: &Value, texts: &[String]) -> Format {
    let format = body.get("response_format");
    let written = || texts.iter().rev().find_map(|text| sample::written(text));
    match format.get("type").as_str() {
        Some("json_schema") => Format::Schema(format.get("json_schema").get("schema").into()),
        Some("json_object") => written().map_or(Format::AnyJson, Format::Schema),
        _ => written().map_or(Format::Text, Format::Schema),
    }
}
