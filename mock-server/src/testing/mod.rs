//! The fake cloud inside a test: a server on a free port, what it shall answer, what it got, and what it should have got.
//!
//! Knows the cloud and its listener. Must not know any test framework: what is not met is an error, or a panic when
//! nobody asked.

mod expectation;
mod received;
mod server;

pub use expectation::{Expectation, Times, Unmet};
pub use received::Received;
pub use server::MockServer;
