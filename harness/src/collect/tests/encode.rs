//! Our model → OTLP messages.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as OtlpValue;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList};
use opentelemetry_proto::tonic::logs::v1::{LogRecord as OtlpLog, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as OtlpNumber;
use opentelemetry_proto::tonic::metrics::v1::{
    ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram, HistogramDataPoint, Metric as OtlpMetric,
    NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum,
};
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link as OtlpLink};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span as OtlpSpan, Status as OtlpStatus};

use crate::telemetry::arbitrary::KINDS;
use crate::telemetry::{Attributes, LogRecord, Metric, MetricData, NumberPoint, Scope, Span, Status, Value};

pub(super) fn traces(spans: &[Span]) -> ExportTraceServiceRequest {
    let scope_spans = spans
        .iter()
        .map(|span| ScopeSpans {
            scope: Some(scope(&span.scope)),
            spans: vec![otlp_span(span)],
            schema_url: span.scope.schema_url.clone(),
        })
        .collect();
    ExportTraceServiceRequest { resource_spans: vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }] }
}

pub(super) fn logs(logs: &[LogRecord]) -> ExportLogsServiceRequest {
    let scope_logs = logs
        .iter()
        .map(|log| ScopeLogs {
            scope: Some(scope(&log.scope)),
            log_records: vec![OtlpLog {
                time_unix_nano: log.time.0,
                event_name: log.event_name.clone(),
                severity_number: log.severity,
                body: Some(value(&log.body)),
                attributes: pairs(&log.attributes),
                trace_id: log.trace.map(|id| id.0.to_vec()).unwrap_or_default(),
                span_id: log.span.map(|id| id.0.to_vec()).unwrap_or_default(),
                ..OtlpLog::default()
            }],
            schema_url: log.scope.schema_url.clone(),
        })
        .collect();
    ExportLogsServiceRequest { resource_logs: vec![ResourceLogs { scope_logs, ..ResourceLogs::default() }] }
}

pub(super) fn metrics(metrics: &[Metric]) -> ExportMetricsServiceRequest {
    let scope_metrics = metrics
        .iter()
        .map(|metric| ScopeMetrics {
            scope: Some(scope(&metric.scope)),
            metrics: vec![OtlpMetric {
                name: metric.name.clone(),
                unit: metric.unit.clone(),
                data: Some(data(&metric.data)),
                ..OtlpMetric::default()
            }],
            schema_url: metric.scope.schema_url.clone(),
        })
        .collect();
    ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics { scope_metrics, ..ResourceMetrics::default() }],
    }
}

fn otlp_span(span: &Span) -> OtlpSpan {
    OtlpSpan {
        trace_id: span.trace.0.to_vec(),
        span_id: span.id.0.to_vec(),
        parent_span_id: span.parent.map(|id| id.0.to_vec()).unwrap_or_default(),
        name: span.name.clone(),
        kind: KINDS.iter().position(|kind| *kind == span.kind).map_or(0, |kind| i32::try_from(kind).unwrap_or(0)),
        start_time_unix_nano: span.start.0,
        end_time_unix_nano: span.end.0,
        attributes: pairs(&span.attributes),
        events: span
            .events
            .iter()
            .map(|event| Event {
                time_unix_nano: event.time.0,
                name: event.name.clone(),
                attributes: pairs(&event.attributes),
                ..Event::default()
            })
            .collect(),
        links: span
            .links
            .iter()
            .map(|link| OtlpLink {
                trace_id: link.trace.0.to_vec(),
                span_id: link.span.0.to_vec(),
                attributes: pairs(&link.attributes),
                ..OtlpLink::default()
            })
            .collect(),
        status: Some(match &span.status {
            Status::Unset => OtlpStatus::default(),
            Status::Ok => OtlpStatus { code: 1, ..OtlpStatus::default() },
            Status::Error(message) => OtlpStatus { code: 2, message: message.clone() },
        }),
        ..OtlpSpan::default()
    }
}

fn data(data: &MetricData) -> Data {
    match data {
        MetricData::Sum { monotonic, points } => {
            Data::Sum(Sum { data_points: numbers(points), aggregation_temporality: 1, is_monotonic: *monotonic })
        }
        MetricData::Gauge(points) => Data::Gauge(Gauge { data_points: numbers(points) }),
        MetricData::Histogram(points) => Data::Histogram(Histogram {
            data_points: points
                .iter()
                .map(|point| HistogramDataPoint {
                    attributes: pairs(&point.attributes),
                    count: point.count,
                    sum: Some(point.sum),
                    explicit_bounds: point.bounds.clone(),
                    bucket_counts: point.bucket_counts.clone(),
                    ..HistogramDataPoint::default()
                })
                .collect(),
            aggregation_temporality: 1,
        }),
        MetricData::ExponentialHistogram(points) => Data::ExponentialHistogram(ExponentialHistogram {
            data_points: points
                .iter()
                .map(|point| ExponentialHistogramDataPoint {
                    attributes: pairs(&point.attributes),
                    count: point.count,
                    sum: Some(point.sum),
                    ..ExponentialHistogramDataPoint::default()
                })
                .collect(),
            aggregation_temporality: 1,
        }),
    }
}

fn numbers(points: &[NumberPoint]) -> Vec<NumberDataPoint> {
    points
        .iter()
        .map(|point| NumberDataPoint {
            attributes: pairs(&point.attributes),
            value: match point.value {
                Value::Int(number) => Some(OtlpNumber::AsInt(number)),
                Value::Double(number) => Some(OtlpNumber::AsDouble(number)),
                _ => None,
            },
            ..NumberDataPoint::default()
        })
        .collect()
}

fn scope(scope: &Scope) -> InstrumentationScope {
    InstrumentationScope {
        name: scope.name.clone(),
        version: scope.version.clone(),
        attributes: pairs(&scope.attributes),
        ..InstrumentationScope::default()
    }
}

pub(super) fn pairs(attributes: &Attributes) -> Vec<KeyValue> {
    attributes
        .iter()
        .map(|(name, entry)| KeyValue { key: name.clone(), value: Some(value(entry)), ..KeyValue::default() })
        .collect()
}

fn value(value_in: &Value) -> AnyValue {
    let value = match value_in {
        Value::String(text) => Some(OtlpValue::StringValue(text.clone())),
        Value::Bool(flag) => Some(OtlpValue::BoolValue(*flag)),
        Value::Int(number) => Some(OtlpValue::IntValue(*number)),
        Value::Double(number) => Some(OtlpValue::DoubleValue(*number)),
        Value::Bytes(bytes) => Some(OtlpValue::BytesValue(bytes.clone())),
        Value::Array(values) => Some(OtlpValue::ArrayValue(ArrayValue { values: values.iter().map(value).collect() })),
        Value::Map(map) => Some(OtlpValue::KvlistValue(KeyValueList { values: pairs(map) })),
        Value::Empty => None,
    };
    AnyValue { value }
}
