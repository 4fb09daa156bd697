//! The body of a request for a new response.

use std::borrow::Cow;

use serde_json::Map;
use serde_json_borrow::{ObjectAsVec, Value};

use super::checks;

use crate::cloud::call::Call;
use crate::cloud::chat_request::{Format, MOST_ALTERNATIVES, content_text, flag, named, number, wrong_type};
use crate::cloud::errors::Refusal;
use crate::cloud::json::{Json, echoed, object};
use crate::cloud::model::{Family, Model};
use crate::cloud::prompt::Prompt;
use crate::cloud::sample;
use crate::cloud::target::Target;
use crate::cloud::tool_choice::{Choosing, WantedTool};

/// Every field that the service knows.
const KNOWN: [&str; 34] = [
    "background",
    "conversation",
    "context_management",
    "frequency_penalty",
    "include",
    "input",
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "model",
    "modalities",
    "moderation",
    "parallel_tool_calls",
    "presence_penalty",
    "previous_response_id",
    "prompt",
    "prompt_cache_key",
    "prompt_cache_retention",
    "reasoning",
    "safety_identifier",
    "service_tier",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "truncation",
    "user",
    "verbosity",
];

/// What matters of a request.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "the request says each of them separately")]
pub(crate) struct ResponsesRequest {
    pub(crate) stream: bool,
    pub(crate) background: bool,
    pub(crate) store: bool,
    pub(crate) include_obfuscation: bool,
    pub(crate) encrypted_reasoning: bool,
    pub(crate) most_tokens: Option<u64>,
    /// Alternatives per token, when log probabilities are to be included.
    pub(crate) logprobs: Option<usize>,
    effort: Option<String>,
    pub(crate) previous: Option<String>,
    /// The items, and the instructions.
    pub(crate) prompt: Prompt,
    /// How many characters the items have; the instructions are charged when they are counted.
    pub(crate) prompt_characters: u64,
    pub(crate) last_text: String,
    pub(crate) tool: Option<WantedTool>,
    pub(crate) tool_result: Option<String>,
    /// The form that the text must have.
    pub(crate) format: Format,
    /// The body's fields, to be echoed.
    fields: Map<String, serde_json::Value>,
    input: Vec<serde_json::Value>,
}

impl ResponsesRequest {
    /// Reads a body, or refuses it as the back end does.
    pub(crate) fn parse(target: &Target, body: &Value) -> Result<Self, Refusal> {
        let names = body.as_object().into_iter().flat_map(ObjectAsVec::keys);
        // The service names one of them; which one does not depend on their order.
        if let Some(strange) = names.filter(|name| !KNOWN.contains(name)).min() {
            let message = format!("Unknown parameter: '{strange}'.");
            return Err(Refusal::invalid(message, Some(strange), Some("unknown_parameter")));
        }
        let input = input(body)?;
        checks::check(target, body, &input)?;
        let instructions = body.get("instructions").as_str().unwrap_or_default();
        let texts: Vec<String> = input.iter().map(text_of).collect();
        let written = texts.iter().rev().find_map(|text| sample::written(text));
        let prompt_characters = texts.iter().map(|text| text.chars().count() as u64).sum();
        let read = (!instructions.is_empty()).then(|| instructions.to_owned()).into_iter().chain(texts).collect();
        let prompt = Prompt::new(target.model(), read, input.iter().map(|item| item.get("content")));
        prompt.check(target.model())?;
        let last_text = input.iter().rev().find(|item| is_user(item)).map(text_of).unwrap_or_default();
        let tool_result = input.last().and_then(|item| {
            let is_output = item.get("type").as_str() == Some("function_call_output") && named(item, "output");
            is_output.then(|| content_text(item.get("output")))
        });
        let format = body.get("text").get("format");
        let format = match format.get("type").as_str() {
            Some("json_schema") => Format::Schema(format.get("schema").into()),
            Some("json_object") => written.map_or(Format::AnyJson, Format::Schema),
            _ => written.map_or(Format::Text, Format::Schema),
        };
        let alternatives = number(body, "top_logprobs")?.unwrap_or(0).min(MOST_ALTERNATIVES);
        let include = body.get("include").as_array().unwrap_or_default();
        let includes = |wanted: &str| include.iter().any(|name| name.as_str() == Some(wanted));
        let obfuscation = body.get("stream_options").get("include_obfuscation");
        Ok(Self {
            stream: flag(body, "stream")?,
            background: flag(body, "background")?,
            store: body.get("store").as_bool() != Some(false),
            include_obfuscation: obfuscation.as_bool() != Some(false),
            encrypted_reasoning: includes("reasoning.encrypted_content"),
            logprobs: includes("message.output_text.logprobs").then(|| usize::try_from(alternatives).unwrap_or(0)),
            effort: body.get("reasoning").get("effort").as_str().map(str::to_owned),
            most_tokens: number(body, "max_output_tokens")?,
            previous: body.get("previous_response_id").as_str().map(str::to_owned),
            prompt,
            prompt_characters,
            tool: wanted_tool(body, &input, &last_text, tool_result.is_some()),
            last_text,
            tool_result,
            format,
            fields: body.as_object().map(Map::from).unwrap_or_default(),
            input: input.iter().map(serde_json::Value::from).collect(),
        })
    }

