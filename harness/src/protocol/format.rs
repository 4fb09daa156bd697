//! JSON Schemas that a call sends: of its answer, and of a tool's parameters.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use crate::scenario::{Chat, ParameterType};

pub(super) fn response_format(chat: &Chat) -> Option<Value> {
    if let Some(schema) = &chat.response_schema {
        let mut form = object_schema(&schema.properties);
        form["additionalProperties"] = false.into();
        let named = json!({ "name": schema.name, "strict": true, "schema": form });
        return Some(json!({ "type": "json_schema", "json_schema": named }));
    }
    (chat.json_object == Some(true)).then(|| json!({ "type": "json_object" }))
}

/// The JSON Schema of an object whose members are all required.
pub(super) fn object_schema(members: &IndexMap<String, ParameterType>) -> Value {
    let properties: Map<String, Value> =
        members.iter().map(|(member, kind)| (member.clone(), json!({ "type": kind }))).collect();
    let required: Vec<&String> = members.keys().collect();
    json!({ "type": "object", "properties": properties, "required": required })
}
