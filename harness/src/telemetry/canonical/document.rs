//! What a snapshot holds, as data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::placeholder::Placeholder;
use super::text::Text;
use crate::diagnose::words;
use crate::telemetry::{Attributes, SpanKind, Value};

/// A capture in canonical form: everything in a fixed order, every volatile value replaced.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Document {
    /// In the order of the run.
    pub sections: Vec<DocumentSection>,
}

/// What a section of a document belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Heading {
    /// A step, by its id.
    Step(String),
    /// A group, by its id.
    Group(String),
    /// What belongs to no single one of several steps that were performed at the same time, by the id of their block.
    Parallel(String),
    /// The client was closed.
    Close,
}

/// What arrived between two flush boundaries.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentSection {
    /// What it belongs to.
    pub heading: Heading,
    /// Spans: parent before child.
    pub spans: Vec<DocumentSpan>,
    /// Log records, in the order of their spans.
    pub logs: Vec<DocumentLog>,
    /// Metrics by name.
    pub metrics: Vec<DocumentMetric>,
    /// What came beside OTLP, by its text.
    pub payloads: Vec<DocumentPayload>,
}

/// Attributes of the document, by name.
pub(crate) type DocumentAttributes = BTreeMap<String, DocumentValue>;

/// The number of a span: the same number is the same span, in the whole document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpanLabel(pub u32);

/// The number of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TraceLabel(pub u32);

/// A double whose equality is that of its text: `NaN` equals itself, `0.0` and `-0.0` differ.
#[derive(Clone, Copy, Debug)]
pub struct Double(pub f64);

impl PartialEq for Double {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits() || (self.0.is_nan() && other.0.is_nan())
    }
}

impl Eq for Double {}

/// A typed value of the document.
#[derive(Clone, Debug, PartialEq)]
pub enum DocumentValue {
    /// A string.
    Text(Text),
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A double.
    Double(Double),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Nothing, or JSON's `null`.
    Empty,
    /// An integer that cannot be the same twice.
    IntPlaceholder(Placeholder),
    /// A double that cannot be the same twice.
    DoublePlaceholder(Placeholder),
    /// An array.
    Array(Vec<DocumentValue>),
    /// A map, or a JSON object.
    Map(DocumentAttributes),
    /// A string that holds a JSON object or array, opened. Holds an `Array` or a `Map`.
    Json(Box<DocumentValue>),
    /// A string that begins like a JSON object or array and is none, or says one key twice.
    BrokenJson(Text),
}

/// The scope of a signal, without its version.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DocumentScope {
    /// Its name.
    pub name: String,
    /// Its schema URL, or empty.
    pub schema_url: String,
    /// Its attributes.
    pub attributes: DocumentAttributes,
}

/// The status of a span.
#[derive(Clone, Debug, PartialEq)]
pub enum DocumentStatus {
    /// Not set.
    Unset,
    /// Explicitly ok.
    Ok,
    /// An error and its description.
    Error(Text),
}

/// A span.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentSpan {
    /// Its name.
    pub name: Text,
    /// Its number; only when something refers to it.
    pub id: Option<SpanLabel>,
    /// Its kind.
    pub kind: SpanKind,
    /// Its status.
    pub status: DocumentStatus,
    /// Its parent. A parent whose number no span of the document has was never exported.
    pub parent: Option<SpanLabel>,
    /// Its trace.
    pub trace: TraceLabel,
    /// Its scope.
    pub scope: DocumentScope,
    /// Its attributes.
    pub attributes: DocumentAttributes,
    /// Its events, in the order given.
    pub events: Vec<DocumentEvent>,
    /// Its links, in the order given.
    pub links: Vec<DocumentLink>,
}

/// An event on a span.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentEvent {
    /// Its name.
    pub name: Text,
    /// Its attributes.
    pub attributes: DocumentAttributes,
}

/// A link to a span.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentLink {
    /// The span.
    pub span: SpanLabel,
    /// The span's trace.
    pub trace: TraceLabel,
    /// Attributes of the link.
    pub attributes: DocumentAttributes,
}

/// A log record.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentLog {
    /// The event name, or empty.
    pub event_name: Text,
    /// The span it was logged in.
    pub span: Option<SpanLabel>,
    /// The trace it was logged in; absent when it is that of the span, which is in the document.
    pub trace: Option<TraceLabel>,
    /// Its scope.
    pub scope: DocumentScope,
    /// The severity number, 0 when unset.
    pub severity: i32,
    /// Its body.
    pub body: DocumentValue,
    /// Its attributes.
    pub attributes: DocumentAttributes,
}

