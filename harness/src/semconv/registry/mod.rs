//! What the registry says, release by release.
//!
//! Knows the files of `harness/semconv` and turns them into tables that answer for all releases at once. Must not know
//! telemetry or findings. Start with [`Registry::embedded`].

mod attribute;
mod class;
mod embedded;
mod family;
mod load;
mod raw;
mod requirement;
mod rows;
mod signal;

pub use attribute::*;
pub use class::*;
pub use embedded::*;
pub use family::*;
pub use load::*;
pub use requirement::*;
pub use rows::*;
pub use signal::*;
