//! The shape of `harness/conventions/<family>.toml`.

use std::ops::Range;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Concept, JsonPath, Release, Template};

/// How one naming family spells each concept. The default, which no file can be, spells none.
#[derive(Clone, Debug, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Convention {
    /// The family's name, as people say it.
    pub title: String,
    /// Where the convention is written down.
    pub homepage: Option<String>,
    /// The release that is meant where none is named.
    pub newest: Option<Release>,
    /// Every concept, with its spellings or the reason why there is none.
    #[schemars(schema_with = "concepts_schema")]
    pub concept: IndexMap<Concept, ConceptTable>,
}

/// A table with exactly the concepts as its keys.
fn concepts_schema(generator: &mut SchemaGenerator) -> Schema {
    let properties: Map<String, Value> = Concept::ALL
        .iter()
        .map(|concept| {
            let mut table = generator.subschema_for::<ConceptTable>();
            table.insert("description".to_owned(), concept.meaning().into());
            (concept.as_str().to_owned(), table.to_value())
        })
        .collect();
    let required: Vec<&str> = Concept::ALL.iter().map(|concept| concept.as_str()).collect();
    json_schema!({
        "description": "Every concept, with its spellings or the reason why there is none.",
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// How a family spells one concept. Exactly one of the two.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConceptTable {
    /// Spellings; the first that a span has is read.
    #[serde(default)]
    pub spelling: Vec<Spelling>,
    /// Why the family has no place for it.
    pub absent: Option<String>,
}

/// One place where a concept's value can stand.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spelling {
    /// A span attribute; `{i}` stands for a number. Exactly one of `attribute` and `event`.
    pub attribute: Option<Template>,
    /// The name of a span event, whose attributes are read, or of a log record in the span, whose body is read.
    pub event: Option<String>,
    /// Where in the JSON of the attribute or event the value stands.
    pub path: Option<JsonPath>,
    /// Another attribute that must have a value, for attributes with numbers.
    pub when: Option<Condition>,
    /// The OTLP type of the attribute.
    #[serde(rename = "type")]
    pub kind: Option<SpellingType>,
    /// What to take of the value, when that is not all of it.
    pub take: Option<Take>,
    /// The family's word for a value, and ours.
    #[serde(default)]
    pub values: IndexMap<String, String>,
    /// The first release that has it.
    pub from: Option<Release>,
    /// The first release that no longer has it.
    pub until: Option<Release>,
    /// Why the name exists but its value does not tell the concept apart.
    pub cannot_tell: Option<String>,
}

/// A second attribute with the same numbers, and its value.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The attribute; its indexes are those of the spelling.
    pub attribute: Template,
    /// The text it must have.
    pub equals: String,
}

/// The OTLP type of an attribute, as the family declares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
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
}

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
}

/// A mistake in a convention file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {message}")]
pub struct ConventionError {
    /// The file's name.
    pub file: String,
    /// What is wrong.
    pub message: String,
    /// Where, in bytes; none when something is not there at all.
    pub position: Option<Range<usize>>,
}

impl Convention {
    /// Reads a convention file. All concepts that the file forgets or contradicts itself about are reported at once;
    /// a mistake of the TOML itself is reported alone.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<ConventionError>> {
        let fault = |message: String, position| ConventionError { file: file.to_owned(), message, position };
        let convention: Self = toml::from_str(text)
            .map_err(|error: toml::de::Error| vec![fault(error.message().to_owned(), error.span())])?;
        let mistakes: Vec<_> = Concept::ALL
            .iter()
            .filter_map(|concept| Some(fault(convention.mistake(*concept)?, header_position(text, *concept))))
            .collect();
        if mistakes.is_empty() { Ok(convention) } else { Err(mistakes) }
    }

    fn mistake(&self, concept: Concept) -> Option<String> {
        let Some(table) = self.concept.get(&concept) else {
            return Some(format!(
                "nothing is said about `{concept}`; give it a `spelling`, or `absent` with the reason"
            ));
        };
        match (table.spelling.is_empty(), &table.absent) {
            (true, None) => return Some(format!("`{concept}` has neither a `spelling` nor `absent`")),
            (false, Some(_)) => return Some(format!("`{concept}` has both a `spelling` and `absent`")),
            _ => {}
        }
        table.spelling.iter().find_map(|spelling| {
            if spelling.attribute.is_some() == spelling.event.is_some() {
                return Some(format!("a spelling of `{concept}` needs exactly one of `attribute` and `event`"));
            }
            if spelling.event.is_some() && spelling.path.is_none() {
                return Some(format!("an event spelling of `{concept}` needs a `path`"));
            }
            if spelling.event.is_none() && spelling.path.is_some() && spelling.kind != Some(SpellingType::Json) {
                return Some(format!("a spelling of `{concept}` with a `path` needs `type = \"json\"`"));
            }
            None
        })
    }

    /// The spellings of a concept that hold at a release, in order.
    pub(super) fn spellings(&self, concept: Concept, release: Option<&Release>) -> impl Iterator<Item = &Spelling> {
        let release = release.or(self.newest.as_ref()).copied();
        let table = self.concept.get(&concept);
        table.into_iter().flat_map(|table| &table.spelling).filter(move |spelling| spelling.holds_at(release))
    }

    /// The name of the plain attribute that spells a concept at a release, for those who write telemetry.
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

/// Where a concept's table begins in the text.
fn header_position(text: &str, concept: Concept) -> Option<Range<usize>> {
    [format!("[concept.{concept}"), format!("[concept.\"{concept}\"")]
        .iter()
        .find_map(|header| text.find(header.as_str()).map(|start| start..start + header.len()))
}
