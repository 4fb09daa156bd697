//! Shapes of JSON: which keys there are and of which types, whatever the values.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use crate::diagnose::words;

/// A type of JSON. Whole and other numbers differ: clients read them into different types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum JsonType {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A number without a fraction.
    Integer,
    /// A number with one.
    Number,
    /// A string.
    String,
    /// A list.
    Array,
    /// An object.
    Object,
}

words!(pub(crate) JsonType);

impl JsonType {
    /// The type of a value.
    pub(crate) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Number(number) if number.is_f64() => Self::Number,
            Value::Number(_) => Self::Integer,
            Value::String(_) => Self::String,
            Value::Array(_) => Self::Array,
            Value::Object(_) => Self::Object,
        }
    }
}

/// Paths of some documents with the types that were seen there. `$.choices[].message.content`: a list's items are one
/// place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Types by path.
    pub places: BTreeMap<String, BTreeSet<JsonType>>,
}

impl Shape {
    /// The shape of all documents together.
    pub(crate) fn of<'a>(documents: impl IntoIterator<Item = &'a Value>) -> Self {
        let mut shape = Self::default();
        for document in documents {
            shape.add("$", document);
        }
        shape
    }

    fn add(&mut self, path: &str, value: &Value) {
        self.places.entry(path.to_owned()).or_default().insert(JsonType::of(value));
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.add(&format!("{path}[]"), item)),
            Value::Object(members) => members.iter().for_each(|(key, value)| self.add(&format!("{path}.{key}"), value)),
            _ => {}
        }
    }
}

/// A document with every value replaced by one that says its type only; items of a list that look alike become one.
pub(crate) fn shaped(value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::Bool(_) => true.into(),
        Value::Number(number) if number.is_f64() => Value::from(0.5),
        Value::Number(_) => 0.into(),
        Value::String(_) => "string".into(),
        Value::Array(items) => {
            let mut shapes: Vec<Value> = Vec::new();
            for shape in items.iter().map(shaped) {
                if !shapes.contains(&shape) {
                    shapes.push(shape);
                }
            }
            Value::Array(shapes)
        }
        Value::Object(members) => {
            Value::Object(members.iter().map(|(key, value)| (key.clone(), shaped(value))).collect())
        }
    }
}
