//! The service's errors: status, reason phrase, body and headers of each.
//!
//! Two layers answer, each in its own style: the gateway in front and the model's back end. Knows the texts. Must not
//! know when an error is due: that is for routing, sign-in, validation or a script to say.

mod body;
mod kind;
mod refusal;
mod send;
mod shape;
mod table;
#[cfg(test)]
mod tests;
mod words;

pub use kind::{ErrorKind, RateLimit, UnknownErrorKind};
pub(crate) use refusal::Refusal;
pub(crate) use send::{not_found, reply, scripted};
