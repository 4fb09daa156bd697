//! Telemetry of every shape, for property tests here and in `collect`.

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::{
    Attributes, HistogramPoint, Link, LogRecord, Metric, MetricData, Nanoseconds, NumberPoint, Payload, Scope, Span,
    SpanEvent, SpanId, SpanKind, Status, Telemetry, TraceId, Value,
};

/// In the order of their OTLP numbers.
pub(crate) const KINDS: [SpanKind; 6] = [
    SpanKind::Unspecified,
    SpanKind::Internal,
    SpanKind::Server,
    SpanKind::Client,
    SpanKind::Producer,
    SpanKind::Consumer,
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[a-z.]{0,8}", 2 => any::<String>(), 1 => json()]
}

/// Text that is JSON, or nearly.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof!["null|true|-?[0-9]{1,20}|[0-9]\\.[0-9]e[0-9]", "\"[a-z<>1 ]{0,8}\""];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(|items| format!("[{}]", items.join(", "))),
            vec(("[a-c. ]{0,2}", inner), 0..3).prop_map(|entries| {
                let entries: Vec<_> = entries.into_iter().map(|(key, value)| format!("\"{key}\": {value}")).collect();
                format!("{{{}}}", entries.join(","))
            }),
        ]
    })
}

/// Finite, since JSON has no other doubles.
fn double() -> impl Strategy<Value = f64> {
    prop::num::f64::NORMAL | prop::num::f64::ZERO
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        text().prop_map(Value::String),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        double().prop_map(Value::Double),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::Array),
            btree_map(text(), inner, 0..3).prop_map(Value::Map),
        ]
    })
}

fn attributes() -> impl Strategy<Value = Attributes> {
    btree_map(text(), any_value(), 0..4)
}

fn trace() -> impl Strategy<Value = TraceId> {
    (1..=u128::MAX).prop_map(|id| TraceId(id.to_be_bytes()))
}

fn span_id() -> impl Strategy<Value = SpanId> {
    (1..=u64::MAX).prop_map(|id| SpanId(id.to_be_bytes()))
}

fn any_scope() -> impl Strategy<Value = Scope> {
    (text(), text(), text(), attributes()).prop_map(|(name, version, schema_url, attributes)| Scope {
        name,
        version,
        schema_url,
        attributes,
    })
}

fn time() -> impl Strategy<Value = Nanoseconds> {
    (1..=u64::MAX >> 1).prop_map(Nanoseconds)
}

pub(crate) fn span() -> impl Strategy<Value = Span> {
    let status = prop_oneof![Just(Status::Unset), Just(Status::Ok), text().prop_map(Status::Error)];
    let event =
        (time(), text(), attributes()).prop_map(|(time, name, attributes)| SpanEvent { time, name, attributes });
    let link =
        (trace(), span_id(), attributes()).prop_map(|(trace, span, attributes)| Link { trace, span, attributes });
    let ids = (trace(), span_id(), option::of(span_id()));
    let rest = (attributes(), vec(event, 0..2), vec(link, 0..2), any_scope());
    (ids, text(), select(KINDS.to_vec()), (time(), time()), status, rest).prop_map(
        |((trace, id, parent), name, kind, (start, end), status, (attributes, events, links, scope))| Span {
            trace,
            id,
            parent,
            name,
            kind,
            start,
            end,
            status,
            attributes,
            events,
            links,
            scope,
        },
    )
}

pub(crate) fn log() -> impl Strategy<Value = LogRecord> {
    let ids = (option::of(trace()), option::of(span_id()));
    (time(), text(), 0..25_i32, any_value(), attributes(), ids, any_scope()).prop_map(
        |(time, event_name, severity, body, attributes, (trace, span), scope)| LogRecord {
            time,
            event_name,
            severity,
            body,
            attributes,
            trace,
            span,
            scope,
        },
    )
}

pub(crate) fn metric() -> impl Strategy<Value = Metric> {
    let number = prop_oneof![any::<i64>().prop_map(Value::Int), double().prop_map(Value::Double)];
    let number = (attributes(), number).prop_map(|(attributes, value)| NumberPoint { attributes, value });
    let numbers = vec(number, 0..3).boxed();
    let histogram = (attributes(), any::<u64>(), double(), vec(double(), 0..3), vec(any::<u64>(), 0..3)).prop_map(
        |(attributes, count, sum, bounds, bucket_counts)| HistogramPoint {
            attributes,
            count,
            sum,
            bounds,
            bucket_counts,
        },
    );
    let exponential = (attributes(), any::<u64>(), double()).prop_map(|(attributes, count, sum)| HistogramPoint {
        attributes,
        count,
        sum,
        bounds: Vec::new(),
        bucket_counts: Vec::new(),
    });
    let data = prop_oneof![
        (any::<bool>(), numbers.clone()).prop_map(|(monotonic, points)| MetricData::Sum { monotonic, points }),
        numbers.prop_map(MetricData::Gauge),
        vec(histogram, 0..3).prop_map(MetricData::Histogram),
        vec(exponential, 0..3).prop_map(MetricData::ExponentialHistogram),
    ];
    (text(), text(), data, any_scope()).prop_map(|(name, unit, data, scope)| Metric { name, unit, data, scope })
}

pub(crate) fn telemetry() -> impl Strategy<Value = Telemetry> {
    let payload = (text(), text()).prop_map(|(request, body)| Payload { request, body });
    (vec(span(), 0..4), vec(log(), 0..3), vec(metric(), 0..3), vec(payload, 0..2))
        .prop_map(|(spans, logs, metrics, payloads)| Telemetry { spans, logs, metrics, payloads, flaws: Vec::new() })
}