    /// Tokens of what the model thinks before it answers, as far as it may.
    pub(crate) fn thoughts(&self, model: &Model) -> u64 {
        model.thoughts(self.effort.as_deref()).min(self.most_tokens.unwrap_or(u64::MAX))
    }

    /// Whether the model thinks at all.
    pub(crate) fn thinks(&self, model: &Model) -> bool {
        model.family == Family::Reasoning && self.effort.as_deref() != Some("none")
    }

    /// The conversation that the response is put into.
    pub(super) fn conversation(&self) -> Option<Json> {
        let given = self.fields.get("conversation")?;
        let id = given.as_str().or_else(|| given.get("id")?.as_str())?;
        Some(object([("id", id.into())]))
    }

    /// Tokens that the service charges at admission.
    pub(crate) fn charged(&self) -> u64 {
        10_u64.max(self.prompt_characters / 4).saturating_add(self.most_tokens.unwrap_or(0))
    }

    /// A field as it came, or what the service puts in its place.
    pub(super) fn field(&self, name: &str, default: Json) -> Json {
        self.fields.get(name).filter(|value| !value.is_null()).map_or(default, echoed)
    }

    /// The deployment's name as the caller wrote it.
    pub(super) fn model(&self) -> Json {
        self.field("model", Json::Null)
    }

    /// The input as the list of it shows it: each item with an id.
    pub(crate) fn input_items(&self, call: &Call) -> Vec<Json> {
        let item = |(position, item): (usize, &serde_json::Value)| {
            let mut item = item.as_object().cloned().unwrap_or_default();
            item.entry("type").or_insert_with(|| "message".into());
            let prefix = if item["type"] == "message" { "msg" } else { "item" };
            let id = format!("{prefix}_{}", call.hex(&format!("input item {position}"), 48));
            item.entry("id").or_insert_with(|| id.into());
            if let Some(text) = item.get("content").and_then(serde_json::Value::as_str).map(str::to_owned) {
                item.insert("content".to_owned(), serde_json::json!([{"type": "input_text", "text": text}]));
            }
            echoed(&serde_json::Value::Object(item))
        };
        self.input.iter().enumerate().map(item).collect()
    }

    /// The `text` object.
    pub(super) fn text(&self) -> Json {
        let given = self.fields.get("text");
        let part = |name: &str| given.and_then(|text| text.get(name)).filter(|value| !value.is_null());
        let format = part("format").map_or_else(|| object([("type", "text".into())]), echoed);
        object([("format", format), ("verbosity", part("verbosity").map_or("medium".into(), echoed))])
    }
}

fn input<'a>(body: &'a Value<'a>) -> Result<Vec<Value<'a>>, Refusal> {
    match body.get("input") {
        Value::Str(text) => {
            let content = Value::Str(Cow::Borrowed(text));
            let item = vec![("type", "message".into()), ("role", "user".into()), ("content", content)];
            Ok(vec![Value::Object(item.into())])
        }
        Value::Array(items) => Ok(items.clone()),
        Value::Null if named(body, "prompt") || named(body, "previous_response_id") => Ok(Vec::new()),
        Value::Null => {
            let message = "Missing required parameter: 'input'.";
            Err(Refusal::invalid(message, Some("input"), Some("missing_required_parameter")))
        }
        other => Err(wrong_type(other, "array", "input")),
    }
}

fn is_user(item: &Value) -> bool {
    item.get("role").as_str() == Some("user")
}

fn text_of(item: &Value) -> String {
    let mut text = content_text(item.get("content"));
    for part in ["name", "arguments", "output"] {
        text.push_str(&content_text(item.get(part)));
    }
    text
}

/// The function that the request forces, or that the user asks for by name. Here tools are not nested.
fn wanted_tool(body: &Value, input: &[Value], text: &str, answered: bool) -> Option<WantedTool> {
    let tools = body.get("tools").as_array()?.iter();
    let functions: Vec<&Value> = tools.filter(|tool| tool.get("type").as_str() == Some("function")).collect();
    let since = input.iter().rposition(is_user).unwrap_or(0);
    let calls = input[since..].iter().filter(|item| item.get("type").as_str() == Some("function_call"));
    let called: Vec<&str> = calls.filter_map(|call| call.get("name").as_str()).collect();
    Choosing::read(body.get("tool_choice")).tool(&functions, &called, text, answered)
}
