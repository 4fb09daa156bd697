//! The service's errors: status, reason phrase, body and headers of each.
//!
//! Two layers answer, each in its own style: the gateway in front ([`gateway`]) and the model's back end ([`back_end`]).
//! Knows the texts. Must not know when an error is due: that is for routing, sign-in, validation or a script to say.

mod back_end;
mod gateway;
mod kind;
mod rarer;
mod refusal;
mod send;
mod shape;

pub use kind::{ErrorKind, RateLimit, UnknownErrorKind};
pub(crate) use refusal::Refusal;
pub(crate) use send::{not_found, reply, scripted};
