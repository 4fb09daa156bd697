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
pub use message::{NumberedRequest, PROTOCOL_VERSION, WorkerProtocol, WorkerRequest};
pub use open::{AuthRequest, OpenRequest, ResourceEndpoint};
pub use outcome::{ApplicationError, Outcome, StreamEnded};
pub use parent::{EndStatus, ParentMessage, ParentRequest, WorkerEnded};
pub use reply::{Answer, Done, Failed, WorkerReply};
pub use step::{
    BranchRequest, CallRequest, ChatRequest, EmbeddingsInput, EmbeddingsRequest, GroupRequest, StepRequest,
};
