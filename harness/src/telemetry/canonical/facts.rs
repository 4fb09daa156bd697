//! The grammar of one fact: names, paths and values.

use super::document::{DocumentAttributes, DocumentValue, Double};
use super::placeholder::{Placeholder, PlaceholderKind};
use super::text::{QuoteError, Text, read_quoted};

/// Words that name a field. An attribute of the same name is quoted.
const FIELDS: [&str; 18] = [
    "id",
    "kind",
    "status",
    "parent",
    "trace",
    "scope",
    "schema_url",
    "scope_attributes",
    "span",
    "severity",
    "body",
    "instrument",
    "unit",
    "count",
    "sum",
    "bounds",
    "buckets",
    "value",
];

/// Whether an attribute, scope or section name stands without quotes.
pub(super) fn is_bare_name(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-/$@".contains(&byte))
        && !FIELDS.contains(&name)
}

/// Whether a key of a map stands without quotes in a path.
pub(super) fn is_bare_key(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(is_key_byte)
}

fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-/$@".contains(&byte)
}

/// Why a fact cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FactError {
    /// A quoted text is not closed.
    #[error("a quoted text has no closing quote")]
    OpenQuote,
    /// An escape that does not exist.
    #[error("an escape in a quoted text is none of \\\" \\\\ \\n \\r \\t \\uXXXX")]
    Escape,
    /// A placeholder inside a name.
    #[error("a name cannot hold a placeholder")]
    PlaceholderInName,
    /// A value that is no value.
    #[error(
        "`{0}` is no value: expected a quoted text, a number, true, false, null, hex\"…\", a placeholder, […] or {{}}"
    )]
    Value(String),
    /// Something after a value.
    #[error("there is `{0}` after the value")]
    Trailing(String),
    /// A path that is no path.
    #[error("`{0}` is no path such as `[0].parts[1].\"a key\"`")]
    Path(String),
    /// A path that does not fit the ones before.
    #[error(
        "the path `{0}` does not fit the lines before: said twice, an index left out, or a value that holds others"
    )]
    Conflict(String),
}

impl From<QuoteError> for FactError {
    fn from(error: QuoteError) -> Self {
        match error {
            QuoteError::Missing | QuoteError::Open => Self::OpenQuote,
            QuoteError::Escape => Self::Escape,
        }
    }
}

/// Reads a quoted name; gives it and what follows.
pub(super) fn read_name(input: &str) -> Result<(String, &str), FactError> {
    let (text, rest) = read_quoted(input)?;
    let name = text.as_literal().ok_or(FactError::PlaceholderInName)?;
    Ok((name.to_owned(), rest))
}

/// Reads a value that takes the whole input.
pub(super) fn read_value(input: &str) -> Result<DocumentValue, FactError> {
    let (value, rest) = match input.strip_prefix('[') {
        Some(items) => read_items(items)?,
        None => read_scalar(input)?,
    };
    if rest.is_empty() { Ok(value) } else { Err(FactError::Trailing(rest.to_owned())) }
}

fn read_items(mut input: &str) -> Result<(DocumentValue, &str), FactError> {
    let mut items = Vec::new();
    if let Some(rest) = input.strip_prefix(']') {
        return Ok((DocumentValue::Array(items), rest));
    }
    loop {
        let (item, rest) = read_scalar(input)?;
        items.push(item);
        if let Some(rest) = rest.strip_prefix(']') {
            return Ok((DocumentValue::Array(items), rest));
        }
        input = rest.strip_prefix(", ").ok_or_else(|| FactError::Value(rest.to_owned()))?;
    }
}

fn read_scalar(input: &str) -> Result<(DocumentValue, &str), FactError> {
    if input.starts_with('"') {
        let (text, rest) = read_quoted(input)?;
        return Ok((DocumentValue::Text(text), rest));
    }
    let unknown = || FactError::Value(input.to_owned());
    if let Some(inner) = input.strip_prefix('<') {
        let (words, rest) = inner.split_once('>').ok_or_else(unknown)?;
        return Ok((read_placeholder(words).ok_or_else(unknown)?, rest));
    }
    if let Some(digits) = input.strip_prefix("hex\"") {
        let (digits, rest) = digits.split_once('"').ok_or_else(unknown)?;
        return Ok((DocumentValue::Bytes(read_hex(digits).ok_or_else(unknown)?), rest));
    }
    if let Some(rest) = input.strip_prefix("{}") {
        return Ok((DocumentValue::Map(DocumentAttributes::new()), rest));
    }
    let (word, rest) = input.split_at(input.find([',', ']']).unwrap_or(input.len()));
    let value = match word {
        "true" => DocumentValue::Bool(true),
        "false" => DocumentValue::Bool(false),
        "null" => DocumentValue::Empty,
        _ => read_number(word).ok_or_else(unknown)?,
    };
    Ok((value, rest))
}

