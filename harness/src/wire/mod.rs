//! The tap between a flavor and the cloud: exchanges as recorded facts, mock or live behind it.
//!
//! Knows sockets and the mock. Must not know telemetry or what is right.

mod exchange;

pub use exchange::*;
