//! Samples from a recorded snapshot.

use super::telemetry::kind;
use super::{Facts, Sample, SampleAttribute, SampleEvent, SampleLog, SampleMetric, SamplePoint, SampleSpan};
use super::{SampleStatus, SampleValue};
use crate::semconv::ValueType;
use crate::telemetry::canonical::{
    Document, DocumentAttributes, DocumentMetric, DocumentSpan, DocumentStatus, DocumentValue, Heading, Instrument,
    Measure,
};

/// Every span, log and metric of a snapshot, section by section, with the heading it stands under. `facts` says what is
/// known of the calls under a heading.
pub(crate) fn document_samples(document: &Document, facts: impl Fn(&Heading) -> Facts) -> Vec<(Heading, Sample)> {
    let mut samples = Vec::new();
    for section in &document.sections {
        let known = facts(&section.heading);
        let spans = section.spans.iter().map(|span| Sample::Span(span_sample(span, known)));
        let logs = section.logs.iter().map(|log| {
            Sample::Log(SampleLog { event_name: log.event_name.to_string(), attributes: attributes(&log.attributes) })
        });
        let metrics = section.metrics.iter().map(|metric| Sample::Metric(metric_sample(metric)));
        samples.extend(spans.chain(logs).chain(metrics).map(|sample| (section.heading.clone(), sample)));
    }
    samples
}

/// A snapshot's text without its header.
pub(crate) fn snapshot_body(text: &str) -> &str {
    let after = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
    after.map_or(text, |(_, body)| body)
}

fn span_sample(span: &DocumentSpan, facts: Facts) -> SampleSpan {
    SampleSpan {
        name: span.name.to_string(),
        kind: Some(kind(span.kind)),
        status: match span.status {
            DocumentStatus::Unset => SampleStatus::Unset,
            DocumentStatus::Ok => SampleStatus::Ok,
            DocumentStatus::Error(_) => SampleStatus::Error,
        },
        attributes: attributes(&span.attributes),
        events: span
            .events
            .iter()
            .map(|event| SampleEvent { name: event.name.to_string(), attributes: attributes(&event.attributes) })
            .collect(),
        links: span.links.iter().map(|link| attributes(&link.attributes)).collect(),
        schema_url: Some(span.scope.schema_url.clone()),
        facts,
    }
}

fn metric_sample(metric: &DocumentMetric) -> SampleMetric {
    let instrument = match metric.instrument {
        Instrument::Counter => "counter",
        Instrument::UpDownCounter => "updowncounter",
        Instrument::Gauge => "gauge",
        Instrument::Histogram | Instrument::ExponentialHistogram => "histogram",
    };
    let bounds = |measure: &Measure| match measure {
        Measure::Histogram { bounds, .. } => bounds.iter().map(|bound| bound.0).collect(),
        Measure::Number(_) => Vec::new(),
    };
    let point = |point: &crate::telemetry::canonical::DocumentPoint| SamplePoint {
        attributes: attributes(&point.attributes),
        exemplars: Vec::new(),
        bounds: bounds(&point.measure),
    };
    SampleMetric {
        name: metric.name.clone(),
        instrument: instrument.to_owned(),
        unit: metric.unit.clone(),
        points: metric.points.iter().map(point).collect(),
    }
}

fn attributes(attributes: &DocumentAttributes) -> Vec<SampleAttribute> {
    attributes.iter().map(|(name, value)| SampleAttribute::new(name.clone(), sample_value(value))).collect()
}

fn sample_value(value: &DocumentValue) -> SampleValue {
    match value {
        DocumentValue::Text(text) | DocumentValue::BrokenJson(text) => SampleValue::Text(text.to_string()),
        DocumentValue::Bool(value) => SampleValue::Bool(*value),
        DocumentValue::Int(value) => SampleValue::Int(*value),
        DocumentValue::Double(value) => SampleValue::Double(value.0),
        DocumentValue::Bytes(_) => SampleValue::Bytes,
        DocumentValue::Empty => SampleValue::Null,
        DocumentValue::IntPlaceholder(_) => SampleValue::Unknown(ValueType::Int),
        DocumentValue::DoublePlaceholder(_) => SampleValue::Unknown(ValueType::Double),
        DocumentValue::Array(values) => SampleValue::Array(values.iter().map(sample_value).collect()),
        DocumentValue::Map(map) => {
            SampleValue::Map(map.iter().map(|(name, value)| (name.clone(), sample_value(value))).collect())
        }
        DocumentValue::Json(inner) => SampleValue::Text(inner.to_json().to_string()),
    }
}
