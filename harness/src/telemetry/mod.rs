//! Our own model of spans, logs and metrics, and its canonical text.
//!
//! Knows nothing about OTLP, the SDK or files: `collect` fills the model, `judge` reads it. Pure.

#[cfg(test)]
pub(crate) mod arbitrary;
pub mod canonical;
pub mod difference;
mod model;

pub use model::{
    Attributes, Flaw, FlawKind, HistogramPoint, Link, LogRecord, Metric, MetricData, Nanoseconds, NumberPoint, Payload,
    Scope, Span, SpanEvent, SpanId, SpanKind, Status, Telemetry, TraceId, Value,
};
