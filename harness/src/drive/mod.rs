//! Who performs the steps of a scenario: worker processes, and flavors in this process.
//!
//! Knows processes, the worker protocol and deadlines. Must not know what telemetry means or what is right.

mod fault;
mod outcome;
mod stderr;
mod watchdog;
mod worker;

pub use fault::*;
pub use outcome::*;
pub use watchdog::*;
pub use worker::*;
