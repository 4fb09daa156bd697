//! Message content against its JSON Schema: the few keywords that the registry's schemas use.

use serde_json::Value;

use crate::semconv::SampleValue;

/// A message attribute as JSON, whatever way it was exported.
pub(super) enum Content {
    /// JSON, from a string or as it is.
    Json(Value),
    /// A string that is no JSON.
    Broken,
}

impl Content {
    /// A string is read as JSON; arrays and objects are taken as they are; other values are a matter of type, not of
    /// content.
    pub(super) fn of(value: &SampleValue) -> Option<Self> {
        match value {
            SampleValue::Text(text) => Some(serde_json::from_str(text).map_or(Self::Broken, Self::Json)),
            SampleValue::Array(_) | SampleValue::Map(_) => Some(Self::Json(value.to_json())),
            _ => None,
        }
    }

    /// What is wrong with it, or nothing.
    pub(super) fn problem(&self, schema: &Value) -> Option<String> {
        match self {
            Self::Json(json) => schema_problem(schema, json),
            Self::Broken => Some("it is no JSON".to_owned()),
        }
    }
}

/// The first thing in which `value` differs from `schema`, with its place; nothing when it fits.
pub(crate) fn schema_problem(schema: &Value, value: &Value) -> Option<String> {
    Validator { root: schema }.problem(schema, value, "").err()
}

struct Validator<'s> {
    root: &'s Value,
}

impl<'s> Validator<'s> {
    fn problem(&self, schema: &'s Value, value: &Value, place: &str) -> Result<(), String> {
        let schema = self.resolve(schema);
        let at = |problem: String| {
            if place.is_empty() { problem } else { format!("{place}: {problem}") }
        };
        if let Some(kind) = schema.get("type").filter(|kind| !has_type(kind, value)) {
            return Err(at(format!("{} where {} is asked for", type_of(value), type_words(kind))));
        }
        if let Some(constant) = schema.get("const").filter(|constant| *constant != value) {
            return Err(at(format!("{value} where {constant} is asked for")));
        }
        if let Some(members) = schema.get("enum").and_then(Value::as_array)
            && !members.contains(value)
        {
            return Err(at(format!("{value} is none of the values there are")));
        }
        self.object(schema, value, place)?;
        self.items(schema, value, place)?;
        self.alternatives(schema, value, place)
    }

    fn resolve(&self, schema: &'s Value) -> &'s Value {
        let pointer = schema.get("$ref").and_then(Value::as_str).and_then(|text| text.strip_prefix('#'));
        pointer.and_then(|pointer| self.root.pointer(pointer)).unwrap_or(schema)
    }

    fn object(&self, schema: &'s Value, value: &Value, place: &str) -> Result<(), String> {
        let Some(object) = value.as_object() else { return Ok(()) };
        let required = schema.get("required").and_then(Value::as_array);
        for name in required.into_iter().flatten().filter_map(Value::as_str) {
            if !object.contains_key(name) {
                let place = if place.is_empty() { String::new() } else { format!("{place}: ") };
                return Err(format!("{place}`{name}` is missing"));
            }
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, inner) in object {
            let place = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
            match properties.and_then(|properties| properties.get(name)) {
                Some(schema) => self.problem(schema, inner, &place)?,
                None if schema.get("additionalProperties") == Some(&Value::Bool(false)) => {
                    return Err(format!("{place}: there is no such property"));
                }
                None => {}
            }
        }
        Ok(())
    }

    fn items(&self, schema: &'s Value, value: &Value, place: &str) -> Result<(), String> {
        let (Some(items), Some(array)) = (schema.get("items"), value.as_array()) else { return Ok(()) };
        array.iter().enumerate().try_for_each(|(index, inner)| self.problem(items, inner, &format!("{place}[{index}]")))
    }

    fn alternatives(&self, schema: &'s Value, value: &Value, place: &str) -> Result<(), String> {
        let lists = ["anyOf", "oneOf"].into_iter().filter_map(|word| schema.get(word)?.as_array());
        for list in lists {
            let mut nearest = None;
            for alternative in list {
                match self.problem(alternative, value, place) {
                    Ok(()) => {
                        nearest = None;
                        break;
                    }
                    Err(problem) if nearest.is_none() || self.has_same_tag(alternative, value) => {
                        nearest = Some(problem);
                    }
                    Err(_) => {}
                }
            }
            nearest.map_or(Ok(()), Err)?;
        }
        Ok(())
    }

    /// Whether `type` of the value is the one that this alternative is for, so that its problem is the one to tell.
    fn has_same_tag(&self, alternative: &'s Value, value: &Value) -> bool {
        let constant = self.resolve(alternative).pointer("/properties/type/const");
        constant.is_some() && constant == value.get("type")
    }
}

fn has_type(kind: &Value, value: &Value) -> bool {
    match kind {
        Value::Array(kinds) => kinds.iter().any(|kind| has_type(kind, value)),
        Value::String(kind) => match kind.as_str() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "null" => value.is_null(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            _ => true,
        },
        _ => true,
    }
}

fn type_words(kind: &Value) -> String {
    match kind {
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => String::new(),
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
