//! Spans of an SDK in this process ⇄ our model.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{
    Event, Link as SdkLink, SpanContext, SpanId as SdkSpanId, SpanKind as SdkKind, Status as SdkStatus, TraceFlags,
    TraceId as SdkTraceId, TraceState,
};
use opentelemetry::{Array, InstrumentationScope, KeyValue, StringValue, Value as SdkValue};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};

use crate::telemetry::{
    Attributes, Flaw, FlawKind, Link, Nanoseconds, Scope, Span, SpanEvent, SpanId, SpanKind, Status, TraceId, Value,
};

/// Our span of a span that an in-memory exporter holds.
pub(crate) fn from_span_data(data: SpanData) -> Span {
    let is_root = data.parent_span_id == SdkSpanId::INVALID;
    Span {
        trace: TraceId(data.span_context.trace_id().to_bytes()),
        id: SpanId(data.span_context.span_id().to_bytes()),
        parent: (!is_root).then(|| SpanId(data.parent_span_id.to_bytes())),
        name: data.name.into_owned(),
        kind: match data.span_kind {
            SdkKind::Client => SpanKind::Client,
            SdkKind::Server => SpanKind::Server,
            SdkKind::Producer => SpanKind::Producer,
            SdkKind::Consumer => SpanKind::Consumer,
            SdkKind::Internal => SpanKind::Internal,
        },
        start: nanoseconds(data.start_time),
        end: nanoseconds(data.end_time),
        status: match data.status {
            SdkStatus::Unset => Status::Unset,
            SdkStatus::Ok => Status::Ok,
            SdkStatus::Error { description } => Status::Error(description.into_owned()),
        },
        attributes: from_pairs(data.attributes),
        events: data
            .events
            .into_iter()
            .map(|event| SpanEvent {
                time: nanoseconds(event.timestamp),
                name: event.name.into_owned(),
                attributes: from_pairs(event.attributes),
            })
            .collect(),
        links: data
            .links
            .into_iter()
            .map(|link| Link {
                trace: TraceId(link.span_context.trace_id().to_bytes()),
                span: SpanId(link.span_context.span_id().to_bytes()),
                attributes: from_pairs(link.attributes),
            })
            .collect(),
        scope: Scope {
            name: data.instrumentation_scope.name().to_owned(),
            version: data.instrumentation_scope.version().unwrap_or_default().to_owned(),
            schema_url: data.instrumentation_scope.schema_url().unwrap_or_default().to_owned(),
            attributes: from_pairs(data.instrumentation_scope.attributes().cloned()),
        },
    }
}

/// What is wrong with the form of a span that an in-memory exporter holds: the SDK takes a key twice.
pub(crate) fn flaws(data: &SpanData) -> Vec<Flaw> {
    let mut seen = BTreeSet::new();
    let twice = data.attributes.iter().filter(|pair| !seen.insert(pair.key.as_str()));
    twice
        .map(|pair| {
            let (key, span) = (&pair.key, &data.name);
            let message = format!("attribute `{key}` is there twice on span `{span}`");
            Flaw { kind: FlawKind::DuplicateAttribute, place: format!("span {span}/{key}"), message }
        })
        .collect()
}

/// The SDK's span of one of ours, to hand to an exporter. What the SDK has no type for (bytes, maps, mixed arrays, an
/// empty value) becomes text, since it is for people to read.
pub(crate) fn to_span_data(span: &Span) -> SpanData {
    let mut events = SpanEvents::default();
    events.events = span
        .events
        .iter()
        .map(|event| Event::new(event.name.clone(), system_time(event.time), to_pairs(&event.attributes), 0))
        .collect();
    let mut links = SpanLinks::default();
    links.links = span
        .links
        .iter()
        .map(|link| SdkLink::new(span_context(link.trace, link.span), to_pairs(&link.attributes), 0))
        .collect();
    SpanData {
        span_context: span_context(span.trace, span.id),
        parent_span_id: span.parent.map_or(SdkSpanId::INVALID, |parent| SdkSpanId::from_bytes(parent.0)),
        parent_span_is_remote: false,
        span_kind: match span.kind {
            SpanKind::Client => SdkKind::Client,
            SpanKind::Server => SdkKind::Server,
            SpanKind::Producer => SdkKind::Producer,
            SpanKind::Consumer => SdkKind::Consumer,
            SpanKind::Internal | SpanKind::Unspecified => SdkKind::Internal,
        },
        name: Cow::Owned(span.name.clone()),
        start_time: system_time(span.start),
        end_time: system_time(span.end),
        attributes: to_pairs(&span.attributes),
        dropped_attributes_count: 0,
        events,
        links,
        status: match &span.status {
            Status::Unset => SdkStatus::Unset,
            Status::Ok => SdkStatus::Ok,
            Status::Error(description) => SdkStatus::Error { description: Cow::Owned(description.clone()) },
        },
        instrumentation_scope: scope(&span.scope),
    }
}

