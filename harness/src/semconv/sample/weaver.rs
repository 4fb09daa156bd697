//! Samples from the JSON array that Weaver's live-check reads.

use std::fmt;

use serde::de::{Deserializer as _, Error as _, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::{
    Sample, SampleAttribute, SampleEvent, SampleLog, SampleMetric, SamplePoint, SampleSpan, SampleStatus, SampleValue,
    SpanKind,
};
use crate::semconv::ValueType;

/// Why a JSON text is no array of samples.
#[derive(Debug, thiserror::Error)]
pub enum WeaverError {
    /// No JSON.
    #[error("no JSON: {0}")]
    Syntax(#[from] serde_json::Error),
    /// JSON, but no array.
    #[error("an array of samples was expected")]
    NoArray,
    /// A sample is not an object with one known key.
    #[error("sample {index}: {problem}")]
    Sample {
        /// Its place in the array.
        index: usize,
        /// What is wrong.
        problem: String,
    },
}

/// Reads the array, one sample at a time: a long array is never in memory as JSON.
pub fn weaver_samples(text: &str) -> Result<Vec<Sample>, WeaverError> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let mut wrong = None;
    let read = (&mut deserializer).deserialize_seq(SampleVisitor { wrong: &mut wrong });
    match (wrong, read) {
        (Some(error), _) => Err(error),
        (None, read) => {
            let samples = read?;
            deserializer.end()?;
            Ok(samples)
        }
    }
}

struct SampleVisitor<'e> {
    wrong: &'e mut Option<WeaverError>,
}

impl<'de> Visitor<'de> for SampleVisitor<'_> {
    type Value = Vec<Sample>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array of samples")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Vec<Sample>, A::Error> {
        let mut samples = Vec::new();
        while let Some(value) = array.next_element::<Value>()? {
            match sample(&value) {
                Ok(sample) => samples.push(sample),
                Err(problem) => {
                    self.wrong.get_or_insert(WeaverError::Sample { index: samples.len(), problem });
                    return Err(A::Error::custom("a sample is wrong"));
                }
            }
        }
        Ok(samples)
    }
}

/// Reads the array from JSON.
pub fn weaver_samples_of(value: &Value) -> Result<Vec<Sample>, WeaverError> {
    let array = value.as_array().ok_or(WeaverError::NoArray)?;
    let read =
        |(index, value): (usize, &Value)| sample(value).map_err(|problem| WeaverError::Sample { index, problem });
    array.iter().enumerate().map(read).collect()
}

fn sample(value: &Value) -> Result<Sample, String> {
    let object = value.as_object().filter(|object| object.len() == 1);
    let (kind, inner) = object.and_then(|object| object.iter().next()).ok_or("an object with one key was expected")?;
    let fields = inner.as_object().ok_or_else(|| format!("`{kind}` is no object"))?;
    Ok(match kind.as_str() {
        "span" => Sample::Span(span(fields)?),
        "span_event" => Sample::SpanEvent(event(fields)?),
        "span_link" => Sample::SpanLink(attributes(fields, "attributes")?),
        "log" => Sample::Log(SampleLog {
            event_name: text(fields, "event_name"),
            attributes: attributes(fields, "attributes")?,
        }),
        "metric" => Sample::Metric(metric(fields)?),
        "resource" => Sample::Resource(attributes(fields, "attributes")?),
        "attribute" => Sample::Attribute(attribute(inner)?),
        other => return Err(format!("there is no kind of sample `{other}`")),
    })
}

fn text(fields: &Map<String, Value>, name: &str) -> String {
    fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn list<'a>(fields: &'a Map<String, Value>, name: &str) -> &'a [Value] {
    fields.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn attributes(fields: &Map<String, Value>, name: &str) -> Result<Vec<SampleAttribute>, String> {
    list(fields, name).iter().map(attribute).collect()
}

fn attribute(value: &Value) -> Result<SampleAttribute, String> {
    let name = value.get("name").and_then(Value::as_str).ok_or("an attribute has no name")?;
    Ok(SampleAttribute {
        name: name.to_owned(),
        value: sample_value(value.get("value").unwrap_or(&Value::Null)),
        stated_type: value.get("type").and_then(Value::as_str).and_then(ValueType::parse),
    })
}

fn event(value: &Map<String, Value>) -> Result<SampleEvent, String> {
    Ok(SampleEvent { name: text(value, "name"), attributes: attributes(value, "attributes")? })
}

fn objects<'a>(fields: &'a Map<String, Value>, name: &str) -> impl Iterator<Item = &'a Map<String, Value>> {
    list(fields, name).iter().filter_map(Value::as_object)
}

fn span(fields: &Map<String, Value>) -> Result<SampleSpan, String> {
    Ok(SampleSpan {
        name: text(fields, "name"),
        kind: fields.get("kind").and_then(Value::as_str).and_then(SpanKind::parse),
        status: status(fields.get("status")),
        attributes: attributes(fields, "attributes")?,
        events: objects(fields, "span_events").map(event).collect::<Result<_, _>>()?,
        links: objects(fields, "span_links").map(|link| attributes(link, "attributes")).collect::<Result<_, _>>()?,
        schema_url: None,
        facts: super::Facts::default(),
    })
}

fn status(value: Option<&Value>) -> SampleStatus {
    match value.and_then(|status| status.get("code")).and_then(Value::as_str) {
        Some("ok") => SampleStatus::Ok,
        Some("error") => SampleStatus::Error,
        Some("unset") => SampleStatus::Unset,
        _ => SampleStatus::Unknown,
    }
}

fn metric(fields: &Map<String, Value>) -> Result<SampleMetric, String> {
    Ok(SampleMetric {
        name: text(fields, "name"),
        instrument: text(fields, "instrument"),
        unit: text(fields, "unit"),
        points: objects(fields, "data_points").map(point).collect::<Result<_, _>>()?,
    })
}

fn point(fields: &Map<String, Value>) -> Result<SamplePoint, String> {
    Ok(SamplePoint {
        attributes: attributes(fields, "attributes")?,
        exemplars: objects(fields, "exemplars")
            .map(|exemplar| attributes(exemplar, "filtered_attributes"))
            .collect::<Result<_, _>>()?,
        bounds: list(fields, "explicit_bounds").iter().filter_map(Value::as_f64).collect(),
    })
}

/// A JSON value as a sample's: a number without fraction is an int.
pub(crate) fn sample_value(value: &Value) -> SampleValue {
    match value {
        Value::Null => SampleValue::Null,
        Value::Bool(value) => SampleValue::Bool(*value),
        Value::String(text) => SampleValue::Text(text.clone()),
        Value::Array(values) => SampleValue::Array(values.iter().map(sample_value).collect()),
        Value::Object(map) => {
            SampleValue::Map(map.iter().map(|(name, value)| (name.clone(), sample_value(value))).collect())
        }
        Value::Number(number) => match (number.as_i64(), number.is_u64()) {
            (Some(int), _) => SampleValue::Int(int),
            // Too large for OTLP: an int all the same, and no member of any enum.
            (None, true) => SampleValue::Int(i64::MAX),
            (None, false) => SampleValue::Double(number.as_f64().unwrap_or(f64::NAN)),
        },
    }
}
