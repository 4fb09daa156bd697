//! Naming families other than OpenTelemetry's: their own rules, and what their names are in OpenTelemetry.

use std::collections::BTreeMap;

use crate::convention::{Counterpart, Vocabulary, vocabularies};

/// The place of a family in [`super::Registry::families`]. Families whose spans have a mark of their own come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct FamilyId(pub usize);

/// One naming family.
#[derive(Clone, Debug)]
pub struct Family {
    /// Its name, as people say it.
    pub title: String,
    /// Its names and rules.
    pub vocabulary: Vocabulary,
    /// The repository and commit that they were read from.
    pub source: String,
    /// Those of its names that are patterns.
    patterns: Vec<String>,
}

static NOTHING: Counterpart = Counterpart { same: None, like: None, values: BTreeMap::new(), computed: false };

impl Family {
    /// The built-in families that have a vocabulary.
    pub fn read_all() -> Result<Vec<Self>, toml::de::Error> {
        let mut families: Vec<Self> =
            vocabularies()?.into_iter().map(|(title, vocabulary)| Self::new(title, vocabulary)).collect();
        families.sort_by_key(|family| family.vocabulary.mark.is_none());
        Ok(families)
    }

    fn new(title: String, vocabulary: Vocabulary) -> Self {
        let is_pattern = |name: &&String| name.contains(['<', '*', '{']);
        let patterns = vocabulary.otel.keys().filter(is_pattern).cloned().collect();
        let source = &vocabulary.source;
        let source = format!("{}@{}", source.repository, source.commit.get(..12).unwrap_or(&source.commit));
        Self { title, vocabulary, source, patterns }
    }

    /// The family's own name for an attribute with numbers in it: `llm.input_messages.0.message.role` is a
    /// `message.role`, and one with numbers may also be listed as a pattern.
    pub fn known_as<'n>(&self, name: &'n str) -> Option<(&'n str, Option<&str>)> {
        let pieces = unflattened(name);
        let (last, lists) = pieces.split_last()?;
        let are_lists = lists.iter().all(|piece| self.vocabulary.attributes.contains_key(*piece));
        match self.vocabulary.attributes.get(*last) {
            Some(kind) if are_lists => Some((last, Some(kind))),
            _ => (self.vocabulary.otel.contains_key(name) || self.pattern(name).is_some()).then_some((name, None)),
        }
    }

    fn pattern(&self, name: &str) -> Option<&str> {
        self.patterns.iter().map(String::as_str).find(|pattern| matches(pattern, name))
    }

    /// What an attribute is in OpenTelemetry; nothing when the family does not know it either.
    pub fn counterpart(&self, name: &str) -> Option<&Counterpart> {
        if let Some(counterpart) = self.vocabulary.otel.get(name) {
            return Some(counterpart);
        }
        if let Some(pattern) = self.pattern(name) {
            return self.vocabulary.otel.get(pattern);
        }
        self.known_as(name)?;
        // An element of a list goes where the list goes.
        let list = unflattened(name)[0];
        Some(self.vocabulary.otel.get(list).unwrap_or(&NOTHING))
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
pub(crate) fn without_numbers(name: &str) -> String {
    let word = |word: &str| {
        let is_number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { "<n>".to_owned() } else { word.to_owned() }
    };
    name.split('.').map(word).collect::<Vec<_>>().join(".")
}
