//! What a chat must not say: messages out of order, lists too long, numbers out of range, tools that contradict.
//!
//! Where the service's own words are known, they are these; where not, they are in its manner, and FACTS.md says so.

use serde_json_borrow::{ObjectAsVec, Value};

use super::errors::Refusal;
use super::schema_checks::strict;
use super::target::Target;

/// Tools that one request may bring, and texts that may end its answer.
pub(crate) const MOST_TOOLS: usize = 128;
const MOST_STOPS: usize = 4;
/// Who may speak.
const ROLES: [&str; 6] = ["system", "assistant", "user", "function", "tool", "developer"];
/// Numbers with a range.
const INTEGERS: [(&str, i64, i64); 4] =
    [("n", 1, 128), ("max_tokens", 1, i64::MAX), ("max_completion_tokens", 1, i64::MAX), ("top_logprobs", 0, 20)];

/// Refuses a chat for what it says. Model inference, behind which are models of other makers, is not so particular.
pub(crate) fn check(target: &Target, body: &Value, messages: &[Value]) -> Result<(), Refusal> {
    if !is_plain(body) {
        fields(target, body, messages)?;
    }
    if target.inference {
        return Ok(());
    }
    roles(messages)?;
    turns(messages)
}

/// Whether a body has none of the fields that are looked at here, as most have not: then nothing is looked for.
fn is_plain(body: &Value) -> bool {
    let mut names = body.as_object().into_iter().flat_map(ObjectAsVec::keys);
    names.all(|name| {
        matches!(name, "model" | "messages" | "stream" | "stream_options" | "temperature" | "top_p" | "user")
    })
}

fn fields(target: &Target, body: &Value, messages: &[Value]) -> Result<(), Refusal> {
    integers(body, &INTEGERS)?;
    longest(target, body)?;
    array(body, "stop", 0, MOST_STOPS)?;
    array(body, "tools", 1, MOST_TOOLS)?;
    if target.inference {
        return Ok(());
    }
    combinations(body)?;
    tools(body)?;
    json_word(body, messages)
}

/// Refuses whole numbers that are out of their range. What is no number at all is for others to refuse.
pub(crate) fn integers(body: &Value, ranges: &[(&str, i64, i64)]) -> Result<(), Refusal> {
    for (name, least, most) in ranges {
        let Some(number) = body.get(*name).as_i64() else { continue };
        let (which, relation, bound, code) = if number < *least {
            ("below minimum", ">=", least, "integer_below_min_value")
        } else if number > *most {
            ("above maximum", "<=", most, "integer_above_max_value")
        } else {
            continue;
        };
        let message = format!(
            "Invalid '{name}': integer {which} value. Expected a value {relation} {bound}, but got {number} instead."
        );
        return Err(Refusal::invalid(message, Some(name), Some(code)));
    }
    Ok(())
}

/// Refuses a list that is too short or too long.
pub(crate) fn array(body: &Value, name: &str, least: usize, most: usize) -> Result<(), Refusal> {
    let Some(length) = body.get(name).as_array().map(<[Value]>::len) else { return Ok(()) };
    if length < least {
        let message = format!(
            "Invalid '{name}': empty array. Expected an array with minimum length {least}, but got an empty array instead."
        );
        return Err(Refusal::invalid(message, Some(name), Some("empty_array")));
    }
    if length > most {
        let message = format!(
            "Invalid '{name}': array too long. Expected an array with maximum length {most}, but got an array with length {length} instead."
        );
        return Err(Refusal::invalid(message, Some(name), Some("array_above_max_length")));
    }
    Ok(())
}

/// Refuses to answer at greater length than the model can, where it is known how long that is.
fn longest(target: &Target, body: &Value) -> Result<(), Refusal> {
    let Some(most) = target.model().longest_answer() else { return Ok(()) };
    for name in ["max_tokens", "max_completion_tokens"] {
        let Some(asked) = body.get(name).as_u64().filter(|asked| *asked > most) else { continue };
        let message = format!(
            "{name} is too large: {asked}. This model supports at most {most} completion tokens, whereas you provided {asked}."
        );
        return Err(Refusal::invalid(message, Some(name), Some("invalid_value")));
    }
    Ok(())
}

fn given(body: &Value, name: &str) -> bool {
    !body.get(name).is_null()
}

/// Fields that do not go together.
fn combinations(body: &Value) -> Result<(), Refusal> {
    if given(body, "max_tokens") && given(body, "max_completion_tokens") {
        let message = "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.";
        return Err(Refusal::invalid(message, Some("max_tokens"), Some("invalid_parameter_combination")));
    }
    if body.get("top_logprobs").as_u64().is_some_and(|number| number > 0)
        && body.get("logprobs").as_bool() != Some(true)
    {
        let message = "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.";
        return Err(Refusal::invalid(message, Some("top_logprobs"), None));
    }
    for name in ["tool_choice", "parallel_tool_calls"] {
        if given(body, name) && !given(body, "tools") && body.get(name).as_str() != Some("none") {
            let message = format!("Invalid value for '{name}': '{name}' is only allowed when 'tools' are specified.");
            return Err(Refusal::invalid(message, Some(name), None));
        }
    }
    Ok(())
}

