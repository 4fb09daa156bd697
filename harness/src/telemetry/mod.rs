//! Our own model of spans, logs and metrics, and its canonical text.
//!
//! Knows nothing about OTLP, the SDK or files: `collect` fills the model, `judge` reads it. Pure.

#[cfg(test)]
pub(crate) mod arbitrary;
pub mod canonical;
pub mod difference;
mod model;

pub(crate) use model::{
    Attributes, Flaw, FlawKind, HistogramPoint, Link, LogRecord, MetricData, Nanoseconds, NumberPoint, Payload, Scope,
    SpanEvent, SpanId, Status, Telemetry, TraceId,
};
pub use model::{Metric, Span, SpanKind, Value};
