//! Telemetry as the checks see it, and where it comes from.
//!
//! Knows the shape of a sample and how Weaver's JSON, our telemetry model and a recorded snapshot become one. Must not
//! know the registry's facts.

mod document;
mod facts;
mod input;
mod model;
mod telemetry;
mod weaver;

pub use document::{document_samples, snapshot_body};
pub use input::InputSamples;
pub use model::{
    Facts, Sample, SampleAttribute, SampleEvent, SampleLog, SampleMetric, SamplePoint, SampleSpan, SampleStatus,
    SampleValue, SpanKind,
};
pub use telemetry::{span_sample, telemetry_samples};
pub use weaver::{WeaverError, sample_value, weaver_samples, weaver_samples_of};
