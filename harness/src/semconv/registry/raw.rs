//! The files of the registry as they are written.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::convention::Release;

/// `<release>.json`.
#[derive(Deserialize)]
pub(super) struct RawRelease {
    pub(super) version: Release,
    pub(super) schema_url: String,
    pub(super) source: RawSource,
    pub(super) attributes: BTreeMap<String, RawAttribute>,
    pub(super) spans: BTreeMap<String, RawSpan>,
    pub(super) events: BTreeMap<String, RawSignal>,
    pub(super) metrics: BTreeMap<String, RawSignal>,
}

#[derive(Deserialize)]
pub(super) struct RawSource {
    pub(super) repo: String,
    pub(super) tag: Option<String>,
    pub(super) commit: String,
    pub(super) date: String,
}

#[derive(Deserialize)]
pub(super) struct RawAttribute {
    pub(super) deprecated: Option<RawDeprecation>,
    #[serde(default)]
    pub(super) members: BTreeMap<String, RawMember>,
}

#[derive(Deserialize)]
pub(super) struct RawMember {
    pub(super) deprecated: Option<RawDeprecation>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
pub(super) struct RawDeprecation {
    pub(super) reason: String,
    pub(super) renamed_to: Option<String>,
    pub(super) moved_to: Option<String>,
    #[serde(default)]
    pub(super) from_text: bool,
}

#[derive(Deserialize)]
pub(super) struct RawSpan {
    #[serde(rename = "abstract", default)]
    pub(super) is_abstract: bool,
    pub(super) group: String,
    pub(super) kind: Option<String>,
    #[serde(default)]
    pub(super) kind_also: Vec<String>,
    #[serde(default)]
    pub(super) name: Vec<String>,
    #[serde(default)]
    pub(super) operation: Vec<String>,
    #[serde(rename = "const", default)]
    pub(super) constants: BTreeMap<String, Value>,
    pub(super) attributes: BTreeMap<String, RawReference>,
}

#[derive(Deserialize)]
pub(super) struct RawSignal {
    pub(super) deprecated: Option<RawDeprecation>,
    #[serde(default)]
    pub(super) buckets: Vec<f64>,
    pub(super) attributes: BTreeMap<String, RawReference>,
}

#[derive(Deserialize)]
pub(super) struct RawReference {
    pub(super) level: super::Level,
    #[serde(rename = "if")]
    pub(super) condition: Option<String>,
    #[serde(rename = "const")]
    pub(super) constant: Option<Value>,
}

/// `registry-attributes.json`: rows are `[from, to, type, stability, deprecation?]`.
#[derive(Deserialize)]
pub(super) struct RawAttributes {
    pub(super) versions: Vec<String>,
    pub(super) attributes: BTreeMap<String, Vec<Value>>,
}

/// `registry-enums.json`: rows are `[from, to, [members]]`.
#[derive(Deserialize)]
pub(super) struct RawEnums {
    pub(super) enums: BTreeMap<String, Vec<(String, String, Vec<Value>)>>,
}

/// `[from, to, facts]`.
type RawRun = (String, String, Vec<Option<String>>);

/// `registry-signals.json`: rows are `[from, to, [facts]]`.
#[derive(Deserialize)]
pub(super) struct RawSignals {
    pub(super) metrics: BTreeMap<String, Vec<RawRun>>,
    pub(super) events: BTreeMap<String, Vec<RawRun>>,
}

/// `content-schemas.json`.
#[derive(Deserialize)]
pub(super) struct RawContents {
    pub(super) content: BTreeMap<String, Vec<RawContent>>,
}

#[derive(Deserialize)]
pub(super) struct RawContent {
    pub(super) versions: Vec<String>,
    pub(super) schema: Value,
}
