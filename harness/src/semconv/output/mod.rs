//! What a check found, as text of several kinds.
//!
//! Knows how people and programs read findings. Every function is pure: a report in, text out. Must not know where the
//! text goes.

mod annotations;
mod json;
mod report;
mod sarif;
mod text;

pub use annotations::*;
pub use json::*;
pub use report::*;
pub use sarif::*;
pub use text::*;
