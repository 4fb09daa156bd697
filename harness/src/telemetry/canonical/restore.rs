//! Document → telemetry: what a recorded snapshot shows, for judges that read the model.

use std::collections::HashMap;

use super::document::{
    Document, DocumentLink, DocumentLog, DocumentMetric, DocumentPayload, DocumentPoint, DocumentScope, DocumentSpan,
    DocumentStatus, Double, Heading, HistogramSum, Instrument, Measure, SpanLabel, TraceLabel, to_attributes,
};
use crate::telemetry::{
    HistogramPoint, Link, LogRecord, Metric, MetricData, Nanoseconds, NumberPoint, Payload, Scope, Span, SpanEvent,
    SpanId, Status, Telemetry, TraceId, Value,
};

/// Telemetry that a document could have come from. Ids are made from the numbers of the document, times from its
/// order; what a placeholder stood for is its words, or 0 for a number, and a scope has no version. Right for judging
/// names, types, presence and relations; not for values that are placeholders.
pub(crate) fn restore(document: &Document) -> Vec<(Heading, Telemetry)> {
    let traces = document.spans().filter_map(|(_, span)| Some((span.id?, span.trace))).collect();
    let mut restorer = Restorer { time: 0, traces };
    let restore = |section: &super::DocumentSection| {
        let telemetry = Telemetry {
            spans: section.spans.iter().map(|span| restorer.span(span)).collect(),
            logs: section.logs.iter().map(|log| restorer.log(log)).collect(),
            metrics: section.metrics.iter().map(metric).collect(),
            payloads: section.payloads.iter().map(payload).collect(),
            flaws: Vec::new(),
        };
        (section.heading.clone(), telemetry)
    };
    document.sections.iter().map(restore).collect()
}

struct Restorer {
    /// Later for everything that stands later.
    time: u64,
    /// Which trace a span is in: a log record of a span in the document does not say so itself.
    traces: HashMap<SpanLabel, TraceLabel>,
}

impl Restorer {
    fn next(&mut self) -> Nanoseconds {
        self.time += 1;
        Nanoseconds(self.time)
    }

    fn span(&mut self, span: &DocumentSpan) -> Span {
        let time = self.next();
        Span {
            trace: trace(span.trace),
            // No number of a document comes near these: nothing refers to such a span.
            id: span.id.map_or_else(|| SpanId((u64::MAX - time.0).to_be_bytes()), span_id),
            parent: span.parent.map(span_id),
            name: span.name.to_string(),
            kind: span.kind,
            start: time,
            end: time,
            status: match &span.status {
                DocumentStatus::Unset => Status::Unset,
                DocumentStatus::Ok => Status::Ok,
                DocumentStatus::Error(message) => Status::Error(message.to_string()),
            },
            attributes: to_attributes(&span.attributes),
            events: span
                .events
                .iter()
                .map(|event| SpanEvent {
                    time,
                    name: event.name.to_string(),
                    attributes: to_attributes(&event.attributes),
                })
                .collect(),
            links: span.links.iter().map(link).collect(),
            scope: scope(&span.scope),
        }
    }

    fn log(&mut self, log: &DocumentLog) -> LogRecord {
        LogRecord {
            time: self.next(),
            event_name: log.event_name.to_string(),
            severity: log.severity,
            body: log.body.to_value(),
            attributes: to_attributes(&log.attributes),
            trace: log.trace.or_else(|| self.traces.get(&log.span?).copied()).map(trace),
            span: log.span.map(span_id),
            scope: scope(&log.scope),
        }
    }
}

fn payload(payload: &DocumentPayload) -> Payload {
    let body = match payload.body.to_value() {
        Value::String(text) => text,
        _ => String::new(),
    };
    Payload { request: payload.request.to_string(), body }
}

fn trace(label: TraceLabel) -> TraceId {
    TraceId(u128::from(label.0).to_be_bytes())
}

fn span_id(label: SpanLabel) -> SpanId {
    SpanId(u64::from(label.0).to_be_bytes())
}

fn link(link: &DocumentLink) -> Link {
    Link { trace: trace(link.trace), span: span_id(link.span), attributes: to_attributes(&link.attributes) }
}

fn scope(scope: &DocumentScope) -> Scope {
    Scope {
        name: scope.name.clone(),
        version: String::new(),
        schema_url: scope.schema_url.clone(),
        attributes: to_attributes(&scope.attributes),
    }
}

fn metric(metric: &DocumentMetric) -> Metric {
    let numbers = || metric.points.iter().map(number).collect();
    let histograms = || metric.points.iter().map(histogram).collect();
    let data = match metric.instrument {
        Instrument::Counter => MetricData::Sum { monotonic: true, points: numbers() },
        Instrument::UpDownCounter => MetricData::Sum { monotonic: false, points: numbers() },
        Instrument::Gauge => MetricData::Gauge(numbers()),
        Instrument::Histogram => MetricData::Histogram(histograms()),
        Instrument::ExponentialHistogram => MetricData::ExponentialHistogram(histograms()),
    };
    Metric { name: metric.name.clone(), unit: metric.unit.clone(), data, scope: scope(&metric.scope) }
}

/// A distribution where a number should be has none.
fn number(point: &DocumentPoint) -> NumberPoint {
    let value = match &point.measure {
        Measure::Number(value) => value.to_value(),
        Measure::Histogram { .. } => Value::Empty,
    };
    NumberPoint { attributes: to_attributes(&point.attributes), value }
}

/// A number where a distribution should be is a distribution of nothing.
fn histogram(point: &DocumentPoint) -> HistogramPoint {
    let (count, sum, bounds, buckets) = match &point.measure {
        Measure::Number(_) => (0, 0.0, &[][..], &[][..]),
        Measure::Histogram { count, sum, bounds, buckets } => {
            let sum = match sum {
                HistogramSum::Number(Double(sum)) => *sum,
                HistogramSum::Duration => 0.0,
            };
            (*count, sum, bounds.as_slice(), buckets.as_slice())
        }
    };
    HistogramPoint {
        attributes: to_attributes(&point.attributes),
        count,
        sum,
        bounds: bounds.iter().map(|bound| bound.0).collect(),
        bucket_counts: buckets.to_vec(),
    }
}
