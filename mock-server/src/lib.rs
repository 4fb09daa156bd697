//! A fake Azure OpenAI cloud.
//!
//! [`cloud`] is the service as a pure function: a [`Cloud`] and a [`Request`] give a [`Reply`], and the same requests in
//! the same order give the same bytes. [`front`] puts it on the network: the [`Tap`] that stands between a client and
//! the cloud, a plain listener, and (feature `wiremock`) an adapter for a `wiremock::MockServer`.

pub mod cloud;
pub mod front;

/// The examples of the README compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use cloud::{
    Application, ChatReply, Choice, Cloud, CloudConfig, Deployment, EmbeddingsReply, ErrorKind, ErrorReply, FilterMode,
    FinishReason, Frame, ManagedIdentity, RateLimit, Reply, ReplyBody, Request, Resource, Scheme, ScriptedReply,
    StreamEnd, StreamFault, StreamFaultKind, StreamPlan, Tenant, TokenSpec, ToolCall, UnknownErrorKind, Usage,
};
pub use front::{
    CertificateAuthority, Exchange, ExchangeEnd, ExchangeKind, Listener, SentFrame, Service, SharedCloud, Tap, TlsError,
};
