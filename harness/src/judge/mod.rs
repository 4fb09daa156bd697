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

pub(crate) use capture::{Boundary, Capture, Section};
pub use coverage::coverage;
pub(crate) use coverage::{CallKind, Coverage, CoverageTable};
pub use finding::{CellStatus, Finding};
pub use input::{Answers, JudgeInput};
pub(crate) use input::{BrokenReason, NamedText, Secret};
pub use judgement::judge;
pub(crate) use parallel::divide_parallel;
pub(crate) use secrets::redactor;
pub(crate) use verdict::Verdict;
