//! The reference flavor: the executable form of a convention.
//!
//! A client of Azure OpenAI in this process that performs the worker protocol's steps and emits what OpenTelemetry's
//! GenAI conventions say at one release, no more and no less; without a release it emits nothing and is the control.
//! Knows HTTP, the SDK and the `otel` convention. Must not know scenarios or what is right. Start with [`Reference`].

mod answer;
mod application;
mod call;
mod client;
mod emission;
mod failure;
mod fault_effects;
mod faults;
mod messages;
mod metrics;
mod performing;
mod responses;
mod sign_in;
mod stream;
mod telemetry;
#[cfg(test)]
mod tests;

pub use answer::Answer;
pub(crate) use answer::{Choice, ToolRequest};
pub use application::Reference;
pub(crate) use application::{Flushed, ReferenceError};
pub(crate) use call::{Call, CallError, Conversation};
pub use emission::attributes;
#[cfg(test)]
pub(crate) use emission::span_name;
pub use faults::Fault;
