//! OTLP messages → our model.

use opentelemetry_proto::tonic::common::v1::any_value::Value as OtlpValue;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord as OtlpLog, ResourceLogs};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as OtlpNumber;
use opentelemetry_proto::tonic::metrics::v1::{
    ExponentialHistogramDataPoint, HistogramDataPoint, Metric as OtlpMetric, NumberDataPoint, ResourceMetrics,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link as OtlpLink, SpanKind as OtlpKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, Span as OtlpSpan, Status as OtlpStatus};

use crate::telemetry::{
    Attributes, Flaw, FlawKind, HistogramPoint, Link, LogRecord, Metric, MetricData, Nanoseconds, NumberPoint, Scope,
    Span, SpanEvent, SpanId, SpanKind, Status, TraceId, Value,
};

/// Converts, and collects what cannot be kept, and what is not as it should be.
#[derive(Default)]
pub(super) struct Converter {
    pub(super) problems: Vec<String>,
    pub(super) flaws: Vec<Flaw>,
    /// What the resource of the current group says.
    resource: Attributes,
}

impl Converter {
    pub(super) fn spans(&mut self, resources: Vec<ResourceSpans>) -> Vec<Span> {
        let mut spans = Vec::new();
        for resource in resources {
            self.resource(resource.resource);
            for group in resource.scope_spans {
                let scope = self.scope(group.scope, group.schema_url);
                spans.extend(group.spans.into_iter().map(|span| self.span(span, &scope)));
            }
        }
        spans
    }

    pub(super) fn logs(&mut self, resources: Vec<ResourceLogs>) -> Vec<LogRecord> {
        let mut logs = Vec::new();
        for resource in resources {
            self.resource(resource.resource);
            for group in resource.scope_logs {
                let scope = self.scope(group.scope, group.schema_url);
                logs.extend(group.log_records.into_iter().map(|log| self.log(log, &scope)));
            }
        }
        logs
    }

    pub(super) fn metrics(&mut self, resources: Vec<ResourceMetrics>) -> Vec<Metric> {
        let mut metrics = Vec::new();
        for resource in resources {
            self.resource(resource.resource);
            for group in resource.scope_metrics {
                let scope = self.scope(group.scope, group.schema_url);
                metrics.extend(group.metrics.into_iter().filter_map(|metric| self.metric(metric, &scope)));
            }
        }
        metrics
    }

    /// The resource of what follows. It is not kept; only what contradicts it is told.
    fn resource(&mut self, resource: Option<Resource>) {
        self.resource = Attributes::new();
        self.resource = self.attributes(resource.unwrap_or_default().attributes, "the resource");
    }

    fn scope(&mut self, scope: Option<InstrumentationScope>, schema_url: String) -> Scope {
        let scope = scope.unwrap_or_default();
        let attributes = self.attributes(scope.attributes, &format!("scope `{}`", scope.name));
        Scope { name: scope.name, version: scope.version, schema_url, attributes }
    }

    fn span(&mut self, span: OtlpSpan, scope: &Scope) -> Span {
        let subject = format!("span `{}`", span.name);
        Span {
            trace: TraceId(self.id(&span.trace_id, "trace id", &subject)),
            id: SpanId(self.id(&span.span_id, "span id", &subject)),
            parent: self.optional_id(&span.parent_span_id, "parent span id", &subject).map(SpanId),
            kind: kind(span.kind()),
            start: Nanoseconds(span.start_time_unix_nano),
            end: Nanoseconds(span.end_time_unix_nano),
            status: status(span.status),
            attributes: self.attributes(span.attributes, &subject),
            events: span.events.into_iter().map(|event| self.event(event, &subject)).collect(),
            links: span.links.into_iter().map(|link| self.link(link, &subject)).collect(),
            name: span.name,
            scope: scope.clone(),
        }
    }

    fn event(&mut self, event: Event, span: &str) -> SpanEvent {
        let attributes = self.attributes(event.attributes, &format!("event `{}` of {span}", event.name));
        SpanEvent { time: Nanoseconds(event.time_unix_nano), name: event.name, attributes }
    }

    fn link(&mut self, link: OtlpLink, span: &str) -> Link {
        let subject = format!("a link of {span}");
        Link {
            trace: TraceId(self.id(&link.trace_id, "trace id", &subject)),
            span: SpanId(self.id(&link.span_id, "span id", &subject)),
            attributes: self.attributes(link.attributes, &subject),
        }
    }

    fn log(&mut self, log: OtlpLog, scope: &Scope) -> LogRecord {
        let subject = format!("log record `{}`", log.event_name);
        let time = if log.time_unix_nano == 0 { log.observed_time_unix_nano } else { log.time_unix_nano };
        LogRecord {
            time: Nanoseconds(time),
            severity: log.severity_number,
            body: self.value(log.body, &subject),
            attributes: self.attributes(log.attributes, &subject),
            trace: self.optional_id(&log.trace_id, "trace id", &subject).map(TraceId),
            span: self.optional_id(&log.span_id, "span id", &subject).map(SpanId),
            event_name: log.event_name,
            scope: scope.clone(),
        }
    }

