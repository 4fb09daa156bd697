//! The tap between a flavor and the cloud: exchanges as recorded facts, mock or live behind it.
//!
//! Knows sockets, the mock, and real hosts with what opens them. Must not know telemetry or what is right.

mod answered;
mod cloud;
mod credential;
mod edge;
mod exchange;
mod route;
pub mod secrets;
mod service;

pub use answered::*;
pub use cloud::*;
pub use credential::*;
pub use edge::*;
pub use exchange::*;
pub use route::*;
pub use service::*;
