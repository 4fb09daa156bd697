//! Naming families other than OpenTelemetry's: their own rules, and what their names are in OpenTelemetry.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// A naming family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FamilyName {
    /// OpenInference.
    OpenInference,
    /// OpenLLMetry, also called Traceloop.
    OpenLlmetry,
}

impl FamilyName {
    /// The name, as people say it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpenInference => "OpenInference",
            Self::OpenLlmetry => "OpenLLMetry",
        }
    }
}

/// How a family's attribute relates to OpenTelemetry.
#[derive(Clone, Debug, PartialEq)]
pub enum Counterpart {
    /// The same meaning under this name.
    Same(String),
    /// It can be made from the value, with these values where they are listed.
    Transformed(String, BTreeMap<String, Value>),
    /// It can be computed from others.
    Computed,
    /// There is none.
    None,
}

/// One naming family.
#[derive(Clone, Debug)]
pub struct Family {
    /// Which.
    pub name: FamilyName,
    /// The package and repository it was read from.
    pub source: String,
    /// Attributes and their types, where the family states them.
    pub attributes: BTreeMap<String, Option<String>>,
    /// Values of enums.
    pub enums: BTreeMap<String, Vec<String>>,
    /// Required attributes by the value of the family's kind; `*` is every span.
    pub required: BTreeMap<String, Vec<String>>,
    /// Attributes that do not belong on a span of this kind.
    pub not_used: BTreeMap<String, Vec<String>>,
    /// The OpenTelemetry span kind of its spans.
    pub span_kind: Option<String>,
    /// Span names of its OpenAI instrumentation, by operation.
    pub span_names: BTreeMap<String, String>,
    /// What a name is in OpenTelemetry. Names may have `<n>`, `*` and `{a,b}` in them.
    pub to_otel: BTreeMap<String, Counterpart>,
    /// Those of its names that are patterns.
    patterns: Vec<String>,
}

#[derive(Deserialize)]
struct RawFamilies {
    openinference: RawFamily,
    traceloop: RawFamily,
}

#[derive(Deserialize)]
struct RawFamily {
    source: RawFamilySource,
    attributes: RawNames,
    #[serde(default)]
    span_kinds: Vec<String>,
    #[serde(default)]
    enums: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    required: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    not_used: BTreeMap<String, Vec<String>>,
    otel_span_kind: Option<String>,
    #[serde(default)]
    span_names: BTreeMap<String, String>,
    to_otel: BTreeMap<String, Vec<Value>>,
}

#[derive(Deserialize)]
struct RawFamilySource {
    repo: String,
    commit: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawNames {
    Typed(BTreeMap<String, String>),
    Listed(Vec<String>),
}

/// The attribute that says what an OpenInference span is.
pub const OPENINFERENCE_KIND: &str = "openinference.span.kind";

impl Family {
    /// Reads `other-conventions.json`.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, serde_json::Error> {
        let raw: RawFamilies = serde_json::from_str(text)?;
        Ok(vec![
            Self::from_raw(FamilyName::OpenInference, raw.openinference),
            Self::from_raw(FamilyName::OpenLlmetry, raw.traceloop),
        ])
    }

    fn from_raw(name: FamilyName, raw: RawFamily) -> Self {
        let mut enums = raw.enums;
        if !raw.span_kinds.is_empty() {
            enums.insert(OPENINFERENCE_KIND.to_owned(), raw.span_kinds);
        }
        let attributes = match raw.attributes {
            RawNames::Typed(typed) => typed.into_iter().map(|(name, kind)| (name, Some(kind))).collect(),
            RawNames::Listed(names) => names.into_iter().map(|name| (name, None)).collect(),
        };
        let is_pattern = |name: &&String| name.contains(['<', '*', '{']);
        Self {
            name,
            patterns: raw.to_otel.keys().filter(is_pattern).cloned().collect(),
            source: format!("{}@{}", raw.source.repo, raw.source.commit.get(..12).unwrap_or_default()),
            attributes,
            enums,
            required: raw.required,
            not_used: raw.not_used,
            span_kind: raw.otel_span_kind,
            span_names: raw.span_names,
            to_otel: raw.to_otel.into_iter().map(|(name, row)| (name, counterpart(&row))).collect(),
        }
    }

    /// The family's own name for an attribute with numbers in it: `llm.input_messages.0.message.role` is a
    /// `message.role`, and one with numbers may also be listed as a pattern.
    pub fn known_as<'n>(&self, name: &'n str) -> Option<(&'n str, Option<&str>)> {
        let pieces = unflattened(name);
        let (last, lists) = pieces.split_last()?;
        let are_lists = lists.iter().all(|piece| self.attributes.contains_key(*piece));
        match self.attributes.get(*last) {
            Some(kind) if are_lists => Some((last, kind.as_deref())),
            _ => (self.to_otel.contains_key(name) || self.pattern(name).is_some()).then_some((name, None)),
        }
    }

    fn pattern(&self, name: &str) -> Option<&str> {
        self.patterns.iter().map(String::as_str).find(|pattern| matches(pattern, name))
    }

    /// What an attribute is in OpenTelemetry; nothing when the family does not know it either.
    pub fn counterpart(&self, name: &str) -> Option<&Counterpart> {
        if let Some(counterpart) = self.to_otel.get(name) {
            return Some(counterpart);
        }
        if let Some(pattern) = self.pattern(name) {
            return self.to_otel.get(pattern);
        }
        self.known_as(name)?;
        // An element of a list goes where the list goes.
        let list = unflattened(name)[0];
        Some(self.to_otel.get(list).unwrap_or(&Counterpart::None))
    }
}

fn counterpart(row: &[Value]) -> Counterpart {
    let target = row.get(1).and_then(Value::as_str).map(ToOwned::to_owned);
    let values = row.get(2).and_then(Value::as_object);
    let values = || values.into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())).collect();
    match (row.first().and_then(Value::as_str), target) {
        (Some("="), Some(target)) => Counterpart::Same(target),
        (Some("~"), Some(target)) => Counterpart::Transformed(target, values()),
        (Some("derived"), _) => Counterpart::Computed,
        _ => Counterpart::None,
    }
}

/// `llm.input_messages.0.message.role` → `llm.input_messages`, `message.role`.
fn unflattened(name: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut place = 0;
    for word in name.split('.') {
        let end = place + word.len();
        if !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit()) && place > start {
            pieces.push(&name[start..place - 1]);
            start = (end + 1).min(name.len());
        }
        place = end + 1;
    }
    if start < name.len() {
        pieces.push(&name[start..]);
    }
    pieces
}

/// Whether a name fits a pattern of dotted words: `<n>` is a number, a last `*` is anything, `{a,b}` one of the words.
fn matches(pattern: &str, name: &str) -> bool {
    let mut words = name.split('.');
    let mut parts = pattern.split('.').peekable();
    while let Some(part) = parts.next() {
        let Some(word) = words.next() else { return false };
        let fits = match part {
            "*" if parts.peek().is_none() => return true,
            "*" => true,
            part if part.starts_with('<') => !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit()),
            part => match part.strip_prefix('{').and_then(|list| list.strip_suffix('}')) {
                Some(list) => list.split(',').any(|choice| choice == word),
                None => part == word,
            },
        };
        if !fits {
            return false;
        }
    }
    words.next().is_none()
}

/// A name with its numbers as `<n>`, so that elements of lists are one subject.
pub fn without_numbers(name: &str) -> String {
    let word = |word: &str| {
        let is_number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { "<n>".to_owned() } else { word.to_owned() }
    };
    name.split('.').map(word).collect::<Vec<_>>().join(".")
}