    fn metric(&mut self, metric: OtlpMetric, scope: &Scope) -> Option<Metric> {
        let subject = format!("metric `{}`", metric.name);
        let data = match metric.data {
            Some(Data::Sum(sum)) => {
                MetricData::Sum { monotonic: sum.is_monotonic, points: self.numbers(sum.data_points, &subject) }
            }
            Some(Data::Gauge(gauge)) => MetricData::Gauge(self.numbers(gauge.data_points, &subject)),
            Some(Data::Histogram(histogram)) => MetricData::Histogram(
                histogram.data_points.into_iter().map(|point| self.histogram(point, &subject)).collect(),
            ),
            Some(Data::ExponentialHistogram(histogram)) => MetricData::ExponentialHistogram(
                histogram.data_points.into_iter().map(|point| self.exponential(point, &subject)).collect(),
            ),
            Some(Data::Summary(_)) => {
                self.problems.push(format!("{subject} is a summary, which is not kept"));
                return None;
            }
            None => {
                self.problems.push(format!("{subject} has no data"));
                return None;
            }
        };
        Some(Metric { name: metric.name, unit: metric.unit, data, scope: scope.clone() })
    }

    fn numbers(&mut self, points: Vec<NumberDataPoint>, subject: &str) -> Vec<NumberPoint> {
        points
            .into_iter()
            .map(|point| NumberPoint {
                attributes: self.attributes(point.attributes, subject),
                value: match point.value {
                    Some(OtlpNumber::AsInt(number)) => Value::Int(number),
                    Some(OtlpNumber::AsDouble(number)) => Value::Double(number),
                    None => Value::Empty,
                },
            })
            .collect()
    }

    fn histogram(&mut self, point: HistogramDataPoint, subject: &str) -> HistogramPoint {
        HistogramPoint {
            attributes: self.attributes(point.attributes, subject),
            count: point.count,
            sum: point.sum.unwrap_or(0.0),
            bounds: point.explicit_bounds,
            bucket_counts: point.bucket_counts,
        }
    }

    fn exponential(&mut self, point: ExponentialHistogramDataPoint, subject: &str) -> HistogramPoint {
        HistogramPoint {
            attributes: self.attributes(point.attributes, subject),
            count: point.count,
            sum: point.sum.unwrap_or(0.0),
            bounds: Vec::new(),
            bucket_counts: Vec::new(),
        }
    }

    /// The last one wins, as in the SDKs; that there were two is a problem.
    fn attributes(&mut self, pairs: Vec<KeyValue>, subject: &str) -> Attributes {
        let mut attributes = Attributes::new();
        for KeyValue { key, value, .. } in pairs {
            let value = self.value(value, subject);
            if attributes.contains_key(&key) {
                let message = format!("attribute `{key}` is there twice on {subject}");
                self.flaw(FlawKind::DuplicateAttribute, format!("{}/{key}", plain(subject)), message);
            }
            if let Some(known) = self.resource.get(&key).filter(|known| **known != value) {
                let message =
                    format!("`{key}` is {} on {subject}, but {} in its resource", shown(&value), shown(known));
                self.flaw(FlawKind::AgainstResource, format!("{}/{key}", plain(subject)), message);
            }
            attributes.insert(key, value);
        }
        attributes
    }

    fn value(&mut self, value: Option<AnyValue>, subject: &str) -> Value {
        match value.and_then(|value| value.value) {
            Some(OtlpValue::StringValue(text)) => Value::String(text),
            Some(OtlpValue::BoolValue(value)) => Value::Bool(value),
            Some(OtlpValue::IntValue(number)) => Value::Int(number),
            Some(OtlpValue::DoubleValue(number)) => Value::Double(number),
            Some(OtlpValue::BytesValue(bytes)) => Value::Bytes(bytes),
            Some(OtlpValue::ArrayValue(array)) => {
                Value::Array(array.values.into_iter().map(|value| self.value(Some(value), subject)).collect())
            }
            Some(OtlpValue::KvlistValue(list)) => Value::Map(self.attributes(list.values, subject)),
            Some(OtlpValue::StringValueStrindex(_)) => {
                self.problems.push(format!("{subject} refers to a string table, which only profiles have"));
                Value::Empty
            }
            None => Value::Empty,
        }
    }

    /// An id that must be there.
    fn id<const N: usize>(&mut self, bytes: &[u8], what: &str, subject: &str) -> [u8; N] {
        <[u8; N]>::try_from(bytes).unwrap_or_else(|_| {
            let message = format!("the {what} of {subject} has {} bytes, not {N}", bytes.len());
            self.flaw(FlawKind::InvalidId, format!("{}/{what}", plain(subject)), message);
            [0; N]
        })
    }

    fn flaw(&mut self, kind: FlawKind, place: String, message: String) {
        self.flaws.push(Flaw { kind, place, message });
    }

    /// An id that is absent when it is empty or zero.
    fn optional_id<const N: usize>(&mut self, bytes: &[u8], what: &str, subject: &str) -> Option<[u8; N]> {
        let is_absent = bytes.iter().all(|byte| *byte == 0);
        (!is_absent).then(|| self.id(bytes, what, subject))
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{text}`"),
        other => format!("{other:?}"),
    }
}

/// A subject as it stands in the place of a flaw.
fn plain(subject: &str) -> String {
    subject.replace('`', "")
}

fn kind(kind: OtlpKind) -> SpanKind {
    match kind {
        OtlpKind::Unspecified => SpanKind::Unspecified,
        OtlpKind::Internal => SpanKind::Internal,
        OtlpKind::Server => SpanKind::Server,
        OtlpKind::Client => SpanKind::Client,
        OtlpKind::Producer => SpanKind::Producer,
        OtlpKind::Consumer => SpanKind::Consumer,
    }
}

fn status(status: Option<OtlpStatus>) -> Status {
    let status = status.unwrap_or_default();
    match status.code() {
        StatusCode::Unset => Status::Unset,
        StatusCode::Ok => Status::Ok,
        StatusCode::Error => Status::Error(status.message),
    }
}
