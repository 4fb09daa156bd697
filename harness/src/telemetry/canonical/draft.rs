//! Telemetry → document.

use std::collections::HashSet;

use super::document::{
    Document, DocumentAttributes, DocumentEvent, DocumentLink, DocumentLog, DocumentMetric, DocumentPayload,
    DocumentPoint, DocumentScope, DocumentSpan, DocumentStatus, DocumentValue, Double, Heading, HistogramSum,
    Instrument, Measure, SpanLabel, TraceLabel,
};
use super::json::{Json, Look, look};
use super::number::Numbering;
use super::order::{Draft, order};
use super::placeholder::{Placeholder, PlaceholderKind, is_digest, is_rfc3339, is_user_agent, is_uuid};
use super::replace::{Replacer, without_address};
use super::text::Text;
use crate::telemetry::{
    Attributes, HistogramPoint, LogRecord, Metric, MetricData, NumberPoint, Payload, Scope, Span, SpanId, Status,
    Telemetry, TraceId, Value,
};

/// What a document must not hold, as far as telemetry does not say so itself.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Canonical {
    /// Exact texts of this run and what they are: ids from the wire, ports, folders, keys, package versions. Replaced
    /// as whole values and inside longer strings. An entry without the look of its kind is ignored.
    pub vocabulary: Vec<(String, PlaceholderKind)>,
    /// Attributes whose value differs from run to run, and what stands in for it. A value that does not look like that
    /// is shown.
    pub volatile: Vec<(String, PlaceholderKind)>,
}

/// The canonical document of what arrived, flush boundary by flush boundary. The order of arrival has no influence. A group or `close`
/// after which nothing arrived is left out; a step never is.
pub fn document(sections: &[(Heading, &Telemetry)], context: &Canonical) -> Document {
    let mut drafter =
        Drafter { replacer: Replacer::new(&context.vocabulary), volatile: &context.volatile, exported: HashSet::new() };
    for (_, telemetry) in sections {
        drafter.learn_ids(telemetry);
    }
    let mut drafts: Vec<Draft<'_>> = sections
        .iter()
        .filter(|(heading, telemetry)| matches!(heading, Heading::Step(_)) || !telemetry.is_empty())
        .map(|(heading, telemetry)| drafter.section(heading.clone(), telemetry))
        .collect();
    drafter.keep_ids_that_are_used(&mut drafts);
    let mut numbering = Numbering::default();
    let finish = |draft| {
        let mut section = order(draft, &numbering);
        numbering.section(&mut section);
        section
    };
    Document { sections: drafts.into_iter().map(finish).collect() }
}

struct Drafter<'a> {
    replacer: Replacer<'a>,
    volatile: &'a [(String, PlaceholderKind)],
    exported: HashSet<(TraceId, SpanId)>,
}

