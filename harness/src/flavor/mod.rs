//! Flavors: one instrumentation product in one runtime, and the environments they run in.
//!
//! Knows `flavor.toml`, locks and environments. Must not know scenarios or what is right.

pub mod environment;
mod exception;
mod file;
mod lock;
mod model;

pub use exception::check_exceptions;
pub use file::*;
pub use lock::*;
pub use model::*;
