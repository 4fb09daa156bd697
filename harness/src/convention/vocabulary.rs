//! What a naming family says of its own spans beyond the concepts: names, types, kinds, and counterparts in OpenTelemetry.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// A family's own names and rules. Without it `azmatrix semconv` holds spans against OpenTelemetry alone.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Vocabulary {
    /// What it was read from.
    pub source: VocabularySource,
    /// An attribute that spans of this family have and no others; its value says what a span is. Without it a span is the
    /// family's when it has an attribute that is listed here and that OpenTelemetry does not have.
    pub mark: Option<String>,
    /// The OpenTelemetry span kind of its spans, such as `client`.
    pub span_kind: Option<String>,
    /// What its instrumentation of OpenAI calls spans.
    #[serde(default)]
    pub span: Vec<SpanNames>,
    /// Attributes, each with its type; `any` where the family states none.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
    /// Values of attributes that have a list of them.
    #[serde(default)]
    pub enums: BTreeMap<String, Vec<String>>,
    /// Required attributes, by the value of `mark`; `*` is every other span.
    #[serde(default)]
    pub required: BTreeMap<String, Vec<String>>,
    /// Attributes that do not belong on a span, by the value of `mark`.
    #[serde(default)]
    pub not_used: BTreeMap<String, Vec<String>>,
    /// What a name is in OpenTelemetry. Names may have `<n>` for a number, `{a,b}` for one of some words, and a last `*`.
    #[serde(default)]
    pub otel: BTreeMap<String, Counterpart>,
}

/// A state of a repository.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VocabularySource {
    /// The repository, such as `Arize-ai/openinference`.
    pub repository: String,
    /// The commit.
    pub commit: String,
    /// The file or folder in it.
    pub path: String,
    /// Its licence.
    pub licence: String,
}

/// Names of some spans.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpanNames {
    /// Values that attributes of such a span have.
    pub when: BTreeMap<String, String>,
    /// Attributes that such a span does not have.
    #[serde(default)]
    pub without: Vec<String>,
    /// Names it may have.
    pub names: Vec<String>,
}

/// How an attribute relates to OpenTelemetry. Without any of the keys there is nothing like it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Counterpart {
    /// The attribute with the same meaning and values.
    pub same: Option<String>,
    /// The attribute whose value can be made from this one's.
    pub like: Option<String>,
    /// With `like`: values, and OpenTelemetry's for each; an empty list where there is none.
    #[serde(default)]
    pub values: BTreeMap<String, Vec<String>>,
    /// Whether it can be computed from several of OpenTelemetry's.
    #[serde(default)]
    pub computed: bool,
}
