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

pub(crate) use document::{document_samples, snapshot_body};
pub use input::InputSamples;
pub use model::{
    Facts, Sample, SampleAttribute, SampleMetric, SamplePoint, SampleSpan, SampleStatus, SampleValue, SpanKind,
};
pub(crate) use model::{SampleEvent, SampleLog};
pub(crate) use telemetry::telemetry_samples;
pub(crate) use weaver::WeaverError;
pub use weaver::{weaver_samples, weaver_samples_of};
