//! A fake Azure OpenAI cloud.
//!
//! [`cloud`] is the service as a pure function: a [`Cloud`] and a [`Request`] give a [`Reply`], and the same requests in
//! the same order give the same bytes. [`front`] puts it on the network: the [`Tap`] that stands between a client and
//! the cloud, a plain listener, and (feature `wiremock`) an adapter for a `wiremock::MockServer`.

pub mod cloud;
pub mod front;
#[cfg(feature = "program")]
pub mod program;
pub mod testing;

/// The examples of the README compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use cloud::{
    Access, Annotations, Application, ApplicationCertificate, ArcSecret, ChatReply, Choice, Cloud, CloudConfig,
    CloudOptions, Deployment, EmbeddingsReply, ErrorKind, ErrorReply, ExpiredSecret, ExtraParameters,
    FederatedCredential, FilterMode, FinishReason, Frame, ManagedIdentity, OutputItem, Pacing, Quota, RateLimit, Reply,
    ReplyBody, Request, Resource, ResponseReply, ResponseStatus, Scheme, ScriptedReply, ServerlessEndpoint, SignIn,
    StreamEnd, StreamFault, StreamFaultKind, StreamPlan, Tenant, TokenSpec, ToolCall, ToolDeltas, UnknownErrorKind,
    Usage,
};
#[cfg(feature = "tls")]
pub use front::{CertificateAuthority, Tap, TlsError};
pub use front::{
    Exchange, ExchangeEnd, ExchangeKind, Listener, Piece, Relay, Relayed, SentFrame, Service, SharedCloud,
};
