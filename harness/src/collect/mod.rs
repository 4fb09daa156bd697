//! From what flavors export to our own model: OTLP over HTTP, Application Insights' envelopes, and spans of an SDK in
//! this process.
//!
//! The only place that knows prost and SDK types. Must not know scenarios, snapshots or what is right.

mod application_insights;
mod decode;
mod http;
mod in_memory;
mod inbox;
mod json;
mod otlp;
mod receiver;
mod signal;
mod timestamps;
mod vendor;

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use decode::Decoded;
pub(crate) use decode::{DecodeError, decode, inflate};
pub(crate) use in_memory::{flaws, from_span_data, to_span_data};
pub use inbox::Inbox;
#[cfg(test)]
pub(crate) use inbox::Received;
pub use receiver::Receiver;
pub(crate) use signal::Encoding;
pub use signal::Signal;
