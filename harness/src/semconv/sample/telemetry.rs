//! Samples from our own telemetry model.

use super::{
    Facts, Sample, SampleAttribute, SampleEvent, SampleLog, SampleMetric, SamplePoint, SampleSpan, SampleStatus,
    SampleValue, SpanKind,
};
use crate::telemetry::{self, Attributes, MetricData, Status, Telemetry, Value};

/// Spans, then logs, then metrics, each in the order given. `facts` says what is known of the calls.
pub(crate) fn telemetry_samples(telemetry: &Telemetry, facts: Facts) -> Vec<Sample> {
    let spans = telemetry.spans.iter().map(|span| Sample::Span(span_sample(span, facts)));
    let logs = telemetry.logs.iter().map(|log| {
        Sample::Log(SampleLog { event_name: log.event_name.clone(), attributes: attributes(&log.attributes) })
    });
    let metrics = telemetry.metrics.iter().map(|metric| Sample::Metric(metric_sample(metric)));
    spans.chain(logs).chain(metrics).collect()
}

/// One span.
pub(crate) fn span_sample(span: &telemetry::Span, facts: Facts) -> SampleSpan {
    SampleSpan {
        name: span.name.clone(),
        kind: Some(kind(span.kind)),
        status: match span.status {
            Status::Unset => SampleStatus::Unset,
            Status::Ok => SampleStatus::Ok,
            Status::Error(_) => SampleStatus::Error,
        },
        attributes: attributes(&span.attributes),
        events: span
            .events
            .iter()
            .map(|event| SampleEvent { name: event.name.clone(), attributes: attributes(&event.attributes) })
            .collect(),
        links: span.links.iter().map(|link| attributes(&link.attributes)).collect(),
        schema_url: Some(span.scope.schema_url.clone()),
        facts,
    }
}

/// A kind that is not stated counts as internal, as OpenTelemetry has it.
pub(super) fn kind(kind: telemetry::SpanKind) -> SpanKind {
    match kind {
        telemetry::SpanKind::Unspecified | telemetry::SpanKind::Internal => SpanKind::Internal,
        telemetry::SpanKind::Server => SpanKind::Server,
        telemetry::SpanKind::Client => SpanKind::Client,
        telemetry::SpanKind::Producer => SpanKind::Producer,
        telemetry::SpanKind::Consumer => SpanKind::Consumer,
    }
}

fn metric_sample(metric: &telemetry::Metric) -> SampleMetric {
    let numbers = |points: &[telemetry::NumberPoint]| {
        points
            .iter()
            .map(|point| SamplePoint { attributes: attributes(&point.attributes), ..SamplePoint::default() })
            .collect::<Vec<_>>()
    };
    let histograms = |points: &[telemetry::HistogramPoint]| {
        points
            .iter()
            .map(|point| SamplePoint {
                attributes: attributes(&point.attributes),
                exemplars: Vec::new(),
                bounds: point.bounds.clone(),
            })
            .collect::<Vec<_>>()
    };
    let (instrument, points) = match &metric.data {
        MetricData::Sum { monotonic: true, points } => ("counter", numbers(points)),
        MetricData::Sum { monotonic: false, points } => ("updowncounter", numbers(points)),
        MetricData::Gauge(points) => ("gauge", numbers(points)),
        MetricData::Histogram(points) | MetricData::ExponentialHistogram(points) => ("histogram", histograms(points)),
    };
    SampleMetric { name: metric.name.clone(), instrument: instrument.to_owned(), unit: metric.unit.clone(), points }
}

fn attributes(attributes: &Attributes) -> Vec<SampleAttribute> {
    attributes.iter().map(|(name, value)| SampleAttribute::new(name.clone(), sample_value(value))).collect()
}

fn sample_value(value: &Value) -> SampleValue {
    match value {
        Value::String(text) => SampleValue::Text(text.clone()),
        Value::Bool(value) => SampleValue::Bool(*value),
        Value::Int(value) => SampleValue::Int(*value),
        Value::Double(value) => SampleValue::Double(*value),
        Value::Bytes(_) => SampleValue::Bytes,
        Value::Array(values) => SampleValue::Array(values.iter().map(sample_value).collect()),
        Value::Map(map) => {
            SampleValue::Map(map.iter().map(|(name, value)| (name.clone(), sample_value(value))).collect())
        }
        Value::Empty => SampleValue::Null,
    }
}
