//! What strict schemas must say.

use serde_json_borrow::{ObjectAsVec, Value};

/// Schemas nested deeper than this are not looked at: the service allows ten levels.
const DEPTH: usize = 16;

/// Refuses a schema that leaves something open: says where, and what is missing.
pub(crate) fn strict(schema: &Value) -> Result<(), String> {
    look(schema, &mut Vec::new())
}

fn look(schema: &Value, place: &mut Vec<String>) -> Result<(), String> {
    if place.len() > DEPTH {
        return Ok(());
    }
    let properties = schema.get("properties").as_object();
    if schema.get("type").as_str() == Some("object") || properties.is_some() {
        if schema.get("additionalProperties").as_bool() != Some(false) {
            return Err(wrong(place, "'additionalProperties' is required to be supplied and to be false."));
        }
        let required = schema.get("required").as_array().unwrap_or_default();
        let names = || properties.into_iter().flat_map(ObjectAsVec::keys);
        if let Some(missing) = names().find(|name| !required.iter().any(|known| known.as_str() == Some(name))) {
            let what = format!(
                "'required' is required to be supplied and to be an array including every key in properties. Missing '{missing}'."
            );
            return Err(wrong(place, &what));
        }
    }
    for (step, parts) in [("properties", properties), ("$defs", schema.get("$defs").as_object())] {
        for (name, part) in parts.into_iter().flat_map(ObjectAsVec::iter) {
            inside(part, place, &[step, name])?;
        }
    }
    if !schema.get("items").is_null() {
        inside(schema.get("items"), place, &["items"])?;
    }
    for (position, option) in schema.get("anyOf").as_array().into_iter().flatten().enumerate() {
        inside(option, place, &["anyOf", &position.to_string()])?;
    }
    Ok(())
}

fn inside(part: &Value, place: &mut Vec<String>, steps: &[&str]) -> Result<(), String> {
    let outside = place.len();
    place.extend(steps.iter().map(|step| (*step).to_owned()));
    look(part, place)?;
    place.truncate(outside);
    Ok(())
}

/// A complaint with its place, as Python writes a tuple.
fn wrong(place: &[String], what: &str) -> String {
    let steps: Vec<String> = place.iter().map(|step| format!("'{step}'")).collect();
    let comma = if steps.len() == 1 { "," } else { "" };
    format!("In context=({}{comma}), {what}", steps.join(", "))
}
