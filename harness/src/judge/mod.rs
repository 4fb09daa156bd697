//! From a capture to a verdict.
//!
//! Knows what is right: snapshot, expectations, rules and known issues. Pure, except `snapshot`, the only file that
//! knows insta. Start with [`judge`] and [`Verdict`].

mod balance;
mod capture;
mod content;
mod coverage;
mod difference;
mod disguise;
mod egress;
mod expectations;
mod finding;
mod form;
mod input;
mod judgement;
pub mod known;
mod needle;
mod parallel;
mod secrets;
mod shape;
pub mod snapshot;
#[cfg(test)]
mod tests;
mod texts;
mod transparency;
mod truth;
mod vectors;
mod verdict;
mod view;

pub use capture::*;
pub use coverage::*;
pub use difference::*;
pub use finding::*;
pub use input::*;
pub use judgement::*;
pub use parallel::*;
pub use secrets::redactor;
pub use verdict::*;
