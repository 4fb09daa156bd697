//! The tap between a flavor and the cloud: exchanges as recorded facts, mock or live behind it.
//!
//! Knows sockets and the mock. Must not know telemetry or what is right.

mod cloud;
mod exchange;
pub mod secrets;
mod service;

pub use cloud::*;
pub use exchange::*;
pub use service::*;
