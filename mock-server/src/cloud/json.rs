//! JSON text with the order of members under our control.
//!
//! The service sorts keys in chat bodies, does not in filter results, and pretty-prints embeddings; `serde_json::Map`
//! promises one order for everything, and which one depends on a feature that any crate in the build may switch on.

use std::collections::HashSet;
use std::fmt::Write as _;

use serde_json_borrow::{ObjectAsVec, Value};

/// A JSON value whose members keep the order in which they were written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Integer(u64),
    Float(f32),
    Text(String),
    /// Text that never changes and has nothing to escape.
    Word(&'static str),
    /// JSON text that somebody else wrote, without spaces.
    Raw(String),
    /// JSON text that never changes, without spaces.
    Fixed(&'static str),
    List(Vec<Json>),
    Object(Vec<(&'static str, Json)>),
}

/// An object with the given members, in this order.
pub(crate) fn object<const COUNT: usize>(members: [(&'static str, Json); COUNT]) -> Json {
    Json::Object(members.into())
}

impl Json {
    /// Without any space, as the chat back end writes.
    pub(crate) fn compact(&self) -> String {
        let mut out = String::with_capacity(2048);
        self.write(&mut out, None);
        out
    }

    /// With line breaks and two spaces per level, as embeddings and back-end errors are written.
    pub(crate) fn pretty(&self) -> String {
        let mut out = String::with_capacity(256);
        self.write(&mut out, Some(0));
        out
    }

    /// Without any space, after what is there already.
    pub(crate) fn append(&self, out: &mut String) {
        self.write(out, None);
    }

    fn write(&self, out: &mut String, indent: Option<usize>) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Integer(value) => push_integer(out, *value),
            // Writing to a String cannot fail.
            Self::Float(value) => drop(write!(out, "{value}")),
            Self::Text(text) => append_text(out, text),
            Self::Word(word) => {
                out.push('"');
                out.push_str(word);
                out.push('"');
            }
            Self::Raw(text) => out.push_str(text),
            Self::Fixed(text) => out.push_str(text),
            Self::List(items) => write_all(out, ('[', ']'), indent, items, |out, item, indent| item.write(out, indent)),
            Self::Object(members) => write_all(out, ('{', '}'), indent, members, |out, (key, value), indent| {
                // Our own names have nothing to escape.
                out.push('"');
                out.push_str(key);
                out.push_str(if indent.is_some() { "\": " } else { "\":" });
                value.write(out, indent);
            }),
        }
    }
}

fn write_all<T>(
    out: &mut String,
    (open, close): (char, char),
    indent: Option<usize>,
    items: &[T],
    mut write_one: impl FnMut(&mut String, &T, Option<usize>),
) {
    out.push(open);
    let inner = indent.map(|level| level + 1);
    for (position, item) in items.iter().enumerate() {
        if position > 0 {
            out.push(',');
        }
        new_line(out, inner);
        write_one(out, item, inner);
    }
    if !items.is_empty() {
        new_line(out, indent);
    }
    out.push(close);
}

fn new_line(out: &mut String, indent: Option<usize>) {
    if let Some(level) = indent {
        out.push('\n');
        for _ in 0..level {
            out.push_str("  ");
        }
    }
}

fn push_integer(out: &mut String, mut value: u64) {
    // As many digits as the greatest number has.
    let mut digits = [0_u8; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + u8::try_from(value % 10).unwrap_or(0);
        value /= 10;
        if value == 0 {
            break;
        }
    }
    // Digits are ASCII.
    out.push_str(std::str::from_utf8(&digits[start..]).unwrap_or_default());
}

/// Quoted and escaped; characters outside ASCII stay as they are, as on the real wire.
pub(crate) fn append_text(out: &mut String, text: &str) {
    out.push('"');
    if !text.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        out.push_str(text);
        out.push('"');
        return;
    }
    // Most texts have nothing to escape: they are copied in pieces as long as possible. What is escaped is ASCII.
    let mut written = 0;
    for (position, byte) in text.bytes().enumerate() {
        let escaped = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            control if control < b' ' => "",
            _ => continue,
        };
        out.push_str(&text[written..position]);
        written = position + 1;
        if escaped.is_empty() {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\u{byte:04x}");
        } else {
            out.push_str(escaped);
        }
    }
    out.push_str(&text[written..]);
    out.push('"');
}

/// Whether an object in a document has two fields of one name.
pub(crate) fn repeats(document: &Value) -> bool {
    match document {
        Value::Array(items) => items.iter().any(repeats),
        Value::Object(fields) => has_twice(fields) || fields.values().any(repeats),
        _ => false,
    }
}

fn has_twice(fields: &ObjectAsVec<'_>) -> bool {
    // Most objects are small, and comparing a few names takes less time than a set of them.
    if fields.len() > 16 {
        let mut names = HashSet::with_capacity(fields.len());
        return !fields.keys().all(|name| names.insert(name));
    }
    fields.keys().enumerate().any(|(position, name)| fields.keys().take(position).any(|known| known == name))
}

/// A value of a request on its way back: compact, keys sorted.
pub(crate) fn echoed(value: &serde_json::Value) -> Json {
    use serde_json::Value;
    let text = match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| echoed(item).compact()).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| *name);
            let fields: Vec<String> = fields
                .into_iter()
                .map(|(name, value)| format!("{}:{}", Json::from(name).compact(), echoed(value).compact()))
                .collect();
            format!("{{{}}}", fields.join(","))
        }
        other => other.to_string(),
    };
    Json::Raw(text)
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<u64> for Json {
    fn from(value: u64) -> Self {
        Self::Integer(value)
    }
}

impl From<usize> for Json {
    fn from(value: usize) -> Self {
        Self::Integer(value as u64)
    }
}

impl From<&str> for Json {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<&String> for Json {
    fn from(value: &String) -> Self {
        Self::Text(value.clone())
    }
}

impl From<String> for Json {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<Vec<Json>> for Json {
    fn from(value: Vec<Json>) -> Self {
        Self::List(value)
    }
}

impl<T: Into<Json>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_come_twice_are_seen_in_small_objects_and_in_large_ones() {
        let check = |text: &str, expected: bool| {
            let document = serde_json::from_str(text).expect("JSON");
            assert_eq!(repeats(&document), expected, "{}", text.get(..80).unwrap_or(text));
        };
        check(r#"{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}"#, false);
        check(r#"{"a":1,"b":[{"c":2,"c":3}]}"#, true);
        check(r#"{"caf\u00e9":1,"café":2}"#, true);
        let many: Vec<String> = (0..100_000).map(|number| format!("\"{number}\":0")).collect();
        check(&format!("{{{}}}", many.join(",")), false);
        check(&format!("{{{},\"7\":0}}", many.join(",")), true);
    }
}
