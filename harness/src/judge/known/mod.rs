//! Known issues: what a package gets wrong, that we accept, each with its reason.
//!
//! Knows `snapshots/known/<flavor>.toml` and its mistakes. Pure: `judge` decides what an issue matches.

mod edit;
mod file;
mod model;

pub use edit::*;
pub use file::*;
pub use model::*;
