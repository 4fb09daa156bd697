//! The smallest JSON text that fits a JSON Schema, for tools that must be called and formats that must be met.

use serde_json::Value;

use super::json::Json;

/// Schemas nested deeper than this are answered with `null`: they may refer to themselves.
const DEPTH: usize = 8;

/// A value for a schema, as JSON text. What the schema does not say is left out.
pub(crate) fn text(schema: &Value) -> String {
    value(schema, DEPTH)
}

fn value(schema: &Value, depth: usize) -> String {
    if depth == 0 {
        return "null".to_owned();
    }
    if let Some(fixed) = schema.get("const").or_else(|| schema.get("enum").and_then(|values| values.get(0))) {
        return fixed.to_string();
    }
    if let Some(first) = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(|options| options.get(0)) {
        return value(first, depth - 1);
    }
    match kind(schema) {
        "string" => "\"example\"".to_owned(),
        "integer" => "1".to_owned(),
        "number" => "1.5".to_owned(),
        "boolean" => "true".to_owned(),
        "array" => {
            let item = schema.get("items").map(|items| value(items, depth - 1)).unwrap_or_default();
            format!("[{item}]")
        }
        "null" => "null".to_owned(),
        _ => members(schema, depth),
    }
}

fn members(schema: &Value, depth: usize) -> String {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return "{}".to_owned();
    };
    let required = schema.get("required").and_then(Value::as_array);
    let wanted = |name: &str| required.is_none_or(|names| names.iter().any(|known| known == name));
    let mut members: Vec<(&String, &Value)> = properties.iter().filter(|(name, _)| wanted(name)).collect();
    // Sorted here, because the map's own order depends on how serde_json was built.
    members.sort_by_key(|(name, _)| *name);
    let members: Vec<String> = members
        .into_iter()
        .map(|(name, schema)| format!("{}:{}", Json::from(name).compact(), value(schema, depth - 1)))
        .collect();
    format!("{{{}}}", members.join(","))
}

fn kind(schema: &Value) -> &str {
    let kind = schema.get("type").map(|kind| kind.get(0).unwrap_or(kind));
    kind.and_then(Value::as_str).unwrap_or("object")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_gives_its_smallest_value() {
        let check = |schema: &str, expected: &str| {
            assert_eq!(text(&serde_json::from_str(schema).expect("schema")), expected, "{schema}");
        };
        check(
            r#"{"type":"object","properties":{"b":{"type":"integer"},"a":{"type":"string"}}}"#,
            r#"{"a":"example","b":1}"#,
        );
        check(r#"{"properties":{"b":{"type":"integer"},"a":{}},"required":["b"]}"#, r#"{"b":1}"#);
        check(r#"{"enum":["x","y"]}"#, r#""x""#);
        check(r#"{"type":["number","null"]}"#, "1.5");
        check("true", "{}");
    }
}
