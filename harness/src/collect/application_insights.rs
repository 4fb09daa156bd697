//! Envelopes of Application Insights → our model, as far as they go.
//!
//! The form knows dependencies, requests, traces, exceptions, events and metrics, not spans, logs and instruments. What
//! it loses cannot be told here: the type of an attribute (every property is a text), the scope, the description of a
//! failure, whether a call that did not fail is unset or ok, a dependency that is no call from one that is, the buckets,
//! the unit and the kind of a metric. What Application Insights shows in columns of its own is kept as `ai.*`
//! attributes; what says which machine and SDK sent it is dropped, as resources are.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::decode::{DecodeError, Decoded};
use super::timestamps::{duration, timestamp};
use crate::telemetry::{
    Attributes, HistogramPoint, LogRecord, Metric, MetricData, Nanoseconds, NumberPoint, Scope, Span, SpanEvent,
    SpanId, SpanKind, Status, Telemetry, TraceId, Value,
};

/// What an envelope says about its place; everything else there is about machine and SDK.
const TAGS: &[(&str, &str)] = &[
    ("ai.session.id", "ai.session.id"),
    ("ai.user.id", "ai.user.id"),
    ("ai.user.authUserId", "ai.user.authUserId"),
    ("ai.user.userAgent", "ai.user.userAgent"),
    ("ai.operation.syntheticSource", "ai.operation.syntheticSource"),
];

#[derive(Deserialize)]
struct Envelope {
    #[serde(default)]
    time: String,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    data: Data,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    base_type: String,
    base_data: BaseData,
}

/// The members of every kind of data.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct BaseData {
    name: Option<String>,
    id: Option<String>,
    duration: Option<String>,
    success: Option<bool>,
    #[serde(rename = "type")]
    kind: Option<String>,
    target: Option<String>,
    data: Option<String>,
    result_code: Option<String>,
    response_code: Option<String>,
    url: Option<String>,
    source: Option<String>,
    message: Option<String>,
    severity_level: Option<Json>,
    exceptions: Vec<Exception>,
    metrics: Vec<Point>,
    properties: BTreeMap<String, String>,
    measurements: BTreeMap<String, f64>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Exception {
    type_name: Option<String>,
    message: Option<String>,
    stack: Option<String>,
}

#[derive(Deserialize)]
struct Point {
    name: String,
    value: f64,
    count: Option<u64>,
    min: Option<f64>,
    max: Option<f64>,
}

/// Reads a body: a JSON array of envelopes, or one envelope per line. Gives also how many there were.
pub(super) fn decode(body: &[u8]) -> Result<(Decoded, usize), DecodeError> {
    let envelopes: Vec<Envelope> = if body.trim_ascii_start().starts_with(b"[") {
        serde_json::from_slice(body)?
    } else {
        let lines = body.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
        lines.map(serde_json::from_slice).collect::<Result<_, _>>()?
    };
    let count = envelopes.len();
    let mut reader = Reader::default();
    for envelope in envelopes {
        reader.take(envelope);
    }
    Ok((Decoded { telemetry: reader.telemetry, problems: reader.problems }, count))
}

/// What the service answers when it took everything.
pub(super) fn accepted(count: usize) -> String {
    json!({ "itemsReceived": count, "itemsAccepted": count, "appId": null, "errors": [] }).to_string()
}

#[derive(Default)]
struct Reader {
    telemetry: Telemetry,
    problems: Vec<String>,
}

impl Reader {
    fn take(&mut self, envelope: Envelope) {
        let Envelope { time, tags, data: Data { base_type, base_data } } = envelope;
        let time = Nanoseconds(timestamp(&time).unwrap_or_else(|| {
            self.problems.push(format!("`{time}` of a {base_type} is no time"));
            0
        }));
        match base_type.as_str() {
            "RemoteDependencyData" | "RequestData" => self.span(time, &tags, &base_type, base_data),
            "MessageData" | "ExceptionData" | "EventData" => self.record(time, &tags, &base_type, base_data),
            "MetricData" => self.metrics(base_data),
            other => self.problems.push(format!("an envelope of the unknown type `{other}`")),
        }
    }

    fn span(&mut self, start: Nanoseconds, tags: &BTreeMap<String, String>, base_type: &str, data: BaseData) {
        let name = data.name.clone().unwrap_or_default();
        let length = data.duration.as_deref().and_then(duration).unwrap_or_else(|| {
            self.problems.push(format!("span `{name}` has no duration"));
            0
        });
        let id = data.id.as_deref().and_then(hexadecimal).unwrap_or_else(|| {
            self.problems.push(format!("span `{name}` has no id of 16 hexadecimal digits"));
            [0; 8]
        });
        let kind = match (base_type, data.kind.as_deref()) {
            ("RequestData", _) => SpanKind::Server,
            (_, Some(kind)) if kind.starts_with("InProc") => SpanKind::Internal,
            (_, Some(kind)) if kind.starts_with("Queue Message") => SpanKind::Producer,
            _ => SpanKind::Client,
        };
        let failed = data.success == Some(false);
        let trace = TraceId(self.trace(tags, &name));
        self.telemetry.spans.push(Span {
            trace,
            id: SpanId(id),
            parent: parent(tags),
            kind,
            start,
            end: Nanoseconds(start.0.saturating_add(length)),
            status: if failed { Status::Error(String::new()) } else { Status::Unset },
            attributes: attributes(tags, data),
            events: Vec::new(),
            links: Vec::new(),
            name,
            scope: Scope::default(),
        });
    }

