//! A sample: one span, log record, metric, resource or attribute.

use serde::{Deserialize, Serialize};

use super::super::ValueType;
use crate::diagnose::{from_word, words};

/// The kind of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SpanKind {
    /// Work inside the application.
    Internal,
    /// The receiving side of a call.
    Server,
    /// The calling side.
    Client,
    /// The sending side of a message.
    Producer,
    /// The receiving side of a message.
    Consumer,
}

words!(SpanKind);

impl SpanKind {
    /// Reads the word, in any case.
    pub fn parse(word: &str) -> Option<Self> {
        from_word(&word.to_ascii_lowercase())
    }
}

/// The status of a span, as far as the input says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum SampleStatus {
    /// The input does not say.
    #[default]
    Unknown,
    /// Neither ok nor error.
    Unset,
    /// Explicitly ok.
    Ok,
    /// An error.
    Error,
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum SampleValue {
    /// A string.
    Text(String),
    /// A boolean.
    Bool(bool),
    /// An int.
    Int(i64),
    /// A double.
    Double(f64),
    /// An array.
    Array(Vec<SampleValue>),
    /// An object.
    Map(Vec<(String, SampleValue)>),
    /// Bytes.
    Bytes,
    /// Nothing.
    Null,
    /// Something of a known type: a placeholder of a snapshot.
    Unknown(ValueType),
}

impl SampleValue {
    /// The type, where one can be said: nulls in arrays are passed over; an empty or mixed array, an object, bytes and
    /// nothing have none. Ints and doubles together are doubles.
    pub fn value_type(&self) -> Option<ValueType> {
        match self {
            Self::Text(_) => Some(ValueType::String),
            Self::Bool(_) => Some(ValueType::Boolean),
            Self::Int(_) => Some(ValueType::Int),
            Self::Double(_) => Some(ValueType::Double),
            Self::Unknown(value_type) => Some(*value_type),
            Self::Array(values) => array_type(values),
            Self::Map(_) | Self::Bytes | Self::Null => None,
        }
    }

    /// The string.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value as JSON; what has no form there is null.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Bool(value) => (*value).into(),
            Self::Int(value) => (*value).into(),
            Self::Double(value) => (*value).into(),
            Self::Array(values) => values.iter().map(Self::to_json).collect(),
            Self::Map(entries) => entries.iter().map(|(name, value)| (name.clone(), value.to_json())).collect(),
            Self::Bytes | Self::Null | Self::Unknown(_) => serde_json::Value::Null,
        }
    }
}

fn array_type(values: &[SampleValue]) -> Option<ValueType> {
    values.iter().filter(|value| **value != SampleValue::Null).try_fold(None, |sofar, value| {
        let array = match value.value_type()? {
            ValueType::String => ValueType::Strings,
            ValueType::Int => ValueType::Ints,
            ValueType::Double => ValueType::Doubles,
            ValueType::Boolean => ValueType::Booleans,
            _ => return None,
        };
        match (sofar, array) {
            (None, array) => Some(Some(array)),
            (Some(known), array) if known == array => Some(Some(known)),
            (Some(ValueType::Ints | ValueType::Doubles), ValueType::Ints | ValueType::Doubles) => {
                Some(Some(ValueType::Doubles))
            }
            _ => None,
        }
    })?
}

/// An attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleAttribute {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: SampleValue,
    /// Its type, where the input states one; else that of the value.
    pub stated_type: Option<ValueType>,
}

impl SampleAttribute {
    /// An attribute.
    pub fn new(name: impl Into<String>, value: SampleValue) -> Self {
        Self { name: name.into(), value, stated_type: None }
    }

    /// The type the input states, or that of the value.
    pub fn value_type(&self) -> Option<ValueType> {
        self.stated_type.or_else(|| self.value.value_type())
    }
}

/// What the scenario asked and the wire answered, as far as it is known. What is `None` decides nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Facts {
    /// The answer is streamed.
    pub stream: Option<bool>,
    /// The request has a seed.
    pub seed: Option<bool>,
    /// How many choices the request asks for.
    pub choices: Option<u64>,
    /// The port the request went to.
    pub port: Option<u16>,
    /// The request names a service tier other than `auto`.
    pub service_tier_requested: Option<bool>,
    /// The answer names a service tier.
    pub service_tier_answered: Option<bool>,
    /// The request asks for an output format.
    pub output_format: Option<bool>,
    /// The request names a model or deployment.
    pub model: Option<bool>,
    /// The call failed.
    pub error: Option<bool>,
}

/// An event on a span.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct SampleEvent {
    /// Its name.
    pub name: String,
    /// Its attributes.
    pub attributes: Vec<SampleAttribute>,
}

/// A span.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct SampleSpan {
    /// Its name.
    pub name: String,
    /// Its kind, if the input says.
    pub kind: Option<SpanKind>,
    /// Its status.
    pub status: SampleStatus,
    /// Its attributes, in the order of the input.
    pub attributes: Vec<SampleAttribute>,
    /// Its events.
    pub events: Vec<SampleEvent>,
    /// Attributes of its links.
    pub links: Vec<Vec<SampleAttribute>>,
    /// The schema URL of its scope; `None` when the input has no place for one.
    pub schema_url: Option<String>,
    /// What is known of the call.
    pub facts: Facts,
}

/// A log record.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct SampleLog {
    /// The event name, or empty.
    pub event_name: String,
    /// Its attributes.
    pub attributes: Vec<SampleAttribute>,
}

/// A point of a metric.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct SamplePoint {
    /// Its attributes.
    pub attributes: Vec<SampleAttribute>,
    /// Attributes that its exemplars kept.
    pub exemplars: Vec<Vec<SampleAttribute>>,
    /// Bucket boundaries; empty when there are none or they are not known.
    pub bounds: Vec<f64>,
}

/// A metric.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct SampleMetric {
    /// Its name.
    pub name: String,
    /// Its instrument: `counter`, `updowncounter`, `gauge`, `histogram`, or a word that Weaver does not support.
    pub instrument: String,
    /// Its unit.
    pub unit: String,
    /// Its points.
    pub points: Vec<SamplePoint>,
}

/// One thing to judge.
#[derive(Clone, Debug, PartialEq)]
pub enum Sample {
    /// A span with everything on it.
    Span(SampleSpan),
    /// A span event alone.
    SpanEvent(SampleEvent),
    /// A span link alone.
    SpanLink(Vec<SampleAttribute>),
    /// A log record.
    Log(SampleLog),
    /// A metric.
    Metric(SampleMetric),
    /// A resource.
    Resource(Vec<SampleAttribute>),
    /// An attribute alone.
    Attribute(SampleAttribute),
}

impl Sample {
    /// What it is, in Weaver's word, which also begins every path: `span`, `log`, `metric`, …
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Span(_) => "span",
            Self::SpanEvent(_) => "span_event",
            Self::SpanLink(_) => "span_link",
            Self::Log(_) => "log",
            Self::Metric(_) => "metric",
            Self::Resource(_) => "resource",
            Self::Attribute(_) => "attribute",
        }
    }

    /// The name of the signal, where it has one.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Span(span) => Some(&span.name),
            Self::SpanEvent(event) => Some(&event.name),
            Self::Log(log) => Some(&log.event_name),
            Self::Metric(metric) => Some(&metric.name),
            Self::SpanLink(_) | Self::Resource(_) | Self::Attribute(_) => None,
        }
    }
}
