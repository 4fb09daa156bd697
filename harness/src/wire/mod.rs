//! The tap between a flavor and the cloud: exchanges as recorded facts, mock or live behind it.
//!
//! Knows sockets, the mock, and real hosts with what opens them. Must not know telemetry or what is right.

mod answer;
mod answered;
mod cloud;
mod credential;
mod events;
mod exchange;
mod route;
pub mod secrets;
mod service;
mod upstream;

pub(crate) use answer::{Answer, Choice, TokenCount};
#[cfg(test)]
pub(crate) use answered::FramingFeature;
pub(crate) use answered::{Answered, AnsweredBody, Compared, Framing};
pub(crate) use cloud::prefixes;
pub use cloud::{cloud_config, cloud_options, endpoint, host};
pub use credential::{Credential, SecretText};
pub use exchange::{WireExchange, WireKind, WireResponse};
pub use route::Route;
pub use service::{CellService, TokenKind, Upstream};
pub use upstream::{LiveUpstream, UpstreamResource};