    /// A trace or an exception without severity is what the exporters make of an event on a span.
    fn record(&mut self, time: Nanoseconds, tags: &BTreeMap<String, String>, base_type: &str, mut data: BaseData) {
        let parent = parent(tags);
        let is_event = data.severity_level.is_none() && base_type != "EventData";
        let span = self.telemetry.spans.iter_mut().rev().find(|span| is_event && Some(span.id) == parent);
        if let Some(span) = span {
            let name = data.message.take().unwrap_or_else(|| "exception".to_owned());
            span.events.push(SpanEvent { time, name, attributes: attributes(&BTreeMap::new(), data) });
            return;
        }
        let event_name = match base_type {
            "EventData" => data.name.take().unwrap_or_default(),
            _ => data.properties.get("event.name").cloned().unwrap_or_default(),
        };
        let body = data.message.take().map_or(Value::Empty, Value::String);
        let severity = data.severity_level.take();
        self.telemetry.logs.push(LogRecord {
            time,
            severity: severity.as_ref().map_or(0, opentelemetry_severity),
            body,
            attributes: attributes(tags, data),
            trace: tags.get("ai.operation.id").and_then(|id| hexadecimal(id)).map(TraceId),
            span: parent,
            event_name,
            scope: Scope::default(),
        });
    }

    /// Points that have a smallest and a greatest value are of a histogram; all others are shown as a gauge.
    fn metrics(&mut self, data: BaseData) {
        let attributes: Attributes = texts(data.properties).collect();
        for point in data.metrics {
            let attributes = attributes.clone();
            let data = match (point.min, point.max, point.count) {
                (Some(_), Some(_), Some(count)) => MetricData::Histogram(vec![HistogramPoint {
                    attributes,
                    count,
                    sum: point.value,
                    bounds: Vec::new(),
                    bucket_counts: Vec::new(),
                }]),
                _ => MetricData::Gauge(vec![NumberPoint { attributes, value: Value::Double(point.value) }]),
            };
            self.telemetry.metrics.push(Metric {
                name: point.name,
                unit: String::new(),
                data,
                scope: Scope::default(),
            });
        }
    }

    fn trace(&mut self, tags: &BTreeMap<String, String>, name: &str) -> [u8; 16] {
        tags.get("ai.operation.id").and_then(|id| hexadecimal(id)).unwrap_or_else(|| {
            self.problems.push(format!("span `{name}` has no trace id of 32 hexadecimal digits"));
            [0; 16]
        })
    }
}

fn parent(tags: &BTreeMap<String, String>) -> Option<SpanId> {
    let id: [u8; 8] = hexadecimal(tags.get("ai.operation.parentId")?)?;
    (id != [0; 8]).then_some(SpanId(id))
}

/// Properties, measurements, and what has a column of its own.
fn attributes(tags: &BTreeMap<String, String>, data: BaseData) -> Attributes {
    let columns = [
        ("ai.dependency.type", data.kind),
        ("ai.dependency.target", data.target),
        ("ai.dependency.data", data.data),
        ("ai.resultCode", data.result_code.or(data.response_code).filter(|code| code != "0")),
        ("ai.request.url", data.url),
        ("ai.request.source", data.source),
    ];
    let exceptions = data.exceptions.into_iter().flat_map(|exception| {
        [
            ("exception.type", exception.type_name),
            ("exception.message", exception.message),
            ("exception.stacktrace", exception.stack),
        ]
    });
    let tagged = TAGS.iter().map(|(tag, name)| (*name, tags.get(*tag).cloned()));
    let named = columns.into_iter().chain(exceptions).chain(tagged);
    let named = named.filter_map(|(name, text)| Some((name.to_owned(), Value::String(text?))));
    let measured = data.measurements.into_iter().map(|(name, number)| (name, Value::Double(number)));
    texts(data.properties).chain(measured).chain(named).collect()
}

fn texts(properties: BTreeMap<String, String>) -> impl Iterator<Item = (String, Value)> {
    properties.into_iter().map(|(name, text)| (name, Value::String(text)))
}

/// `Verbose` to `Critical`, as words or as 0 to 4, as the lowest of OpenTelemetry's numbers that becomes them.
fn opentelemetry_severity(level: &Json) -> i32 {
    const WORDS: [&str; 5] = ["Verbose", "Information", "Warning", "Error", "Critical"];
    let place = match level {
        Json::String(word) => WORDS.iter().position(|known| known == word),
        other => other.as_u64().and_then(|number| usize::try_from(number).ok()),
    };
    match place {
        Some(0) => 5,
        Some(1) => 9,
        Some(2) => 13,
        Some(3) => 17,
        Some(4) => 21,
        _ => 0,
    }
}

fn hexadecimal<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if text.len() != 2 * N || !text.is_ascii() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}
