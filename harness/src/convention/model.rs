//! A naming family, checked.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Concept, JsonPath, MetricTable, Release, Template, Vocabulary};
use crate::diagnose::words;

/// How one naming family spells each concept. The default, which no file can be, spells none.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Convention {
    /// The family's name, as people say it.
    pub title: String,
    /// Other names that people type for it, beside that of the file.
    pub aliases: Vec<String>,
    /// Where the convention is written down.
    pub homepage: Option<String>,
    /// The release that is meant where none is named.
    pub newest: Option<Release>,
    /// Every concept, with its spellings or the reason why there is none.
    pub concept: IndexMap<Concept, Spellings>,
    /// The metrics that the family has for each call.
    pub metric: IndexMap<MetricRole, MetricTable>,
    /// The family's own names and rules.
    pub vocabulary: Option<Vocabulary>,
}

/// How a family spells one concept: with one of these, or not at all.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Spellings {
    /// Spellings; the first that a span has is read.
    pub spelling: Vec<Spelling>,
    /// Why the family has no place for it.
    pub absent: Option<String>,
}

/// One place where a concept's value can stand. The fields are those of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Spelling {
    /// A span attribute. Exactly one of `attribute` and `event`.
    pub attribute: Option<Template>,
    /// The name of a span event or log record.
    pub event: Option<String>,
    /// Where in its JSON the value stands.
    pub path: Option<JsonPath>,
    /// Another attribute that must have a value.
    pub when: Option<Condition>,
    /// The OTLP type of the attribute.
    pub kind: Option<SpellingType>,
    /// What to take of the value.
    pub take: Option<Take>,
    /// The family's word for a value, and ours.
    pub values: IndexMap<String, String>,
    /// The first release that has it.
    pub from: Option<Release>,
    /// The first release that no longer has it.
    pub until: Option<Release>,
    /// Why its value does not tell the concept apart.
    pub cannot_tell: Option<String>,
    /// Why leaving it out is no mistake.
    pub optional: Option<String>,
}

/// A second attribute with the same numbers, and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The attribute; its indexes are those of the spelling.
    pub attribute: Template,
    /// The text it must have.
    pub equals: String,
}

/// What a metric measures of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MetricRole {
    /// How long the call took, in seconds.
    Duration,
    /// Tokens sent and received.
    Tokens,
}

words!(MetricRole);

impl MetricRole {
    /// Every role.
    pub const ALL: [Self; 2] = [Self::Duration, Self::Tokens];
}

/// The OTLP type of an attribute, as the family declares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SpellingType {
    /// Text.
    #[serde(rename = "string")]
    String,
    /// A whole number.
    #[serde(rename = "int")]
    Int,
    /// A floating-point number.
    #[serde(rename = "double")]
    Double,
    /// True or false.
    #[serde(rename = "boolean")]
    Boolean,
    /// An array of texts.
    #[serde(rename = "string[]")]
    Strings,
    /// JSON: in a string, or as OTLP arrays and maps.
    #[serde(rename = "json")]
    Json,
    /// JSON in a string where it is an object or an array, and otherwise a text as it is.
    #[serde(rename = "json-or-text")]
    JsonOrText,
}

words!(SpellingType);

/// A part of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Take {
    /// The host of a URL.
    UrlHost,
    /// The port of a URL, or the usual one of its scheme.
    UrlPort,
    /// The JSON that a text is.
    Json,
    /// How many values there are.
    Count,
    /// The value where it is a text. Where it is none, this spelling says nothing.
    Text,
}

impl Convention {
    /// The spellings of a concept that hold at a release, in order.
    pub(super) fn spellings(&self, concept: Concept, release: Option<&Release>) -> impl Iterator<Item = &Spelling> {
        let release = release.or(self.newest.as_ref()).copied();
        let table = self.concept.get(&concept);
        table.into_iter().flat_map(|table| &table.spelling).filter(move |spelling| spelling.holds_at(release))
    }

    /// The attribute of a concept at a release, for those who write telemetry: the first plain name.
    pub fn attribute(&self, concept: Concept, release: Option<&Release>) -> Option<&str> {
        let plain = |spelling: &&Spelling| spelling.path.is_none();
        self.spellings(concept, release).find(plain)?.attribute.as_ref().map(Template::as_str)
    }

    /// The family's word for one of our values of a concept at a release, for those who write telemetry.
    pub fn spelled(&self, concept: Concept, release: Option<&Release>, value: &str) -> String {
        self.spellings(concept, release)
            .flat_map(|spelling| &spelling.values)
            .find_map(|(theirs, ours)| (ours == value).then(|| theirs.clone()))
            .unwrap_or_else(|| value.to_owned())
    }

    /// Whether some concept stands, at whatever release, in an attribute of this name.
    pub fn spells(&self, attribute: &str) -> bool {
        let spellings = self.concept.values().flat_map(|table| &table.spelling);
        spellings
            .filter_map(|spelling| spelling.attribute.as_ref())
            .any(|template| template.match_name(attribute).is_some())
    }

    /// Whether the family has a place for a concept at a release.
    pub fn has_place(&self, concept: Concept, release: Option<&Release>) -> bool {
        self.spellings(concept, release).any(|spelling| spelling.cannot_tell.is_none())
    }

    /// Whether leaving a concept out at a release is no mistake.
    pub fn is_optional(&self, concept: Concept, release: Option<&Release>) -> bool {
        self.spellings(concept, release).all(|spelling| spelling.optional.is_some())
    }
}

impl Spelling {
    fn holds_at(&self, release: Option<Release>) -> bool {
        release.is_none_or(|release| {
            self.from.is_none_or(|from| from <= release) && self.until.is_none_or(|until| release < until)
        })
    }

    /// What to look for, for messages.
    pub(super) fn source(&self) -> String {
        let name = match (&self.attribute, &self.event) {
            (Some(attribute), _) => format!("`{attribute}`"),
            (None, Some(event)) => format!("event `{event}`"),
            (None, None) => String::new(),
        };
        match &self.path {
            Some(path) => format!("{name} at `{path}`"),
            None => name,
        }
    }
}
