//! The first place where two JSON values differ.

use serde_json::Value;

/// A place where two JSON values differ.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct JsonDifference {
    /// JSON pointer to the place; empty for the whole value.
    pub path: String,
    /// What stands there in the one.
    pub left: Option<Value>,
    /// What stands there in the other.
    pub right: Option<Value>,
}

/// The first place, going by sorted names and by index, where two values differ.
pub(crate) fn first_difference(left: &Value, right: &Value) -> Option<JsonDifference> {
    differ(String::new(), Some(left), Some(right))
}

fn differ(path: String, left: Option<&Value>, right: Option<&Value>) -> Option<JsonDifference> {
    if left == right {
        return None;
    }
    let inner = match (left, right) {
        (Some(Value::Object(one)), Some(Value::Object(other))) => {
            let mut names: Vec<_> = one.keys().chain(other.keys()).collect();
            names.sort();
            names.dedup();
            names.into_iter().find_map(|name| {
                let escaped = name.replace('~', "~0").replace('/', "~1");
                differ(format!("{path}/{escaped}"), one.get(name), other.get(name))
            })
        }
        (Some(Value::Array(one)), Some(Value::Array(other))) => (0..one.len().max(other.len()))
            .find_map(|index| differ(format!("{path}/{index}"), one.get(index), other.get(index))),
        _ => None,
    };
    inner.or_else(|| Some(JsonDifference { path, left: left.cloned(), right: right.cloned() }))
}

impl JsonDifference {
    /// For people, with a word for each side.
    pub(crate) fn describe(&self, left: &str, right: &str) -> String {
        let place = if self.path.is_empty() { "the value".to_owned() } else { format!("`{}`", self.path) };
        format!("{place} is {} {left}, {} {right}", shown(self.left.as_ref()), shown(self.right.as_ref()))
    }
}

fn shown(value: Option<&Value>) -> String {
    /// Longer values are cut: the path leads to the rest.
    const LONGEST: usize = 120;
    let Some(value) = value else { return "absent".to_owned() };
    let text = value.to_string();
    if text.chars().count() <= LONGEST { text } else { text.chars().take(LONGEST).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_smallest_differing_path_is_found() {
        let check = |left: Value, right: Value, path: Option<&str>| {
            assert_eq!(first_difference(&left, &right).map(|difference| difference.path).as_deref(), path);
        };
        check(json!({"a": [1, {"b": 2}]}), json!({"a": [1, {"b": 2}]}), None);
        check(json!({"a": [1, {"b": 2}]}), json!({"a": [1, {"b": 3}]}), Some("/a/1/b"));
        check(json!({"a": 1}), json!({"a": 1, "c/d": 2}), Some("/c~1d"));
        check(json!([1, 2]), json!([1]), Some("/1"));
        check(json!(0), json!(0.0), Some(""));
        check(json!({"a": {}}), json!({"a": []}), Some("/a"));
    }
}
