//! What the harness and a worker say to each other, as types that both sides use.
//!
//! Knows the shape of every line, what an application saw, and what of a scenario is asked for. Must not know who sends it,
//! processes, or what is right. `harness/workers/PROTOCOL.md` says the same for people who write a worker. Pure.

mod format;
mod from_scenario;
mod message;
mod open;
mod outcome;
mod parent;
mod reply;
mod responses;
mod step;

pub(crate) use from_scenario::seconds;
pub(crate) use message::{NumberedRequest, WorkerProtocol};
pub use message::{PROTOCOL_VERSION, WorkerRequest};
pub(crate) use open::{AuthRequest, OpenRequest, ResourceEndpoint};
pub use outcome::Outcome;
pub(crate) use outcome::{ApplicationError, StreamEnded};
pub(crate) use parent::{EndStatus, ParentMessage, ParentRequest, WorkerEnded};
pub(crate) use reply::WorkerReply;
pub use reply::{Answer, Done, Failed};
pub use step::StepRequest;
pub(crate) use step::{BranchRequest, CallRequest, ChatRequest, EmbeddingsInput, EmbeddingsRequest, GroupRequest};
