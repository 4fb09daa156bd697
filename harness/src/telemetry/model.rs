//! What an instrumentation exported, as plain data.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::diagnose::words;

/// A W3C trace id.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct TraceId(pub [u8; 16]);

/// A W3C span id.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct SpanId(pub [u8; 8]);

impl fmt::Debug for TraceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(formatter, &self.0)
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(formatter, &self.0)
    }
}

fn write_hex(formatter: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
}

/// Nanoseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Nanoseconds(pub u64);

/// An attribute value with its OTLP type. `89`, `89.0`, `"89"` and `["89"]` are four different values.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// OTLP `string_value`.
    String(String),
    /// OTLP `bool_value`.
    Bool(bool),
    /// OTLP `int_value`.
    Int(i64),
    /// OTLP `double_value`.
    Double(f64),
    /// OTLP `bytes_value`.
    Bytes(Vec<u8>),
    /// OTLP `array_value`.
    Array(Vec<Value>),
    /// OTLP `kvlist_value`.
    Map(Attributes),
    /// A value with nothing in it.
    Empty,
}

/// Attributes by name. A name that was exported twice is kept once; `collect` reports the duplicate.
pub(crate) type Attributes = BTreeMap<String, Value>;

/// The instrumentation scope of a signal.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Scope {
    /// The scope's name, usually the module of the instrumentation.
    pub name: String,
    /// Its version; never part of a snapshot.
    pub version: String,
    /// The schema URL given with the scope, or empty.
    pub schema_url: String,
    /// Scope attributes.
    pub attributes: Attributes,
}

/// The kind of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpanKind {
    /// Not stated.
    Unspecified,
    /// Work inside the application.
    Internal,
    /// The receiving side of a call.
    Server,
    /// The calling side.
    Client,
    /// The sending side of a message.
    Producer,
    /// The receiving side of a message.
    Consumer,
}

words!(SpanKind);

/// The status of a span.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// Neither ok nor error was set.
    Unset,
    /// Explicitly ok.
    Ok,
    /// An error with its description, which may be empty.
    Error(String),
}

/// A link to another span.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// Trace of the linked span.
    pub trace: TraceId,
    /// The linked span.
    pub span: SpanId,
    /// Attributes of the link.
    pub attributes: Attributes,
}

/// An event on a span.
#[derive(Clone, Debug, PartialEq)]
pub struct SpanEvent {
    /// When it happened.
    pub time: Nanoseconds,
    /// Its name.
    pub name: String,
    /// Its attributes.
    pub attributes: Attributes,
}

/// A finished span.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// Trace it belongs to.
    pub trace: TraceId,
    /// Its id.
    pub id: SpanId,
    /// Its parent, if it has one.
    pub parent: Option<SpanId>,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: SpanKind,
    /// When it started.
    pub start: Nanoseconds,
    /// When it ended.
    pub end: Nanoseconds,
    /// Its status.
    pub status: Status,
    /// Its attributes.
    pub attributes: Attributes,
    /// Its events, in the order given.
    pub events: Vec<SpanEvent>,
    /// Its links, in the order given.
    pub links: Vec<Link>,
    /// The scope that made it.
    pub scope: Scope,
}

/// A log record, which is also how OpenTelemetry events travel.
#[derive(Clone, Debug, PartialEq)]
pub struct LogRecord {
    /// The record's own time, or the observed time when it has none.
    pub time: Nanoseconds,
    /// The event name, or empty.
    pub event_name: String,
    /// The severity number (0 when unset).
    pub severity: i32,
    /// The body.
    pub body: Value,
    /// Its attributes.
    pub attributes: Attributes,
    /// The trace it was logged in, if any.
    pub trace: Option<TraceId>,
    /// The span it was logged in, if any.
    pub span: Option<SpanId>,
    /// The scope that made it.
    pub scope: Scope,
}

/// A metric with its data points.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// Its name.
    pub name: String,
    /// Its unit, such as `s` or `{token}`.
    pub unit: String,
    /// Instrument and points.
    pub data: MetricData,
    /// The scope that made it.
    pub scope: Scope,
}

/// The points of a metric, by instrument.
#[derive(Clone, Debug, PartialEq)]
pub enum MetricData {
    /// A counter or up-down-counter.
    Sum {
        /// Whether it only rises.
        monotonic: bool,
        /// Its points.
        points: Vec<NumberPoint>,
    },
    /// A gauge.
    Gauge(Vec<NumberPoint>),
    /// An explicit-bucket histogram.
    Histogram(Vec<HistogramPoint>),
    /// An exponential histogram, of which only count and sum are kept.
    ExponentialHistogram(Vec<HistogramPoint>),
}

/// One number of a sum or gauge. `Int` or `Double`.
#[derive(Clone, Debug, PartialEq)]
pub struct NumberPoint {
    /// Attributes of the point.
    pub attributes: Attributes,
    /// The number, [`Value::Int`] or [`Value::Double`].
    pub value: Value,
}

/// One histogram point.
#[derive(Clone, Debug, PartialEq)]
pub struct HistogramPoint {
    /// Attributes of the point.
    pub attributes: Attributes,
    /// How many values were recorded.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
    /// Bucket boundaries; empty for an exponential histogram.
    pub bounds: Vec<f64>,
    /// Values per bucket, one more than there are boundaries.
    pub bucket_counts: Vec<u64>,
}

/// What a product sent in a request of its own that is not OTLP, such as the start of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// Method and path, such as `POST /session/start`.
    pub request: String,
    /// The unpacked body, as text.
    pub body: String,
}

/// What is wrong with the form of something that arrived, although it could be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flaw {
    /// What kind of flaw it is.
    pub kind: FlawKind,
    /// Where it is, such as `traces/kind` or `span chat/gen_ai.system`.
    pub place: String,
    /// What is wrong, for people.
    pub message: String,
}

/// What can be wrong with the form of something that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FlawKind {
    /// The body is not as OTLP wants it.
    NotOtlp,
    /// One name stands twice among the attributes of one thing.
    DuplicateAttribute,
    /// An attribute says something else than the resource does under the same name.
    AgainstResource,
    /// An id is not as long as ids are.
    InvalidId,
    /// A log record was emitted, and the exporter did not bring it.
    LostLog,
}

/// Everything that arrived between two flush boundaries.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Telemetry {
    /// Spans, in the order of arrival.
    pub spans: Vec<Span>,
    /// Log records, in the order of arrival.
    pub logs: Vec<LogRecord>,
    /// Metrics, in the order of arrival.
    pub metrics: Vec<Metric>,
    /// What came beside OTLP, in the order of arrival.
    pub payloads: Vec<Payload>,
    /// What had to be tolerated to read all that; no part of a snapshot.
    pub flaws: Vec<Flaw>,
}

impl Telemetry {
    /// Whether nothing arrived.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty() && self.logs.is_empty() && self.metrics.is_empty() && self.payloads.is_empty()
    }
}
