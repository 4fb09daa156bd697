//! Attributes of the registry.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Rows;
use crate::diagnose::{from_word, words};
use crate::semconv::ReleaseSet;

/// The type of a value, in the registry's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ValueType {
    /// `string`
    #[serde(rename = "string")]
    String,
    /// `int`
    #[serde(rename = "int")]
    Int,
    /// `double`
    #[serde(rename = "double")]
    Double,
    /// `boolean`
    #[serde(rename = "boolean")]
    Boolean,
    /// `any`
    #[serde(rename = "any")]
    Any,
    /// `string[]`
    #[serde(rename = "string[]")]
    Strings,
    /// `int[]`
    #[serde(rename = "int[]")]
    Ints,
    /// `double[]`
    #[serde(rename = "double[]")]
    Doubles,
    /// `boolean[]`
    #[serde(rename = "boolean[]")]
    Booleans,
}

words!(ValueType);

impl ValueType {
    /// Reads the registry's word.
    pub fn parse(word: &str) -> Option<Self> {
        from_word(word)
    }

    /// Whether a value of this type may stand where `declared` is asked for: an int is fine for a double.
    pub fn fits(self, declared: Self) -> bool {
        self == declared
            || declared == Self::Any
            || matches!((self, declared), (Self::Int, Self::Double) | (Self::Ints, Self::Doubles))
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The declared type of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AttributeType {
    /// One of the value types.
    Plain(ValueType),
    /// A family of attributes that begin with this name.
    Template(ValueType),
    /// A closed or open list of strings.
    EnumOfStrings,
    /// A list of ints.
    EnumOfInts,
}

impl AttributeType {
    /// Reads the registry's words: `string[]`, `template[string]`, `enum[int]`.
    pub fn parse(text: &str) -> Option<Self> {
        let inside = |prefix: &str| text.strip_prefix(prefix)?.strip_suffix(']');
        if let Some(inner) = inside("template[") {
            return ValueType::parse(inner).map(Self::Template);
        }
        match inside("enum[") {
            Some("string") => Some(Self::EnumOfStrings),
            Some("int") => Some(Self::EnumOfInts),
            Some(_) => None,
            None => ValueType::parse(text).map(Self::Plain),
        }
    }

    /// Whether it is a template.
    pub fn is_template(self) -> bool {
        matches!(self, Self::Template(_))
    }

    /// Whether it is an enum.
    pub fn is_enum(self) -> bool {
        matches!(self, Self::EnumOfStrings | Self::EnumOfInts)
    }
}

impl fmt::Display for AttributeType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(value) => write!(formatter, "{value}"),
            Self::Template(value) => write!(formatter, "template[{value}]"),
            Self::EnumOfStrings => formatter.write_str("enum[string]"),
            Self::EnumOfInts => formatter.write_str("enum[int]"),
        }
    }
}

/// Why something is deprecated, and what came instead.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Deprecation {
    /// `renamed`, `obsoleted` or `uncategorized`.
    pub reason: String,
    /// The new name.
    pub renamed_to: Option<String>,
    /// The registry it moved to.
    pub moved_to: Option<String>,
    /// The release only has a sentence; reason and new name were read out of it.
    pub is_free_text: bool,
}

impl Deprecation {
    /// The reason as a resolver of the registry sees it: a sentence has no category.
    pub fn stated_reason(&self) -> &str {
        if self.is_free_text { "uncategorized" } else { &self.reason }
    }
}

impl fmt::Display for Deprecation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.renamed_to, &self.moved_to) {
            (Some(name), _) => write!(formatter, "{} to `{name}`", self.reason),
            (None, Some(registry)) => write!(formatter, "{}, moved to `{registry}`", self.reason),
            (None, None) => formatter.write_str(&self.reason),
        }
    }
}

/// What some releases say of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeRow {
    /// Its type.
    pub kind: AttributeType,
    /// Its stability, where one is stated.
    pub stability: Option<String>,
    /// Its deprecation.
    pub deprecated: Option<Deprecation>,
}

impl fmt::Display for AttributeRow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}, {}", self.kind, self.stability.as_deref().unwrap_or("stability not stated"))?;
        self.deprecated.iter().try_for_each(|deprecated| write!(formatter, ", deprecated: {deprecated}"))
    }
}

/// A member of an enum.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Member {
    /// Of an enum of strings.
    Text(String),
    /// Of an enum of ints.
    Int(i64),
}

/// One attribute name over all releases.
#[derive(Clone, Debug, Default)]
pub struct Attribute {
    /// A number below [`super::Registry::slots`], for presence tables.
    pub slot: usize,
    /// Type, stability and deprecation.
    pub rows: Rows<AttributeRow>,
    /// Members, of an enum.
    pub members: Rows<Vec<Member>>,
    /// Members that are deprecated, with the new value where there is one.
    pub deprecated_members: BTreeMap<String, Rows<Deprecation>>,
}

impl Attribute {
    /// Releases in which it is an attribute of its own, and no template.
    pub fn known(&self) -> ReleaseSet {
        self.rows
            .iter()
            .filter(|(_, row)| !row.kind.is_template())
            .fold(ReleaseSet::EMPTY, |all, (releases, _)| all.or(releases))
    }

    /// Releases in which it is a template.
    pub fn template(&self) -> ReleaseSet {
        self.rows.releases().minus(self.known())
    }
}