/// Each tool, and the one that is chosen.
fn tools(body: &Value) -> Result<(), Refusal> {
    let tools = body.get("tools").as_array().unwrap_or_default();
    for (position, tool) in tools.iter().enumerate() {
        let kind = tool.get("type").as_str().unwrap_or_default();
        if kind == "custom" {
            continue;
        }
        if kind != "function" {
            let place = format!("tools[{position}].type");
            let message = format!("Invalid value: '{kind}'. Supported values are: 'function' and 'custom'.");
            return Err(Refusal::invalid(message, Some(&place), Some("invalid_value")));
        }
        function(tool.get("function"), &format!("tools[{position}].function"))?;
    }
    let named = body.get("tool_choice").get("function").get("name").as_str();
    let name = |tool: &Value| tool.get("function").get("name").as_str().map(str::to_owned);
    match named.filter(|wanted| !tools.iter().any(|tool| name(tool).as_deref() == Some(wanted))) {
        None => Ok(()),
        Some(wanted) => {
            let message = format!(
                "Invalid value for 'tool_choice': no function named {wanted} was specified in the 'tools' parameter."
            );
            Err(Refusal::invalid(message, Some("tool_choice"), None))
        }
    }
}

/// A function with a name that may be, and parameters that are strict if it says so.
pub(crate) fn function(function: &Value, place: &str) -> Result<(), Refusal> {
    let place_of = |field: &str| format!("{place}.{field}");
    let Some(name) = function.get("name").as_str() else {
        let message = format!("Missing required parameter: '{}'.", place_of("name"));
        return Err(Refusal::invalid(message, Some(&place_of("name")), Some("missing_required_parameter")));
    };
    if name.is_empty() || name.chars().any(|letter| !(letter.is_ascii_alphanumeric() || "_-".contains(letter))) {
        let message = format!(
            "Invalid '{}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.",
            place_of("name")
        );
        return Err(Refusal::invalid(message, Some(&place_of("name")), Some("invalid_value")));
    }
    for (field, most) in [("name", 64), ("description", 1024)] {
        let length = function.get(field).as_str().map_or(0, |text| text.chars().count());
        if length > most {
            let message = format!(
                "Invalid '{}': string too long. Expected a string with maximum length {most}, but got a string with length {length} instead.",
                place_of(field)
            );
            return Err(Refusal::invalid(message, Some(&place_of(field)), Some("string_above_max_length")));
        }
    }
    if function.get("strict").as_bool() == Some(true) {
        strict(function.get("parameters")).map_err(|what| {
            let message = format!("Invalid schema for function '{name}': {what}");
            Refusal::invalid(message, Some(&place_of("parameters")), Some("invalid_function_parameters"))
        })?;
    }
    Ok(())
}

fn roles(messages: &[Value]) -> Result<(), Refusal> {
    for (position, message) in messages.iter().enumerate() {
        let place = || format!("messages[{position}].role");
        let Some(role) = message.get("role").as_str() else {
            let message = format!("Missing required parameter: '{}'.", place());
            return Err(Refusal::invalid(message, Some(&place()), Some("missing_required_parameter")));
        };
        if !ROLES.contains(&role) {
            let message = format!(
                "Invalid value: '{role}'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'."
            );
            return Err(Refusal::invalid(message, Some(&place()), Some("invalid_value")));
        }
        let silent = message.get("content").is_null();
        if silent && matches!(role, "user" | "system" | "developer") {
            let message = "Invalid value for 'content': expected a string, got null.";
            return Err(Refusal::invalid(message, Some(&format!("messages.[{position}].content")), None));
        }
    }
    Ok(())
}

/// Every call is answered, and nothing is answered that was not called.
fn turns(messages: &[Value]) -> Result<(), Refusal> {
    let mut open: Vec<&str> = Vec::new();
    let mut calling = 0;
    for (position, message) in messages.iter().enumerate() {
        if message.get("role").as_str() == Some("tool") {
            let id = message.get("tool_call_id").as_str().unwrap_or_default();
            if calling == 0 {
                let text = "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.";
                return Err(Refusal::invalid(text, Some(&format!("messages.[{position}].role")), None));
            }
            open.retain(|open| *open != id);
            continue;
        }
        unanswered(&open, position)?;
        let calls = message.get("tool_calls").as_array().unwrap_or_default();
        open = calls.iter().filter_map(|call| call.get("id").as_str()).collect();
        calling = calls.len();
    }
    unanswered(&open, messages.len())
}

fn unanswered(open: &[&str], position: usize) -> Result<(), Refusal> {
    if open.is_empty() {
        return Ok(());
    }
    let message = format!(
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: {}",
        open.join(", ")
    );
    Err(Refusal::invalid(message, Some(&format!("messages.[{position}].role")), None))
}

/// Who wants any JSON says so in the messages, too.
fn json_word(body: &Value, messages: &[Value]) -> Result<(), Refusal> {
    if body.get("response_format").get("type").as_str() != Some("json_object") || mentions_json(messages) {
        return Ok(());
    }
    let message =
        "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.";
    Err(Refusal::invalid(message, Some("messages"), None))
}

/// Whether a text in a list has the word, in capitals or not.
pub(crate) fn mentions_json(items: &[Value]) -> bool {
    fn has(value: &Value) -> bool {
        match value {
            Value::Str(text) => text.to_ascii_lowercase().contains("json"),
            Value::Array(values) => values.iter().any(has),
            Value::Object(members) => members.values().any(has),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }
    items.iter().any(has)
}
