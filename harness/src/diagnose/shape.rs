//! Whether a document has the shape of a Rust type, told by the type's JSON Schema.
//!
//! serde stops at the first mistake and often says only that nothing fitted. This walk reports all of them. It reads
//! the part of JSON Schema that schemars writes for our types: objects, maps, lists, words, numbers, options.

use std::collections::HashSet;

use indexmap::IndexMap;
use serde_json::Value;

use super::{Diagnostic, DiagnosticKind, Diagnostics, Document, Entry, Node, NodeValue, one_line, quoted_list};

/// Reports everything in the document that the schema does not allow.
pub(super) fn check_shape(document: &Document, schema: &Value, found: &mut Diagnostics) {
    Shape { definitions: &schema["$defs"], found }.check(document.root(), schema, &Path::Top);
}

/// Keys from the top, without the positions in lists: as a TOML header names the place.
#[derive(Clone, Copy)]
enum Path<'p> {
    Top,
    Key { above: &'p Path<'p>, key: &'p str },
}

impl Path<'_> {
    /// The last key, to name a value.
    fn last(&self) -> &str {
        match self {
            Self::Top => "the file",
            Self::Key { key, .. } => key,
        }
    }

    /// The place, to name a table.
    fn place(&self) -> String {
        match self {
            Self::Top => "at the top of the file".to_owned(),
            Self::Key { .. } => format!("in `{}`", self.joined()),
        }
    }

    fn joined(&self) -> String {
        match self {
            Self::Top => String::new(),
            Self::Key { above: Self::Top, key } => (*key).to_owned(),
            Self::Key { above, key } => format!("{}.{key}", above.joined()),
        }
    }
}

struct Shape<'a> {
    definitions: &'a Value,
    found: &'a mut Diagnostics,
}

impl<'a> Shape<'a> {
    fn check(&mut self, node: &Node, schema: &'a Value, path: &Path<'_>) {
        let described = schema["description"].as_str();
        let schema = self.resolve(schema);
        if let Some(words) = words(schema) {
            self.check_word(node, &words, path);
            return;
        }
        let wanted = wanted_type(schema);
        let value = Described { node, path, description: described.or_else(|| schema["description"].as_str()) };
        match (&node.value, wanted) {
            (NodeValue::Table(entries), Some("object") | None) => self.check_table(node, entries, schema, path),
            (NodeValue::Array(items), Some("array") | None) => {
                let item_schema = schema.get("items").unwrap_or(&Value::Null);
                for item in items {
                    self.check(item, item_schema, path);
                }
            }
            (NodeValue::Integer(number), Some("integer" | "number") | None) => {
                self.check_range(value, *number, schema);
            }
            (NodeValue::Float(number), Some("number") | None) => {
                if !number.is_finite() {
                    self.out_of_range(value, "must be a finite number");
                }
            }
            (NodeValue::String(_), Some("string") | None) | (NodeValue::Boolean(_), Some("boolean") | None) => {}
            _ => self.wrong_type(value, schema),
        }
    }

    /// Follows references and takes the branch of an option that is not `null`: TOML has no null.
    fn resolve(&self, mut schema: &'a Value) -> &'a Value {
        loop {
            if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/$defs/")) {
                schema = &self.definitions[name];
            } else if let Some(branch) =
                schema["anyOf"].as_array().and_then(|branches| branches.iter().find(|branch| branch["type"] != "null"))
            {
                schema = branch;
            } else {
                return schema;
            }
        }
    }

