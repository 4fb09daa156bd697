//! What the harness and a worker say to each other, as types that both sides use.
//!
//! Knows the shape of every line and what an application saw. Must not know who sends it, processes, or what is right.
//! `harness/workers/PROTOCOL.md` says the same for people who write a worker. Pure.

mod message;
mod outcome;

pub use message::{
    AuthRequest, BranchRequest, Done, Failed, GroupRequest, Library, OpenRequest, ResourceEndpoint, StepRequest,
    WorkerProtocol, WorkerReply, WorkerRequest,
};
pub use outcome::{ApplicationError, Outcome, StreamEnded};