fn read_placeholder(words: &str) -> Option<DocumentValue> {
    if let Some(words) = words.strip_suffix(" int") {
        Placeholder::from_words(words).map(DocumentValue::IntPlaceholder)
    } else if let Some(words) = words.strip_suffix(" double") {
        Placeholder::from_words(words).map(DocumentValue::DoublePlaceholder)
    } else {
        Placeholder::from_words(words).map(|placeholder| DocumentValue::Text(Text::placeholder(placeholder)))
    }
}

/// Reads the number of a `<span 1>` or `<trace 1>`.
pub(super) fn read_label(input: &str, kind: PlaceholderKind) -> Option<u32> {
    let (placeholder, length) = Placeholder::from_start(input)?;
    (length == input.len() && placeholder.kind() == kind).then(|| placeholder.number())?
}

fn read_number(word: &str) -> Option<DocumentValue> {
    if let Ok(int) = word.parse::<i64>() {
        return Some(DocumentValue::Int(int));
    }
    // An integer that is too long is a mistake, not a double.
    let is_double = matches!(word, "NaN" | "inf" | "-inf") || word.contains(['.', 'e']);
    is_double.then(|| word.parse().ok().map(|number| DocumentValue::Double(Double(number))))?
}

fn read_hex(digits: &str) -> Option<Vec<u8>> {
    let nibble = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = digits.as_bytes().chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    pairs.map(|pair| Some(nibble(pair[0])? << 4 | nibble(pair[1])?)).collect()
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Segment {
    /// Of a map.
    Key(String),
    /// Of an array.
    Index(usize),
}

/// Reads a path; gives it and what follows, which begins with a space.
pub(super) fn read_path(input: &str) -> Result<(Vec<Segment>, &str), FactError> {
    let wrong = || FactError::Path(input.to_owned());
    let mut segments = Vec::new();
    let mut rest = input;
    loop {
        if let Some(index) = rest.strip_prefix('[') {
            let (digits, after) = index.split_once(']').ok_or_else(wrong)?;
            segments.push(Segment::Index(digits.parse().map_err(|_| wrong())?));
            rest = after;
        } else {
            let key = if segments.is_empty() { rest } else { rest.strip_prefix('.').ok_or_else(wrong)? };
            if key.starts_with('"') {
                let (key, after) = read_name(key)?;
                segments.push(Segment::Key(key));
                rest = after;
            } else {
                let length = key.bytes().position(|byte| !is_key_byte(byte)).unwrap_or(key.len());
                if length == 0 {
                    return Err(wrong());
                }
                segments.push(Segment::Key(key[..length].to_owned()));
                rest = &key[length..];
            }
        }
        if rest.is_empty() || rest.starts_with(' ') {
            return Ok((segments, rest));
        }
    }
}

/// Puts a value at its path. `None` when the path does not fit what is there.
pub(super) fn insert(slot: &mut Option<DocumentValue>, path: &[Segment], value: DocumentValue) -> Option<()> {
    let Some((segment, path)) = path.split_first() else {
        return slot.replace(value).is_none().then_some(());
    };
    match segment {
        Segment::Key(key) => {
            let DocumentValue::Map(map) = slot.get_or_insert_with(|| DocumentValue::Map(DocumentAttributes::new()))
            else {
                return None;
            };
            let mut inner = map.remove(key);
            insert(&mut inner, path, value)?;
            map.insert(key.clone(), inner?);
        }
        Segment::Index(index) => {
            let DocumentValue::Array(values) = slot.get_or_insert_with(|| DocumentValue::Array(Vec::new())) else {
                return None;
            };
            let mut inner = if *index + 1 == values.len() { values.pop() } else { None };
            if *index != values.len() {
                return None;
            }
            insert(&mut inner, path, value)?;
            values.push(inner?);
        }
    }
    Some(())
}
