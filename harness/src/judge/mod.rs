//! From a capture to a verdict.
//!
//! Knows what is right: snapshot, expectations, rules and known issues. Pure, except `snapshot`, the only file that
//! knows insta.

mod capture;
mod finding;
pub mod known;

pub use capture::*;
pub use finding::*;
