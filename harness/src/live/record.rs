//! From a live answer to the reply of a scenario's step.

use std::fmt::Write as _;

use azure_openai_mock::RateLimit;
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TomlError, Value as TomlValue, value};

use super::answer::{finish_reason, usage};
use super::scrub::scrubbed;
use crate::judge::Capture;
use crate::scenario::{Call, ErrorKind, PlannedStep, Scenario, Usage};
use crate::wire::{Answer, Choice, WireExchange, WireKind, WireResponse};

/// The reply of one step.
#[derive(Clone, Debug)]
pub(crate) struct RecordedReply {
    /// The step's id.
    pub step: String,
    /// What stands in `[step.reply]`.
    pub table: Table,
}

/// What was recorded cannot be put into the scenario.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum RecordError {
    /// The file is not TOML.
    #[error("it is not TOML: {0}")]
    Syntax(#[from] TomlError),
    /// The file has no such step.
    #[error("it has no step `{0}`")]
    NoStep(String),
}

/// The replies that a live run gave, in the order of the steps. Hosts, ids and everything that looks like a key are
/// replaced. Ids of tool calls become those of the scenario, so that its `tool_results` still find them.
pub(crate) fn recorded_replies(scenario: &Scenario, capture: &Capture) -> Vec<RecordedReply> {
    let reply = |planned: PlannedStep<'_>| {
        let section = capture.step(&planned.step.step_id())?;
        let of_model = |exchange: &&WireExchange| exchange.kind == WireKind::Model;
        let exchange = section.exchanges.iter().rev().find(of_model)?;
        Some(RecordedReply { step: planned.step.id.clone(), table: reply_table(planned, exchange) })
    };
    scenario.steps().filter_map(reply).collect()
}

fn reply_table(planned: PlannedStep<'_>, exchange: &WireExchange) -> Table {
    let mut table = Table::new();
    if let Some(status) = exchange.status.filter(|status| *status >= 400) {
        error(&mut table, status, exchange);
        return table;
    }
    let answer = Answer::of(&exchange.response);
    match planned.call {
        Call::Embeddings(_) => {
            let mut vectors = InlineTable::new();
            if let Some(dimensions) = answer.dimensions {
                vectors.insert("dimensions", integer(dimensions as u64));
            }
            table["embeddings"] = value(vectors);
        }
        Call::Chat(_) if answer.choices.len() > 1 => {
            let choices = answer.choices.iter().map(|(index, choice)| {
                let mut inline = InlineTable::new();
                for (key, item) in choice_keys(planned, &answer, *index, choice) {
                    inline.insert(key, item);
                }
                TomlValue::from(inline)
            });
            table["choices"] = value(choices.collect::<Array>());
        }
        Call::Chat(chat) => {
            let empty = Choice { text: Some(String::new()), ..Choice::default() };
            let choice = answer.choices.get(&0).unwrap_or(&empty);
            for (key, item) in choice_keys(planned, &answer, 0, choice) {
                table[key] = value(item);
            }
            let pieces: Vec<String> = choice.pieces.iter().map(|piece| scrubbed(piece)).collect();
            let whole = table.get("text").and_then(Item::as_str) == Some(pieces.concat().as_str());
            if chat.stream && pieces.len() > 1 && whole {
                table["chunks"] = value(Array::from_iter(pieces));
            }
        }
    }
    // A stream need not say them; the mock counts them all the same.
    let scripted = || planned.step.reply.as_ref()?.usage;
    if let Some(known) = usage(&answer).or_else(scripted) {
        table["usage"] = value(tokens(&known));
    }
    table
}

fn choice_keys(
    planned: PlannedStep<'_>,
    answer: &Answer,
    index: u64,
    choice: &Choice,
) -> Vec<(&'static str, TomlValue)> {
    let mut keys = Vec::new();
    if !choice.calls.is_empty() {
        keys.push(("tool_calls", TomlValue::from(tool_calls(planned, index, choice))));
    } else if let Some(refusal) = &choice.refusal {
        keys.push(("refusal", scrubbed(refusal).into()));
    } else {
        keys.push(("text", scrubbed(choice.text.as_deref().unwrap_or_default()).into()));
    }
    let usual = if choice.calls.is_empty() { "stop" } else { "tool_calls" };
    if let Some(reason) = finish_reason(answer, choice).filter(|reason| *reason != usual) {
        keys.push(("finish_reason", reason.into()));
    }
    keys
}

