//! Paths into JSON: `/*[role=user]/parts/*[type=text]/content`.
//!
//! A JSON pointer in which `*` stands for every element and `[key=value]` keeps those that have this text there; without a
//! `*`, the value that the path has come to.

use std::fmt;

use serde_json::Value;

/// A path into a JSON value, with wildcards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonPath {
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Name(String),
    Every(Option<Condition>),
    Itself(Condition),
}

/// A member that must be this text.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Condition {
    key: String,
    value: String,
}

/// Why a text is no path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a path is like `/*[role=user]/parts/*/content`, which `{0}` is not")]
pub struct JsonPathError(String);

impl JsonPath {
    /// Every value that the path leads to, in the order of the JSON.
    pub fn find<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        self.parts
            .iter()
            .fold(vec![value], |values, part| values.into_iter().flat_map(|value| part.step(value)).collect())
    }

    /// Whether it can lead to more than one value.
    pub fn is_plural(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Every(_)))
    }
}

impl Part {
    fn step<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        match (self, value) {
            (Self::Name(name), Value::Object(object)) => object.get(name).into_iter().collect(),
            (Self::Name(name), Value::Array(array)) => {
                name.parse::<usize>().ok().and_then(|index| array.get(index)).into_iter().collect()
            }
            (Self::Every(condition), Value::Array(array)) => {
                let holds = |element: &&Value| condition.as_ref().is_none_or(|condition| condition.holds(element));
                array.iter().filter(holds).collect()
            }
            (Self::Itself(condition), value) if condition.holds(value) => vec![value],
            _ => Vec::new(),
        }
    }
}

impl TryFrom<String> for JsonPath {
    type Error = JsonPathError;

    fn try_from(text: String) -> Result<Self, JsonPathError> {
        let parts = text.strip_prefix('/').and_then(|rest| rest.split('/').map(part).collect::<Option<Vec<_>>>());
        match parts {
            Some(parts) => Ok(Self { text, parts }),
            None => Err(JsonPathError(text)),
        }
    }
}

impl Condition {
    fn parse(text: &str) -> Option<Self> {
        let (key, value) = text.strip_prefix('[')?.strip_suffix(']')?.split_once('=')?;
        (!key.is_empty() && !value.is_empty()).then(|| Self { key: key.to_owned(), value: value.to_owned() })
    }

    fn holds(&self, value: &Value) -> bool {
        value.get(&self.key).and_then(Value::as_str) == Some(&self.value)
    }
}

fn part(word: &str) -> Option<Part> {
    match word.strip_prefix('*') {
        Some("") => Some(Part::Every(None)),
        Some(condition) => Some(Part::Every(Some(Condition::parse(condition)?))),
        None if word.starts_with('[') => Some(Part::Itself(Condition::parse(word)?)),
        None => (!word.is_empty()).then(|| Part::Name(word.to_owned())),
    }
}

impl fmt::Display for JsonPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_follows_names_numbers_wildcards_and_conditions() {
        let value = json!([
            {"role": "system", "parts": [{"type": "text", "content": "a"}]},
            {"role": "user", "parts": [{"type": "text", "content": "b"}, {"type": "blob", "content": "c"}]},
        ]);
        let check = |path: &str, expected: &[&str]| {
            let path = JsonPath::try_from(path.to_owned()).expect("a path");
            assert_eq!(
                path.find(&value),
                expected.iter().map(|text| json!(text)).collect::<Vec<_>>().iter().collect::<Vec<_>>()
            );
        };
        check("/0/role", &["system"]);
        check("/*/role", &["system", "user"]);
        check("/*[role=user]/parts/*[type=text]/content", &["b"]);
        check("/*/parts/*/content", &["a", "b", "c"]);
        check("/0/[role=system]/parts/0/content", &["a"]);
        check("/0/[role=user]/role", &[]);
        check("/2/role", &[]);
        check("/*/name", &[]);
    }

    #[test]
    fn a_text_of_other_shape_is_no_path() {
        for text in ["", "role", "/a//b", "/*[role]", "/*[=x]", "/*x", "/[role]"] {
            assert!(JsonPath::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
