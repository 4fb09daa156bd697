//! A TOML document in which every key and value knows its place.

use std::ops::Range;
use std::sync::Arc;

use indexmap::IndexMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::lines::Lines;
use super::{Diagnostic, DiagnosticKind, Diagnostics};

/// A parsed TOML file with its name and text.
#[derive(Clone, Debug)]
pub struct Document {
    file: Arc<str>,
    text: Arc<str>,
    root: Node,
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Bytes of the text. Of a table with a header: the header.
    pub span: Range<usize>,
    /// The value.
    pub value: NodeValue,
}

/// A TOML value.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeValue {
    /// Text.
    String(String),
    /// A whole number; `None` when it is beyond 128 bits.
    Integer(Option<i128>),
    /// Another number.
    Float(f64),
    /// True or false.
    Boolean(bool),
    /// A date or a time.
    Datetime,
    /// A list.
    Array(Vec<Node>),
    /// A table by its keys, unquoted, in the order of the file.
    Table(IndexMap<String, Entry>),
}

/// One key of a table with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Bytes of the key.
    pub key_span: Range<usize>,
    /// The value.
    pub value: Node,
}

impl Document {
    /// Parses TOML text; `file` is the name to show. Fails with every syntax error, at most one per line.
    pub fn parse(file: &str, text: &str) -> Result<Self, Diagnostics> {
        Self::parse_once(file, text).map(|(document, _)| document)
    }

    /// The same, with what the parser made of the text: a value is read from that, and not from the text again.
    pub(super) fn parse_once<'t>(file: &str, text: &'t str) -> Result<(Self, Spanned<DeTable<'t>>), Diagnostics> {
        let (parsed, errors) = DeTable::parse_recoverable(text);
        let mut diagnostics = Diagnostics::new(file, text);
        let lines = Lines::of(text);
        let mut last_line = None;
        for error in &errors {
            let diagnostic = syntax_diagnostic(error, text);
            let line = lines.line_of(diagnostic.primary.span.start);
            // What follows on the same line is as a rule the same mistake again.
            if last_line.replace(line) != Some(line) {
                diagnostics.push(diagnostic);
            }
        }
        let root = Node { span: parsed.span(), value: table(parsed.get_ref()) };
        diagnostics.finish((Self { file: file.into(), text: text.into(), root }, parsed))
    }

    /// No mistakes yet about this document.
    pub fn diagnostics(&self) -> Diagnostics {
        Diagnostics::new(Arc::clone(&self.file), Arc::clone(&self.text))
    }

    /// The name that was given.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The text that was parsed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The top-level table.
    pub fn root(&self) -> &Node {
        &self.root
    }

    /// The place of a top-level key; see [`Place::key`].
    pub fn key<'a>(&'a self, name: &str) -> Place<'a> {
        Place { node: &self.root, key_span: None, found: true }.key(name)
    }
}

/// A place in a document, found by walking from the top: `document.key("step").item(2).key("chat")`.
///
/// Where the way ends early, because a key has a default and is not written, the place is the last that exists.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    node: &'a Node,
    key_span: Option<&'a Range<usize>>,
    found: bool,
}

impl<'a> Place<'a> {
    /// The value of a key of the table here.
    #[must_use]
    pub fn key(self, name: &str) -> Self {
        match &self.node.value {
            NodeValue::Table(entries) if self.found => match entries.get(name) {
                Some(entry) => Self { node: &entry.value, key_span: Some(&entry.key_span), found: true },
                None => Self { found: false, ..self },
            },
            _ => Self { found: false, ..self },
        }
    }

    /// An item of the list here, counted from 0.
    #[must_use]
    pub fn item(self, index: usize) -> Self {
        match &self.node.value {
            NodeValue::Array(items) if self.found && index < items.len() => {
                Self { node: &items[index], key_span: None, found: true }
            }
            _ => Self { found: false, ..self },
        }
    }

    /// Whether the whole way exists in the file.
    pub fn is_written(self) -> bool {
        self.found
    }

    /// Bytes of the value.
    pub fn span(self) -> Range<usize> {
        self.node.span.clone()
    }

    /// Bytes of the key; of the value, where there is no key.
    pub fn key_span(self) -> Range<usize> {
        self.key_span.unwrap_or(&self.node.span).clone()
    }

    /// The value.
    pub fn node(self) -> &'a Node {
        self.node
    }
}

fn syntax_diagnostic(error: &toml::de::Error, text: &str) -> Diagnostic {
    let span = error.span().unwrap_or(text.len()..text.len());
    if error.message().starts_with("duplicate key") {
        let message = match text.get(span.clone()) {
            Some(key) => format!("key `{key}` stands twice in one table"),
            None => "a key stands twice in one table".to_owned(),
        };
        return Diagnostic::new(DiagnosticKind::DuplicateKey, message, span, "the second time")
            .with_help("keep one of the two; a list of tables is written with `[[…]]`");
    }
    Diagnostic::new(DiagnosticKind::Syntax, "this is not TOML", span, error.message())
}

fn table(entries: &DeTable<'_>) -> NodeValue {
    let entries = entries
        .iter()
        .map(|(key, value)| (key.get_ref().clone().into_owned(), Entry { key_span: key.span(), value: node(value) }));
    NodeValue::Table(entries.collect())
}

fn node(value: &Spanned<DeValue<'_>>) -> Node {
    let converted = match value.get_ref() {
        DeValue::String(text) => NodeValue::String(text.clone().into_owned()),
        DeValue::Integer(number) => NodeValue::Integer(i128::from_str_radix(number.as_str(), number.radix()).ok()),
        DeValue::Float(number) => NodeValue::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(truth) => NodeValue::Boolean(*truth),
        DeValue::Datetime(_) => NodeValue::Datetime,
        DeValue::Array(items) => NodeValue::Array(items.iter().map(node).collect()),
        DeValue::Table(entries) => table(entries),
    };
    Node { span: value.span(), value: converted }
}
