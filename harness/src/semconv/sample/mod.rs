//! Telemetry as the checks see it, and where it comes from.
//!
//! Knows the shape of a sample and how Weaver's JSON, our telemetry model and a recorded snapshot become one. Must not
//! know the registry's facts.

mod document;
mod facts;
mod model;
mod telemetry;
mod weaver;

pub use document::*;
pub use model::*;
pub use telemetry::*;
pub use weaver::*;
