//! What a check found, as text of several kinds.
//!
//! Knows how people and programs read findings. Every function is pure: a report in, text out. Must not know where the
//! text goes.

mod annotations;
mod json;
mod report;
mod sarif;
mod text;

pub use annotations::github_annotations;
pub use json::{json_document, json_lines};
pub use report::{CheckReport, CheckRequest};
pub(crate) use report::{CheckedInput, ReportedFinding};
pub use sarif::sarif;
pub use text::text;
