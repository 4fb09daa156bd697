//! Holding samples against the registry: all releases in one pass.
//!
//! Knows the rules; the facts are the registry's. What cannot be decided is never a finding. Must not know where samples
//! come from or how findings are shown. Start with [`Checker`].

mod attribute;
mod checker;
mod content;
mod detail;
mod family;
mod hash;
mod name;
mod presence;
mod selection;
mod signal;
mod sink;
mod span;

pub use checker::{CheckOptions, Checker};