fn scope(scope: &Scope) -> InstrumentationScope {
    let mut builder = InstrumentationScope::builder(scope.name.clone()).with_attributes(to_pairs(&scope.attributes));
    if !scope.version.is_empty() {
        builder = builder.with_version(scope.version.clone());
    }
    if !scope.schema_url.is_empty() {
        builder = builder.with_schema_url(scope.schema_url.clone());
    }
    builder.build()
}

fn span_context(trace: TraceId, span: SpanId) -> SpanContext {
    let ids = (SdkTraceId::from_bytes(trace.0), SdkSpanId::from_bytes(span.0));
    SpanContext::new(ids.0, ids.1, TraceFlags::SAMPLED, false, TraceState::NONE)
}

fn nanoseconds(time: SystemTime) -> Nanoseconds {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    Nanoseconds(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}

fn system_time(time: Nanoseconds) -> SystemTime {
    UNIX_EPOCH + Duration::from_nanos(time.0)
}

/// The SDK may hold a key twice; the last one wins, as in its exporters' receivers.
fn from_pairs(pairs: impl IntoIterator<Item = KeyValue>) -> Attributes {
    pairs.into_iter().map(|pair| (pair.key.as_str().to_owned(), from_value(pair.value))).collect()
}

fn from_value(value: SdkValue) -> Value {
    match value {
        SdkValue::Bool(value) => Value::Bool(value),
        SdkValue::I64(number) => Value::Int(number),
        SdkValue::F64(number) => Value::Double(number),
        SdkValue::String(text) => Value::String(text.as_str().to_owned()),
        SdkValue::Array(array) => Value::Array(match array {
            Array::Bool(values) => values.into_iter().map(Value::Bool).collect(),
            Array::I64(values) => values.into_iter().map(Value::Int).collect(),
            Array::F64(values) => values.into_iter().map(Value::Double).collect(),
            Array::String(values) => values.iter().map(|text| Value::String(text.as_str().to_owned())).collect(),
            other => vec![Value::String(other.to_string())],
        }),
        // The SDK's type may grow.
        other => Value::String(other.to_string()),
    }
}

fn to_pairs(attributes: &Attributes) -> Vec<KeyValue> {
    attributes.iter().map(|(name, value)| KeyValue::new(name.clone(), to_value(value))).collect()
}

fn to_value(value: &Value) -> SdkValue {
    match value {
        Value::String(text) => text.clone().into(),
        Value::Bool(value) => (*value).into(),
        Value::Int(number) => (*number).into(),
        Value::Double(number) => (*number).into(),
        Value::Array(values) => SdkValue::Array(to_array(values)),
        Value::Bytes(_) | Value::Map(_) | Value::Empty => to_text(value).into(),
    }
}

fn to_array(values: &[Value]) -> Array {
    fn all<T>(values: &[Value], one: impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
        values.iter().map(one).collect()
    }
    let ints = || all(values, |value| if let Value::Int(number) = value { Some(*number) } else { None });
    let doubles = || all(values, |value| if let Value::Double(number) = value { Some(*number) } else { None });
    let bools = || all(values, |value| if let Value::Bool(value) = value { Some(*value) } else { None });
    if values.is_empty() {
        return Array::String(Vec::new());
    }
    ints()
        .map(Array::I64)
        .or_else(|| doubles().map(Array::F64))
        .or_else(|| bools().map(Array::Bool))
        .unwrap_or_else(|| Array::String(values.iter().map(|value| StringValue::from(to_text(value))).collect()))
}

fn to_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => format!("{other:?}"),
    }
}