    fn check_table(&mut self, node: &Node, entries: &IndexMap<String, Entry>, schema: &'a Value, path: &Path<'_>) {
        let properties = schema["properties"].as_object();
        let keys = || properties.into_iter().flatten().map(|(key, _)| key.as_str());
        let rest = schema.get("additionalProperties");
        let unknown = (rest == Some(&Value::Bool(false))).then(|| UnknownKeys::of(keys(), entries));
        let mut misspelt = HashSet::new();
        for (key, entry) in entries {
            let inner = Path::Key { above: path, key };
            if let Some(property) = properties.and_then(|properties| properties.get(key)) {
                self.check(&entry.value, property, &inner);
            } else if let Some(unknown) = &unknown {
                misspelt.extend(self.unknown_key(key, entry, unknown, path));
            } else {
                self.check(&entry.value, rest.unwrap_or(&Value::Null), &inner);
            }
        }
        for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            // A required key that is only misspelt has been reported as that.
            if !entries.contains_key(key) && !misspelt.contains(key) {
                self.missing_key(node, key, &schema["properties"][key], path);
            }
        }
    }

    /// Reports an unknown key and gives the key that was probably meant.
    fn unknown_key(&mut self, key: &str, entry: &Entry, unknown: &UnknownKeys<'a>, path: &Path<'_>) -> Option<&'a str> {
        let meant = self.found.meant(key, &unknown.unwritten);
        let label = match meant {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "no such key".to_owned(),
        };
        let message = format!("unknown key `{key}` {}", path.place());
        let span = entry.key_span.clone();
        self.found
            .push(Diagnostic::new(DiagnosticKind::UnknownKey, message, span, label).with_help(unknown.help.as_str()));
        meant
    }

    fn missing_key(&mut self, node: &Node, key: &str, property: &'a Value, path: &Path<'_>) {
        let message = format!("missing key `{key}` {}", path.place());
        // The top-level table spans the whole file; its first line is enough to show.
        let span = if matches!(path, Path::Top) { 0..0 } else { node.span.clone() };
        let mut diagnostic = Diagnostic::new(DiagnosticKind::MissingKey, message, span, format!("needs `{key}`"));
        if let Some(description) = property["description"].as_str() {
            diagnostic = diagnostic.with_help(format!("`{key}`: {}", one_line(description)));
        }
        self.found.push(diagnostic);
    }

    fn check_word(&mut self, node: &Node, words: &[&str], path: &Path<'_>) {
        let NodeValue::String(word) = &node.value else {
            let help = format!("write one of {}", quoted_list(words.iter().copied(), "or"));
            let message = format!("`{}` must be a word, not {}", path.last(), described(&node.value));
            let label = described(&node.value);
            let span = node.span.clone();
            self.found.push(Diagnostic::new(DiagnosticKind::WrongType, message, span, label).with_help(help));
            return;
        };
        if words.contains(&word.as_str()) {
            return;
        }
        let label = match self.found.meant(word, words) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "not one of the allowed words".to_owned(),
        };
        let message = format!("`{word}` is no value of `{}`", path.last());
        let help = format!("write one of {}", quoted_list(words.iter().copied(), "or"));
        let span = node.span.clone();
        self.found.push(Diagnostic::new(DiagnosticKind::UnknownValue, message, span, label).with_help(help));
    }

    fn check_range(&mut self, value: Described<'_>, number: Option<i128>, schema: &Value) {
        let (lowest, highest) = match schema["format"].as_str() {
            Some("uint8") => (0, i128::from(u8::MAX)),
            Some("uint16") => (0, i128::from(u16::MAX)),
            Some("uint32") => (0, i128::from(u32::MAX)),
            Some("int32") => (i128::from(i32::MIN), i128::from(i32::MAX)),
            // TOML promises 64 signed bits and no more.
            Some("uint64" | "uint") => (0, i128::from(i64::MAX)),
            _ => (i128::from(i64::MIN), i128::from(i64::MAX)),
        };
        let lowest = schema["minimum"].as_i64().map_or(lowest, |minimum| lowest.max(i128::from(minimum)));
        let highest = schema["maximum"].as_i64().map_or(highest, |maximum| highest.min(i128::from(maximum)));
        match number {
            Some(number) if number < lowest => self.out_of_range(value, &format!("must be at least {lowest}")),
            Some(number) if number <= highest => {}
            _ => self.out_of_range(value, &format!("must be from {lowest} to {highest}")),
        }
    }

    fn out_of_range(&mut self, value: Described<'_>, rule: &str) {
        let message = format!("`{}` is out of range", value.path.last());
        self.found.push(value.diagnostic(DiagnosticKind::OutOfRange, message, rule));
    }

    fn wrong_type(&mut self, value: Described<'_>, schema: &Value) {
        let wanted = match wanted_type(schema) {
            Some("string") => "text",
            Some("integer") => "a whole number",
            Some("number") => "a number",
            Some("boolean") => "`true` or `false`",
            Some("array") => "a list",
            Some("object") => "a table",
            _ => "a value that JSON has",
        };
        let actual = described(&value.node.value);
        let name = value.path.last();
        let message = format!("`{name}` must be {wanted}, not {actual}");
        let mut diagnostic = value.diagnostic(DiagnosticKind::WrongType, message, actual);
        // The commonest slip: `[step]` where there may be many.
        if wanted == "a list" && matches!(value.node.value, NodeValue::Table(_)) {
            diagnostic = diagnostic.with_help(format!("write `[[{name}]]`: there may be many"));
        }
        self.found.push(diagnostic);
    }
}

/// What is said of each key that a table may not have.
struct UnknownKeys<'a> {
    unwritten: Vec<&'a str>,
    help: String,
}

impl<'a> UnknownKeys<'a> {
    fn of(keys: impl Iterator<Item = &'a str> + Clone, entries: &IndexMap<String, Entry>) -> Self {
        let all: Vec<&str> = keys.clone().collect();
        let help = match all.as_slice() {
            [only] => format!("the only key here is `{only}`"),
            _ => format!("the keys here are {}", quoted_list(keys.clone(), "and")),
        };
        Self { unwritten: keys.filter(|key| !entries.contains_key(*key)).collect(), help }
    }
}

/// A value with its path and what its type says about it.
#[derive(Clone, Copy)]
struct Described<'v> {
    node: &'v Node,
    path: &'v Path<'v>,
    description: Option<&'v str>,
}

impl Described<'_> {
    fn diagnostic(self, kind: DiagnosticKind, message: String, label: &str) -> Diagnostic {
        let diagnostic = Diagnostic::new(kind, message, self.node.span.clone(), label);
        match self.description {
            Some(description) => diagnostic.with_help(format!("`{}`: {}", self.path.last(), one_line(description))),
            None => diagnostic,
        }
    }
}

/// The words of an enum, `None` for any other schema.
fn words(schema: &Value) -> Option<Vec<&str>> {
    if let Some(values) = schema["enum"].as_array() {
        return values.iter().map(Value::as_str).collect();
    }
    if let Some(word) = schema["const"].as_str() {
        return Some(vec![word]);
    }
    // schemars writes documented variants as `const` each, and undocumented ones together as `enum`.
    let branches: Vec<Vec<&str>> = schema["oneOf"].as_array()?.iter().map(words).collect::<Option<_>>()?;
    Some(branches.concat())
}

/// The one type a schema wants apart from `null`; `None` when any will do.
fn wanted_type(schema: &Value) -> Option<&str> {
    match &schema["type"] {
        Value::String(name) => Some(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        _ => None,
    }
}

fn described(value: &NodeValue) -> &'static str {
    match value {
        NodeValue::String(_) => "text",
        NodeValue::Integer(_) => "a whole number",
        NodeValue::Float(_) => "a number with a fraction",
        NodeValue::Boolean(_) => "a boolean",
        NodeValue::Datetime => "a date or time",
        NodeValue::Array(_) => "a list",
        NodeValue::Table(_) => "a table",
    }
}