/// A metric.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentMetric {
    /// Its name.
    pub name: String,
    /// Its unit, or empty.
    pub unit: String,
    /// What measures.
    pub instrument: Instrument,
    /// Its scope.
    pub scope: DocumentScope,
    /// Its points, by the text of their attributes.
    pub points: Vec<DocumentPoint>,
}

/// What a product sent in a request of its own that is not OTLP.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentPayload {
    /// Method and path.
    pub request: Text,
    /// The body, opened when it is JSON; `Empty` when there was none.
    pub body: DocumentValue,
}

/// What measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Instrument {
    /// A sum that only rises.
    Counter,
    /// A sum that may fall.
    UpDownCounter,
    /// A gauge.
    Gauge,
    /// An explicit-bucket histogram.
    Histogram,
    /// An exponential histogram.
    ExponentialHistogram,
}

words!(Instrument);

/// A point of a metric.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentPoint {
    /// Its attributes.
    pub attributes: DocumentAttributes,
    /// What was measured.
    pub measure: Measure,
}

/// What a point measured.
#[derive(Clone, Debug, PartialEq)]
pub enum Measure {
    /// One number: an `Int`, a `Double` or a placeholder for one.
    Number(DocumentValue),
    /// A distribution.
    Histogram {
        /// How many values.
        count: u64,
        /// Their sum: `Double` or a placeholder for one.
        sum: HistogramSum,
        /// Bucket boundaries.
        bounds: Vec<Double>,
        /// Values per bucket; empty where the metric measures time, since they differ from run to run.
        buckets: Vec<u64>,
    },
}

/// The sum of a histogram.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum HistogramSum {
    /// A sum of something that can be counted.
    Number(Double),
    /// A sum of measured times.
    Duration,
}

impl Document {
    /// Every span with the heading of its section, in the order of the document.
    pub fn spans(&self) -> impl Iterator<Item = (&Heading, &DocumentSpan)> {
        self.sections.iter().flat_map(|section| section.spans.iter().map(move |span| (&section.heading, span)))
    }

    /// Every log record with the heading of its section.
    pub fn logs(&self) -> impl Iterator<Item = (&Heading, &DocumentLog)> {
        self.sections.iter().flat_map(|section| section.logs.iter().map(move |log| (&section.heading, log)))
    }

    /// Every metric with the heading of its section.
    pub fn metrics(&self) -> impl Iterator<Item = (&Heading, &DocumentMetric)> {
        self.sections.iter().flat_map(|section| section.metrics.iter().map(move |metric| (&section.heading, metric)))
    }
}

impl DocumentValue {
    /// The value as the model's type, for readers that know [`Value`] only. JSON is written as text again,
    /// placeholders inside a string become their words, and a number that is a placeholder becomes 0: its type is
    /// known, its value is not ([`Self::is_placeholder`]).
    pub fn to_value(&self) -> Value {
        match self {
            Self::Text(text) | Self::BrokenJson(text) => Value::String(text.to_string()),
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::Int(*value),
            Self::Double(value) => Value::Double(value.0),
            Self::Bytes(bytes) => Value::Bytes(bytes.clone()),
            Self::Empty => Value::Empty,
            Self::IntPlaceholder(_) => Value::Int(0),
            Self::DoublePlaceholder(_) => Value::Double(0.0),
            Self::Array(values) => Value::Array(values.iter().map(Self::to_value).collect()),
            Self::Map(map) => Value::Map(to_attributes(map)),
            Self::Json(inner) => Value::String(inner.to_json().to_string()),
        }
    }

    /// Whether the whole value is a placeholder, so that nothing can be said about it but its type.
    pub fn is_placeholder(&self) -> bool {
        match self {
            Self::Text(text) => text.as_placeholder().is_some(),
            Self::IntPlaceholder(_) | Self::DoublePlaceholder(_) => true,
            _ => false,
        }
    }

    /// The value as JSON. A placeholder becomes a string of its words.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Text(text) | Self::BrokenJson(text) => text.to_string().into(),
            Self::Bool(value) => (*value).into(),
            Self::Int(value) => (*value).into(),
            Self::Double(value) => value.0.into(),
            Self::Bytes(bytes) => bytes.clone().into(),
            Self::Empty => serde_json::Value::Null,
            Self::IntPlaceholder(placeholder) | Self::DoublePlaceholder(placeholder) => placeholder.to_string().into(),
            Self::Array(values) => values.iter().map(Self::to_json).collect(),
            Self::Map(map) => map.iter().map(|(name, value)| (name.clone(), value.to_json())).collect(),
            Self::Json(inner) => inner.to_json().to_string().into(),
        }
    }
}

/// Attributes as the model's type, value by value as [`DocumentValue::to_value`].
pub(crate) fn to_attributes(attributes: &DocumentAttributes) -> Attributes {
    attributes.iter().map(|(name, value)| (name.clone(), value.to_value())).collect()
}
