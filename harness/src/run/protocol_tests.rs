//! Every request that a worker can be sent has the form that the protocol's schema gives.

use std::collections::BTreeSet;

use camino::Utf8Path;
use serde_json::{Value, json};

use super::{into_map, open_request};
use crate::cli::schemas;
use crate::scenario::{Part, Scenario};
use crate::wire::CellService;
use crate::workspace::{Loaded, Workspace};

/// A value against a schema, as far as schemars uses the language for our types. Gives what is wrong.
struct Shape<'a> {
    definitions: &'a Value,
}

impl Shape<'_> {
    fn mistakes(&self, value: &Value, schema: &Value, place: &str) -> Vec<String> {
        if schema == &json!(true) || schema.as_object().is_some_and(serde_json::Map::is_empty) {
            return Vec::new();
        }
        if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/$defs/")) {
            return self.mistakes(value, &self.definitions[name], place);
        }
        for key in ["anyOf", "oneOf"] {
            if let Some(branches) = schema[key].as_array() {
                let each: Vec<Vec<String>> =
                    branches.iter().map(|branch| self.mistakes(value, branch, place)).collect();
                let best = each.into_iter().min_by_key(Vec::len).unwrap_or_default();
                return best;
            }
        }
        let mut found = Vec::new();
        if schema.get("const").is_some_and(|constant| constant != value)
            || schema["enum"].as_array().is_some_and(|words| !words.contains(value))
        {
            // Weighs more than anything else, so that of several operations the right one is held against.
            found.extend(vec![format!("{place}: {value} is another word"); 100]);
        }
        if !is_of_type(value, &schema["type"]) {
            found.push(format!("{place}: {value} is no {}", schema["type"]));
        }
        if let Value::Object(members) = value {
            let properties = schema["properties"].as_object();
            for (name, member) in members {
                let inner = format!("{place}/{name}");
                match (properties.and_then(|known| known.get(name)), &schema["additionalProperties"]) {
                    (Some(known), _) => found.extend(self.mistakes(member, known, &inner)),
                    (None, Value::Bool(false)) => found.push(format!("{inner}: no such member")),
                    (None, rest @ Value::Object(_)) => found.extend(self.mistakes(member, rest, &inner)),
                    (None, _) => {}
                }
            }
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let missing = required.filter(|name| !members.contains_key(*name));
            found.extend(missing.map(|name| format!("{place}: `{name}` is missing")));
        }
        if let (Value::Array(items), Some(schema)) = (value, schema.get("items")) {
            for (index, item) in items.iter().enumerate() {
                found.extend(self.mistakes(item, schema, &format!("{place}/{index}")));
            }
        }
        found
    }
}

fn is_of_type(value: &Value, wanted: &Value) -> bool {
    let is = |name: &str| match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    };
    match wanted {
        Value::String(name) => is(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).any(is),
        _ => true,
    }
}

/// The schema as it is committed.
fn schema() -> Value {
    let all = schemas();
    let (_, text) = all.iter().find(|(name, _)| *name == "protocol.schema.json").expect("there is one");
    serde_json::from_str(text).expect("a schema is JSON")
}

fn loaded() -> Loaded {
    let root = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let workspace = Workspace::find(Some(&root)).expect("the repository is a workspace");
    Loaded::read(&workspace).expect("the repository's files are without mistakes")
}

fn requests(scenario: &Scenario) -> Vec<(&'static str, Value)> {
    let mut requests = Vec::new();
    for group in &scenario.file().group {
        requests.push(("group_open", group.request()));
    }
    for part in scenario.parts() {
        requests.push(match part {
            Part::Step(planned) => ("run", json!({ "step": scenario.step_request(planned.step) })),
            Part::Parallel(parallel) => {
                ("run_all", json!({ "branches": scenario.branches_request(&parallel.branches) }))
            }
        });
    }
    requests
}

#[test]
fn every_request_of_every_cell_fits_the_schema() {
    let schema = schema();
    let shape = Shape { definitions: &schema["$defs"] };
    let loaded = loaded();
    let check = |operation: &str, fields: Value| {
        let mut request = json!({ "id": 1, "op": operation });
        let object = request.as_object_mut().expect("an object");
        object.extend(into_map(fields));
        let mistakes = shape.mistakes(&request, &schema["$defs"]["WorkerRequest"], operation);
        assert!(mistakes.is_empty(), "{request}\n{mistakes:?}");
    };
    check("hello", json!({ "protocol": 1 }));
    for operation in ["group_close", "flush", "close"] {
        check(operation, json!({}));
    }
    let mut seen = BTreeSet::new();
    for cell in loaded.plan().iter().filter(|cell| cell.flavor.is_control) {
        check("open", Value::Object(open_request(cell, &CellService::default(), 4711)));
        if seen.insert(cell.id.scenario.clone()) {
            for (operation, fields) in requests(&cell.scenario) {
                check(operation, fields);
            }
        }
    }
    assert!(seen.len() > 100, "{}", seen.len());
}

#[test]
fn a_request_that_is_none_does_not_fit() {
    let schema = schema();
    let shape = Shape { definitions: &schema["$defs"] };
    let check = |request: Value, expected: &str| {
        let mistakes = shape.mistakes(&request, &schema["$defs"]["WorkerRequest"], "it");
        assert!(mistakes.iter().any(|mistake| mistake.contains(expected)), "{request}: {mistakes:?}");
    };
    check(json!({ "id": 1, "op": "hello" }), "`protocol` is missing");
    check(json!({ "id": 1, "op": "flush", "now": true }), "/now: no such member");
    check(json!({ "id": "1", "op": "flush" }), "is no \"integer\"");
    check(json!({ "id": 1, "op": "dance" }), "another word");
    check(json!({ "id": 1, "op": "run", "step": { "id": "ask" } }), "`resource` is missing");
}
