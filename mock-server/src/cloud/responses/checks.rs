//! What a request for a response must not say.

use serde_json_borrow::Value;

use crate::cloud::chat_checks::{MOST_TOOLS, array, function, integers, mentions_json};
use crate::cloud::chat_fields::ranges;
use crate::cloud::errors::Refusal;
use crate::cloud::model::Family;
use crate::cloud::schema_checks::strict;
use crate::cloud::target::Target;

/// Numbers with a range.
const INTEGERS: [(&str, i64, i64); 2] = [("max_output_tokens", 16, i64::MAX), ("top_logprobs", 0, 20)];
/// What can be included besides.
const INCLUDES: [&str; 8] = [
    "file_search_call.results",
    "web_search_call.results",
    "web_search_call.action.sources",
    "message.input_image.image_url",
    "computer_call_output.output.image_url",
    "code_interpreter_call.outputs",
    "reasoning.encrypted_content",
    "message.output_text.logprobs",
];
/// Tools that a response may use.
const TOOLS: [&str; 12] = [
    "function",
    "file_search",
    "computer_use_preview",
    "web_search",
    "web_search_preview",
    "mcp",
    "code_interpreter",
    "image_generation",
    "local_shell",
    "shell",
    "custom",
    "apply_patch",
];

/// Refuses a request for what it says.
pub(super) fn check(target: &Target, body: &Value, input: &[Value]) -> Result<(), Refusal> {
    integers(body, &INTEGERS)?;
    array(body, "tools", 0, MOST_TOOLS)?;
    ranges(body)?;
    if target.model().family == Family::Reasoning {
        for name in ["temperature", "top_p"] {
            if body.get(name).as_f64().is_some_and(|number| (number - 1.0).abs() > f64::EPSILON) {
                let message = format!("Unsupported parameter: '{name}' is not supported with this model.");
                return Err(Refusal::invalid(message, Some(name), None));
            }
        }
    }
    words(body.get("include").as_array().unwrap_or_default(), "include", &INCLUDES, |value| value.as_str())?;
    tools(body)?;
    format(body, input)?;
    // What is answered may have been called before.
    if body.get("previous_response_id").is_null() && body.get("conversation").is_null() {
        calls(input)?;
    }
    Ok(())
}

/// Refuses a word of a list that the service does not know.
fn words<'a>(
    values: &'a [Value<'a>],
    place: &str,
    known: &[&str],
    word: impl Fn(&'a Value<'a>) -> Option<&'a str>,
) -> Result<(), Refusal> {
    for (position, value) in values.iter().enumerate() {
        let word = word(value).unwrap_or_default();
        if !known.contains(&word) {
            let names: Vec<String> = known.iter().map(|name| format!("'{name}'")).collect();
            let (last, others) = names.split_last().map_or(("", &[][..]), |(last, others)| (last.as_str(), others));
            let message = format!("Invalid value: '{word}'. Supported values are: {}, and {last}.", others.join(", "));
            return Err(Refusal::invalid(message, Some(&format!("{place}[{position}]")), Some("invalid_value")));
        }
    }
    Ok(())
}

fn tools(body: &Value) -> Result<(), Refusal> {
    let tools = body.get("tools").as_array().unwrap_or_default();
    words(tools, "tools", &TOOLS, |tool| tool.get("type").as_str())?;
    let functions = tools.iter().enumerate().filter(|(_, tool)| tool.get("type").as_str() == Some("function"));
    for (position, tool) in functions {
        function(tool, &format!("tools[{position}]"))?;
    }
    let named = body.get("tool_choice").get("name").as_str();
    let is_there = |wanted: &str| tools.iter().any(|tool| tool.get("name").as_str() == Some(wanted));
    if named.is_none_or(is_there) {
        return Ok(());
    }
    let message = "Tool choice 'function' not found in 'tools' parameter.";
    Err(Refusal::invalid(message, Some("tool_choice"), None))
}

/// Schemas have a name and are strict if they say so; who wants any JSON says so in the input, too.
fn format(body: &Value, input: &[Value]) -> Result<(), Refusal> {
    let format = body.get("text").get("format");
    match format.get("type").as_str() {
        Some("json_object") if !mentions_json(input) && !mentions_json(&[body.get("instructions").clone()]) => {
            let message = "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.";
            Err(Refusal::invalid(message, Some("input"), None))
        }
        Some("json_schema") => {
            let Some(name) = format.get("name").as_str() else {
                let message = "Missing required parameter: 'text.format.name'.";
                return Err(Refusal::invalid(message, Some("text.format.name"), Some("missing_required_parameter")));
            };
            if format.get("strict").as_bool() == Some(true)
                && let Err(what) = strict(format.get("schema"))
            {
                let message = format!("Invalid schema for response_format '{name}': {what}");
                return Err(Refusal::invalid(message, Some("text.format.schema"), Some("invalid_json_schema")));
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Every call in the input has an output, and every output a call.
fn calls(input: &[Value]) -> Result<(), Refusal> {
    let of = |kind: &'static str| {
        let items = input.iter().filter(move |item| item.get("type").as_str() == Some(kind));
        items.filter_map(|item| item.get("call_id").as_str())
    };
    if let Some(id) = of("function_call_output").find(|id| !of("function_call").any(|known| known == *id)) {
        let message = format!("No tool call found for function call output with call_id {id}.");
        return Err(Refusal::invalid(message, Some("input"), None));
    }
    match of("function_call").find(|id| !of("function_call_output").any(|known| known == *id)) {
        None => Ok(()),
        Some(id) => Err(Refusal::invalid(format!("No tool output found for function call {id}."), Some("input"), None)),
    }
}