impl Drafter<'_> {
    /// Before anything else, so that an id is known in texts that come before its span.
    fn learn_ids(&mut self, telemetry: &Telemetry) {
        for span in &telemetry.spans {
            self.trace(span.trace);
            self.span_id(span.id);
            self.exported.insert((span.trace, span.id));
        }
    }

    fn trace(&mut self, trace: TraceId) -> TraceLabel {
        TraceLabel(self.replacer.number(PlaceholderKind::Trace, &format!("{trace:?}")))
    }

    fn span_id(&mut self, span: SpanId) -> SpanLabel {
        SpanLabel(self.replacer.number(PlaceholderKind::Span, &format!("{span:?}")))
    }

    fn section<'a>(&mut self, heading: Heading, telemetry: &'a Telemetry) -> Draft<'a> {
        Draft {
            heading,
            spans: telemetry.spans.iter().map(|span| (span, self.span(span))).collect(),
            logs: telemetry.logs.iter().map(|log| (log, self.log(log))).collect(),
            metrics: telemetry.metrics.iter().map(|metric| self.metric(metric)).collect(),
            payloads: telemetry.payloads.iter().map(|payload| self.payload(payload)).collect(),
        }
    }

    fn span(&mut self, span: &Span) -> DocumentSpan {
        DocumentSpan {
            name: self.replacer.text(&span.name),
            id: Some(self.span_id(span.id)),
            kind: span.kind,
            status: match &span.status {
                Status::Unset => DocumentStatus::Unset,
                Status::Ok => DocumentStatus::Ok,
                Status::Error(message) => DocumentStatus::Error(self.replacer.text(message)),
            },
            parent: span.parent.map(|parent| self.span_id(parent)),
            trace: self.trace(span.trace),
            scope: self.scope(&span.scope),
            attributes: self.attributes(&span.attributes),
            events: span
                .events
                .iter()
                .map(|event| DocumentEvent {
                    name: self.replacer.text(&event.name),
                    attributes: self.attributes(&event.attributes),
                })
                .collect(),
            links: span
                .links
                .iter()
                .map(|link| DocumentLink {
                    span: self.span_id(link.span),
                    trace: self.trace(link.trace),
                    attributes: self.attributes(&link.attributes),
                })
                .collect(),
        }
    }

    fn log(&mut self, log: &LogRecord) -> DocumentLog {
        let is_known = log.trace.zip(log.span).is_some_and(|ids| self.exported.contains(&ids));
        DocumentLog {
            event_name: self.replacer.text(&log.event_name),
            span: log.span.map(|span| self.span_id(span)),
            trace: log.trace.filter(|_| !is_known).map(|trace| self.trace(trace)),
            scope: self.scope(&log.scope),
            severity: log.severity,
            body: self.value(&log.body),
            attributes: self.attributes(&log.attributes),
        }
    }

    fn metric(&mut self, metric: &Metric) -> DocumentMetric {
        // Where units do not travel, the name says it.
        let is_time = match metric.unit.as_str() {
            "" => metric.name.ends_with(".duration"),
            unit => matches!(unit, "s" | "ms" | "us" | "µs" | "ns" | "min" | "h"),
        };
        let (instrument, points) = match &metric.data {
            MetricData::Sum { monotonic: true, points } => (Instrument::Counter, self.numbers(points, is_time)),
            MetricData::Sum { monotonic: false, points } => (Instrument::UpDownCounter, self.numbers(points, is_time)),
            MetricData::Gauge(points) => (Instrument::Gauge, self.numbers(points, is_time)),
            MetricData::Histogram(points) => (Instrument::Histogram, self.histograms(points, is_time)),
            MetricData::ExponentialHistogram(points) => {
                (Instrument::ExponentialHistogram, self.histograms(points, is_time))
            }
        };
        let (name, unit) = (metric.name.clone(), metric.unit.clone());
        DocumentMetric { name, unit, instrument, scope: self.scope(&metric.scope), points }
    }

    fn numbers(&mut self, points: &[NumberPoint], is_time: bool) -> Vec<DocumentPoint> {
        let duration = Placeholder::new(PlaceholderKind::Duration, 0);
        points
            .iter()
            .map(|point| DocumentPoint {
                attributes: self.attributes(&point.attributes),
                measure: Measure::Number(match (&point.value, is_time) {
                    (Value::Int(_), true) => DocumentValue::IntPlaceholder(duration),
                    (Value::Double(_), true) => DocumentValue::DoublePlaceholder(duration),
                    (value, _) => self.value(value),
                }),
            })
            .collect()
    }

    fn histograms(&mut self, points: &[HistogramPoint], is_time: bool) -> Vec<DocumentPoint> {
        points
            .iter()
            .map(|point| DocumentPoint {
                attributes: self.attributes(&point.attributes),
                measure: Measure::Histogram {
                    count: point.count,
                    sum: if is_time { HistogramSum::Duration } else { HistogramSum::Number(Double(point.sum)) },
                    bounds: point.bounds.iter().copied().map(Double).collect(),
                    buckets: if is_time { Vec::new() } else { point.bucket_counts.clone() },
                },
            })
            .collect()
    }

    fn payload(&mut self, payload: &Payload) -> DocumentPayload {
        let body = match payload.body.as_str() {
            "" => DocumentValue::Empty,
            body => self.value(&Value::String(body.to_owned())),
        };
        DocumentPayload { request: self.replacer.text(&payload.request), body }
    }

    fn scope(&mut self, scope: &Scope) -> DocumentScope {
        DocumentScope {
            name: without_address(&scope.name),
            schema_url: scope.schema_url.clone(),
            attributes: self.attributes(&scope.attributes),
        }
    }

    fn attributes(&mut self, attributes: &Attributes) -> DocumentAttributes {
        attributes.iter().map(|(name, value)| (name.clone(), self.attribute(name, value))).collect()
    }

    fn attribute(&mut self, name: &str, value: &Value) -> DocumentValue {
        let declared = self.volatile.iter().find(|(attribute, _)| attribute == name).map(|(_, shape)| *shape);
        declared
            .and_then(|shape| self.declared(shape, value))
            .or_else(|| self.well_known(name, value))
            .unwrap_or_else(|| self.value(value))
    }

    /// The placeholder of a value of a declared shape; none when the value does not look like it.
    fn declared(&mut self, shape: PlaceholderKind, value: &Value) -> Option<DocumentValue> {
        // Seconds since the epoch since 2001, or the same moment in smaller units.
        const EARLIEST: f64 = 1e9;
        let duration = Placeholder::new(PlaceholderKind::Duration, 0);
        let time = Placeholder::new(PlaceholderKind::Time, 0);
        #[expect(clippy::cast_precision_loss, reason = "compared with a bound only")]
        Some(match (shape, value) {
            (PlaceholderKind::Duration, Value::Int(0..)) => DocumentValue::IntPlaceholder(duration),
            (PlaceholderKind::Duration, Value::String(text)) => DocumentValue::Text(self.replacer.durations(text)?),
            (PlaceholderKind::Client, Value::Bool(_)) => {
                DocumentValue::Text(Text::placeholder(Placeholder::new(PlaceholderKind::Client, 0)))
            }
            (PlaceholderKind::Digest, Value::String(text)) if is_digest(text) => {
                DocumentValue::Text(Text::placeholder(self.replacer.placeholder(PlaceholderKind::Digest, text)))
            }
            (PlaceholderKind::Duration, Value::Double(number)) if number.is_finite() && *number >= 0.0 => {
                DocumentValue::DoublePlaceholder(duration)
            }
            (PlaceholderKind::Time, Value::Int(number)) if *number as f64 >= EARLIEST => {
                DocumentValue::IntPlaceholder(time)
            }
            (PlaceholderKind::Time, Value::Double(number)) if number.is_finite() && *number >= EARLIEST => {
                DocumentValue::DoublePlaceholder(time)
            }
            (PlaceholderKind::Time, Value::String(text)) if is_rfc3339(text) => {
                DocumentValue::Text(Text::placeholder(time))
            }
            (PlaceholderKind::Time, Value::String(text)) if unquoted(text).is_some_and(is_rfc3339) => {
                let mut quoted = Text::literal("\"");
                quoted.push(time);
                quoted.push_str("\"");
                DocumentValue::Text(quoted)
            }
            (PlaceholderKind::Uuid, Value::String(text)) if is_uuid(text) => {
                DocumentValue::Text(Text::placeholder(self.replacer.placeholder(PlaceholderKind::Uuid, text)))
            }
            (PlaceholderKind::Version, Value::String(text)) if is_user_agent(text) => {
                DocumentValue::Text(Text::placeholder(self.replacer.placeholder(PlaceholderKind::Version, text)))
            }
            _ => return None,
        })
    }

    /// Attributes of OpenTelemetry itself whose value differs from run to run.
    fn well_known(&mut self, name: &str, value: &Value) -> Option<DocumentValue> {
        match (name, value) {
            ("exception.stacktrace", Value::String(text)) if is_stacktrace(text) => {
                let placeholder = Placeholder::new(PlaceholderKind::Stacktrace, 0);
                Some(DocumentValue::Text(Text::placeholder(placeholder)))
            }
            ("thread.id", Value::Int(id)) => {
                Some(DocumentValue::IntPlaceholder(self.replacer.placeholder(PlaceholderKind::Thread, &id.to_string())))
            }
            _ => None,
        }
    }

    fn value(&mut self, value: &Value) -> DocumentValue {
        match value {
            Value::String(text) => match look(text) {
                Look::Plain => DocumentValue::Text(self.replacer.text(text)),
                Look::Container(json) => DocumentValue::Json(Box::new(self.json(json))),
                Look::Broken => DocumentValue::BrokenJson(self.replacer.text(text)),
            },
            Value::Bool(value) => DocumentValue::Bool(*value),
            Value::Int(value) => self.int(*value),
            Value::Double(value) => DocumentValue::Double(Double(*value)),
            Value::Bytes(bytes) => DocumentValue::Bytes(bytes.clone()),
            Value::Array(values) => DocumentValue::Array(values.iter().map(|value| self.value(value)).collect()),
            Value::Map(map) => DocumentValue::Map(self.attributes(map)),
            Value::Empty => DocumentValue::Empty,
        }
    }

    fn int(&mut self, value: i64) -> DocumentValue {
        let text = value.to_string();
        match self.replacer.number_kind(&text) {
            Some(kind) => DocumentValue::IntPlaceholder(self.replacer.placeholder(kind, &text)),
            None => DocumentValue::Int(value),
        }
    }

    /// A string inside JSON that is itself JSON, such as the arguments of a tool call, is opened too; one that only
    /// begins like it is prose.
    fn json(&mut self, json: Json) -> DocumentValue {
        match json {
            Json::Null => DocumentValue::Empty,
            Json::Bool(value) => DocumentValue::Bool(value),
            Json::Int(value) => self.int(value),
            Json::Double(value) => DocumentValue::Double(Double(value)),
            Json::String(text) => match look(&text) {
                Look::Container(json) => DocumentValue::Json(Box::new(self.json(json))),
                Look::Plain | Look::Broken => DocumentValue::Text(self.replacer.text(&text)),
            },
            Json::Array(items) => DocumentValue::Array(items.into_iter().map(|item| self.json(item)).collect()),
            Json::Object(map) => {
                DocumentValue::Map(map.into_iter().map(|(key, value)| (key, self.json(value))).collect())
            }
        }
    }

    /// An id that nothing refers to says nothing.
    fn keep_ids_that_are_used(&self, drafts: &mut [Draft<'_>]) {
        let mut used = self.replacer.mentioned.clone();
        for draft in &*drafts {
            for (_, span) in &draft.spans {
                used.extend(span.parent.map(|parent| parent.0));
                used.extend(span.links.iter().map(|link| link.span.0));
            }
            used.extend(draft.logs.iter().filter_map(|(_, log)| log.span.map(|span| span.0)));
        }
        for (_, span) in drafts.iter_mut().flat_map(|draft| &mut draft.spans) {
            span.id = span.id.filter(|id| used.contains(&id.0));
        }
    }
}

/// Whether a text looks like a stack trace of Python, Node.js or Rust.
fn is_stacktrace(text: &str) -> bool {
    text.starts_with("Traceback (most recent call last)")
        || text.lines().any(|line| {
            let line = line.trim_start();
            line.starts_with("at ") || line.starts_with("File \"")
        })
}

/// The text of a JSON string that needs no escapes.
fn unquoted(text: &str) -> Option<&str> {
    text.strip_prefix('"')?.strip_suffix('"')
}
