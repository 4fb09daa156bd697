//! The fields of a chat request: which exist, since when, for which models, and with which values.

use serde_json_borrow::{ObjectAsVec, Value};

use super::api_version::at_least;
use super::errors::{ErrorKind, Refusal};
use super::model::Family;
use super::options::ExtraParameters;
use super::request::Request;
use super::schema_checks::strict;
use super::target::Target;

/// Every field that the service knows.
const KNOWN: [&str; 41] = [
    "audio",
    "best_of",
    "data_sources",
    "echo",
    "frequency_penalty",
    "function_call",
    "functions",
    "logit_bias",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "messages",
    "metadata",
    "modalities",
    "model",
    "n",
    "parallel_tool_calls",
    "prediction",
    "presence_penalty",
    "prompt",
    "prompt_cache_key",
    "prompt_cache_retention",
    "reasoning",
    "reasoning_effort",
    "response_format",
    "safety_identifier",
    "seed",
    "service_tier",
    "stop",
    "store",
    "stream",
    "stream_options",
    "suffix",
    "temperature",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "user",
    "user_security_context",
    "verbosity",
];

/// Fields that newer api-versions brought.
const GATED: [(&str, &str); 9] = [
    ("stream_options", "2024-09-01"),
    ("parallel_tool_calls", "2024-09-01"),
    ("max_completion_tokens", "2024-09-01"),
    ("reasoning_effort", "2024-12-01"),
    ("store", "2024-12-01"),
    ("metadata", "2024-12-01"),
    ("user_security_context", "2024-12-01"),
    ("prediction", "2025-01-01"),
    ("audio", "2025-01-01"),
];

/// Numbers with a range.
const RANGES: [(&str, f64, f64); 4] =
    [("temperature", 0.0, 2.0), ("top_p", 0.0, 1.0), ("presence_penalty", -2.0, 2.0), ("frequency_penalty", -2.0, 2.0)];

/// Refuses what the service would refuse by its name, its time or its value.
pub(crate) fn check(target: &Target, body: &Value) -> Result<(), Refusal> {
    unknown(target, body)?;
    model_is_new(target)?;
    ranges(body)?;
    if target.model().family == Family::Reasoning {
        reasoning(body)?;
    }
    response_format(target, body)
}

fn given<'a>(body: &'a Value, name: &'a str) -> Option<&'a Value<'a>> {
    Some(body.get(name)).filter(|value| !value.is_null())
}

fn unknown(target: &Target, body: &Value) -> Result<(), Refusal> {
    let fields = body.as_object().into_iter().flat_map(ObjectAsVec::keys);
    let mut strange: Vec<&str> = fields.filter(|name| !KNOWN.contains(name)).collect();
    strange.sort_unstable();
    if target.inference {
        return match strange.first() {
            Some(name) if target.extra_parameters == ExtraParameters::Error => {
                Err(Refusal::UnknownField { name: (*name).to_owned(), input: body.get(*name).to_string() })
            }
            _ => Ok(()),
        };
    }
    let version = target.api_version.as_deref();
    let early = GATED.iter().find(|(name, since)| !at_least(version, since) && given(body, name).is_some());
    match early.map(|(name, _)| *name).or_else(|| strange.first().copied()) {
        None => Ok(()),
        Some(name) => {
            let message = format!("Unrecognized request argument supplied: {name}");
            Err(Refusal::invalid(message, None, None))
        }
    }
}

/// The wish of the request about fields that model inference does not know.
pub(crate) fn extra_parameters(request: &Request, default: ExtraParameters) -> ExtraParameters {
    match request.header("extra-parameters").map(str::to_ascii_lowercase).as_deref() {
        Some("error") => ExtraParameters::Error,
        Some("drop") => ExtraParameters::Drop,
        Some("pass-through") => ExtraParameters::PassThrough,
        _ => default,
    }
}

/// The o-series wants a version that knows it.
fn model_is_new(target: &Target) -> Result<(), Refusal> {
    let o_series = target.model().family == Family::Reasoning && target.model().name.starts_with('o');
    let excepted = ["o1-mini", "o1-preview"].contains(&target.model().without_date());
    if !o_series || excepted || target.inference || at_least(target.api_version.as_deref(), "2024-12-01") {
        return Ok(());
    }
    Err(ErrorKind::ModelNeedsNewerVersion.into())
}

pub(crate) fn ranges(body: &Value) -> Result<(), Refusal> {
    for (name, least, most) in RANGES {
        let Some(value) = given(body, name) else { continue };
        let Some(number) = value.as_f64() else {
            let message = format!("{value} is not of type 'number' - '{name}'");
            return Err(Refusal::invalid(message, Some(name), None));
        };
        let (which, relation, bound) = if number > most {
            ("above maximum", "<=", most)
        } else if number < least {
            ("below minimum", ">=", least)
        } else {
            continue;
        };
        let code = if number > most { "decimal_above_max_value" } else { "decimal_below_min_value" };
        let message = format!(
            "Invalid '{name}': decimal {which} value. Expected a value {relation} {bound}, but got {value} instead."
        );
        return Err(Refusal::invalid(message, Some(name), Some(code)));
    }
    Ok(())
}

/// What models that think do not take.
fn reasoning(body: &Value) -> Result<(), Refusal> {
    if given(body, "max_tokens").is_some() {
        return Err(ErrorKind::UnsupportedParameter.into());
    }
    for name in ["logprobs", "top_logprobs", "logit_bias"] {
        if given(body, name).is_some_and(|value| *value != Value::Bool(false)) {
            let message = format!("Unsupported parameter: '{name}' is not supported with this model.");
            return Err(Refusal::invalid(message, Some(name), Some("unsupported_parameter")));
        }
    }
    for (name, only) in [("temperature", 1.0), ("top_p", 1.0), ("presence_penalty", 0.0), ("frequency_penalty", 0.0)] {
        let Some(value) = given(body, name) else { continue };
        if value.as_f64().is_some_and(|number| (number - only).abs() > f64::EPSILON) {
            let message = format!(
                "Unsupported value: '{name}' does not support {value} with this model. Only the default ({only}) value is supported."
            );
            return Err(Refusal::invalid(message, Some(name), Some("unsupported_value")));
        }
    }
    Ok(())
}

fn response_format(target: &Target, body: &Value) -> Result<(), Refusal> {
    let Some(format) = given(body, "response_format") else {
        return Ok(());
    };
    if format.get("type").as_str() != Some("json_schema") {
        return Ok(());
    }
    let refuse = |message: &str, code| Err(Refusal::invalid(message, Some("response_format"), code));
    if !target.inference && !at_least(target.api_version.as_deref(), "2024-08-01") {
        return Err(ErrorKind::SchemaNeedsNewerVersion.into());
    }
    let named = format.get("json_schema");
    let Some(name) = named.get("name").as_str() else {
        return refuse(
            "Missing required parameter: 'response_format.json_schema.name'.",
            Some("missing_required_parameter"),
        );
    };
    if named.get("strict").as_bool() == Some(true) {
        let schema = named.get("schema");
        if let Err(what) = strict(schema) {
            return refuse(&format!("Invalid schema for response_format '{name}': {what}"), None);
        }
    }
    Ok(())
}
