//! Responses: requests with input items, objects with output items, a stream of named events, and a store of what was
//! answered.
//!
//! Knows the shape of requests, answers and events of this surface. Must not know routing or sign-in.

mod checks;
mod create;
mod events;
mod object;
mod request;
mod store;

pub(crate) use create::{create, of_chat};
pub(crate) use request::ResponsesRequest;
pub(crate) use store::{Store, Stored, View};