fn tool_calls(planned: PlannedStep<'_>, choice_index: u64, choice: &Choice) -> Array {
    let scripted = planned.step.reply.as_ref().map_or(&[][..], |reply| reply.first_tool_calls());
    let mut unused: Vec<_> = scripted.iter().filter(|_| choice_index == 0).collect();
    let calls = choice.calls.values().enumerate().map(|(index, call)| {
        let known = unused.iter().position(|known| known.tool == call.name).map(|place| unused.remove(place));
        let id = known.map_or_else(|| format!("call_{}", index + 1), |known| known.id.clone());
        let mut inline = InlineTable::new();
        inline.insert("id", id.into());
        inline.insert("tool", call.name.as_str().into());
        let arguments: serde_json::Value = serde_json::from_str(&call.arguments).unwrap_or_default();
        inline.insert("arguments", json(&arguments).unwrap_or_else(|| InlineTable::new().into()));
        TomlValue::from(inline)
    });
    calls.collect()
}

/// A value without its nulls, which TOML has no word for.
fn json(found: &serde_json::Value) -> Option<TomlValue> {
    use serde_json::Value::{Array as List, Bool, Null, Number, Object, String};
    Some(match found {
        Null => return None,
        Bool(truth) => (*truth).into(),
        Number(number) => number.as_i64().map_or_else(|| number.as_f64().unwrap_or_default().into(), TomlValue::from),
        String(text) => scrubbed(text).into(),
        List(items) => items.iter().filter_map(json).collect::<Array>().into(),
        Object(members) => {
            let members = members.iter().filter_map(|(key, member)| Some((key.as_str(), json(member)?)));
            members.collect::<InlineTable>().into()
        }
    })
}

fn tokens(usage: &Usage) -> InlineTable {
    let mut table = InlineTable::new();
    table.insert("input", integer(usage.input));
    for (key, count) in [("output", usage.output), ("cached", usage.cached), ("reasoning", usage.reasoning)] {
        if count > 0 {
            table.insert(key, integer(count));
        }
    }
    table
}

fn integer(number: u64) -> TomlValue {
    i64::try_from(number).unwrap_or(i64::MAX).into()
}

fn error(table: &mut Table, status: u16, exchange: &WireExchange) {
    let blocked = matches!(&exchange.response, WireResponse::Json(body)
        if body["error"]["code"] == "content_filter");
    let name = match status {
        400 if blocked => ErrorKind::ContentFilter,
        400 => ErrorKind::InvalidPrompt,
        401 => ErrorKind::PermissionDenied,
        403 => ErrorKind::Firewall,
        404 => ErrorKind::ResourceNotFound,
        408 => ErrorKind::Timeout,
        409 => ErrorKind::Conflict,
        429 => ErrorKind::RateLimit(RateLimit::Tokens),
        503 => ErrorKind::ServiceUnavailable,
        _ => ErrorKind::InternalServerError,
    };
    table["error"] = value(name.to_string());
    let wait = exchange.response_header("retry-after-ms").and_then(|wait| wait.parse::<i64>().ok());
    if let Some(wait) = wait {
        table["retry_after_ms"] = value(wait);
    }
}

/// The replies as text, each with the step it belongs to.
pub(crate) fn replies_text(replies: &[RecordedReply]) -> String {
    let mut text = String::new();
    for reply in replies {
        // Writing into a text cannot fail.
        let _ = writeln!(text, "# step `{}`\n[step.reply]\n{}", reply.step, reply.table);
    }
    text
}

/// The scenario's file with the replies in it; everything else stays as it is.
pub(crate) fn with_replies(text: &str, replies: &[RecordedReply]) -> Result<String, RecordError> {
    let mut document: DocumentMut = text.parse()?;
    for reply in replies {
        let steps = document.get_mut("step").and_then(Item::as_array_of_tables_mut);
        let named = |step: &&mut Table| step.get("id").and_then(Item::as_str) == Some(reply.step.as_str());
        let step = steps.and_then(|steps| steps.iter_mut().find(named));
        let step = step.ok_or_else(|| RecordError::NoStep(reply.step.clone()))?;
        match step.get_mut("reply") {
            Some(Item::Table(old)) => {
                let keys: Vec<String> = old.iter().map(|(key, _)| key.to_owned()).collect();
                for key in &keys {
                    old.remove(key);
                }
                old.extend(reply.table.clone());
            }
            Some(item) => {
                let mut inline = TomlValue::from(reply.table.clone().into_inline_table());
                if let Some(old) = item.as_value() {
                    *inline.decor_mut() = old.decor().clone();
                }
                *item = value(inline);
            }
            None => step["reply"] = Item::Table(reply.table.clone()),
        }
    }
    Ok(document.to_string())
}
