//! From a capture to a verdict.
//!
//! Knows what is right: expectations, rules and known issues. Start with [`judge`] and [`Verdict`].

mod balance;
mod capture;
mod content;
mod content_marker;
mod coverage;
mod difference;
mod egress;
mod encodings;
mod expectations;
mod finding;
mod form;
mod input;
mod judgement;
pub mod known;
mod parallel;
pub mod rule;
mod secrets;
mod shape;
#[cfg(test)]
mod tests;
mod texts;
mod transparency;
mod truth;
mod vectors;
mod verdict;
mod view;

pub use capture::{Boundary, Capture, Section};
pub use coverage::{CallKind, Coverage, CoverageTable, coverage};
pub use difference::{JsonDifference, first_difference};
pub use finding::{CellStatus, Finding};
pub use input::{Answers, BrokenReason, JudgeInput, NamedText, Secret};
pub use judgement::judge;
pub use parallel::divide_parallel;
pub use secrets::redactor;
pub use verdict::Verdict;
