//! The shape of `harness/conventions/<family>.toml`, as it is written.

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Concept, MetricRole, SpellingType, Take, Vocabulary};

/// How one naming family spells each concept.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConventionFile {
    /// The family's name, as people say it.
    pub title: String,
    /// Other names that people type for it, beside that of the file.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Where the convention is written down.
    pub homepage: Option<String>,
    /// The release that is meant where none is named, such as `1.41.0`.
    pub newest: Option<String>,
    /// Every concept, with its spellings or the reason why there is none.
    #[schemars(schema_with = "concepts_schema")]
    pub concept: IndexMap<Concept, ConceptTable>,
    /// The metrics that the family has for each call.
    #[serde(default)]
    #[schemars(schema_with = "metrics_schema")]
    pub metric: IndexMap<MetricRole, MetricTable>,
    /// The family's own names and rules.
    pub vocabulary: Option<Vocabulary>,
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
    // None is required by the schema: what a file forgets is said in the words of the convention.
    json_schema!({
        "description": "Every concept, with its spellings or the reason why there is none.",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}

fn metrics_schema(generator: &mut SchemaGenerator) -> Schema {
    let properties: Map<String, Value> = MetricRole::ALL
        .iter()
        .map(|role| (role.as_str().to_owned(), generator.subschema_for::<MetricTable>().to_value()))
        .collect();
    json_schema!({
        "description": "The metrics that the family has for each call.",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}

/// How a family spells one concept. Exactly one of the two.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConceptTable {
    /// Spellings; the first that a span has is read.
    #[serde(default)]
    pub spelling: Vec<SpellingTable>,
    /// Why the family has no place for it.
    pub absent: Option<String>,
}

/// One place where a concept's value can stand.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SpellingTable {
    /// A span attribute; `{i}` stands for a number. Exactly one of `attribute` and `event`.
    pub attribute: Option<String>,
    /// The name of a span event, whose attributes are read, or of a log record in the span, whose body and attributes are.
    pub event: Option<String>,
    /// Where in the JSON of the attribute or event the value stands: a JSON pointer; `*` is every element,
    /// `*[key=value]` those that have this text there, `[key=value]` the value itself if it has.
    pub path: Option<String>,
    /// Another attribute that must have a value, for attributes with numbers.
    pub when: Option<ConditionTable>,
    /// The OTLP type of the attribute.
    #[serde(rename = "type")]
    pub kind: Option<SpellingType>,
    /// What to take of the value, when that is not all of it.
    pub take: Option<Take>,
    /// The family's word for a value, and ours.
    #[serde(default)]
    pub values: IndexMap<String, String>,
    /// The first release that has it.
    pub from: Option<String>,
    /// The first release that no longer has it.
    pub until: Option<String>,
    /// Why the name exists but its value does not tell the concept apart.
    pub cannot_tell: Option<String>,
    /// Why leaving it out is no mistake.
    pub optional: Option<String>,
}

/// A second attribute with the same numbers, and its value.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConditionTable {
    /// The attribute; its indexes are those of the spelling.
    pub attribute: String,
    /// The text it must have.
    pub equals: String,
}

/// One metric.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricTable {
    /// Its name.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// The attribute that says what is counted, and its words for us.
    pub split: Option<SplitTable>,
}

/// How one metric counts several things.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SplitTable {
    /// The attribute of a point.
    pub attribute: String,
    /// Its word for tokens that were sent.
    pub input: String,
    /// Its word for tokens that came back.
    pub output: String,
}
