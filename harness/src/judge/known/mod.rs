//! Known issues: what a package gets wrong, that we accept, each with its reason.
//!
//! Knows `snapshots/known/<flavor>.toml` and its mistakes. Pure: `judge` decides what an issue matches.

mod edit;
mod file;
mod model;

pub(crate) use edit::{KnownEditError, add_issues, issue_ids, remove_issue};
pub use file::parse;
pub(crate) use model::{KnownAxes, KnownFile, KnownIssue};
