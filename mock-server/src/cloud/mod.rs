//! The service itself, as a pure function of its state and a request.
//!
//! Knows hosts, paths, credentials, bodies, headers and errors of Azure OpenAI and of the identity endpoints in front of
//! it. Must not know sockets, TLS, tasks, the clock or the environment: the only time it has is
//! [`CloudConfig::epoch`], from which everything visible is made, and [`Cloud::set_now`], against which tokens expire.

pub(crate) mod api_version;
pub(crate) mod auth;
pub(crate) mod call;
pub(crate) mod chat;
mod chat_checks;
pub(crate) mod chat_fields;
pub(crate) mod chat_request;
mod chunk;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod embeddings;
pub(crate) mod errors;
pub(crate) mod events;
pub(crate) mod filters;
pub(crate) mod form;
pub(crate) mod headers;
pub(crate) mod host;
pub(crate) mod identity;
pub(crate) mod ids;
pub(crate) mod json;
mod ledger;
pub(crate) mod logprobs;
pub(crate) mod model;
pub(crate) mod models;
pub(crate) mod options;
mod pattern;
pub(crate) mod pictures;
mod prepared;
mod prompt;
pub(crate) mod quota;
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod responses;
pub(crate) mod route;
pub(crate) mod sample;
mod schema_checks;
pub(crate) mod script;
mod serve;
mod served;
pub(crate) mod stream;
mod stream_plan;
mod target;
pub(crate) mod timestamps;
pub(crate) mod tokenizer;
pub(crate) mod tokens;
mod tool_choice;
mod topology;

pub use config::{Application, CloudConfig, Deployment, FilterMode, ManagedIdentity, Quota, Resource, Tenant};
pub use errors::{ErrorKind, RateLimit, UnknownErrorKind};
pub use options::{
    Access, ApplicationCertificate, ArcSecret, CloudOptions, ExpiredSecret, ExtraParameters, FederatedCredential,
    Pacing, ServerlessEndpoint, SignIn,
};
pub use prepared::Rule;
pub use reply::{Frame, HeaderText, Reply, ReplyBody, StreamEnd};
pub use request::{Request, Scheme};
pub use script::{
    ChatReply, Choice, EmbeddingsReply, ErrorReply, FinishReason, OutputItem, RawReply, ResponseReply, ResponseStatus,
    ScriptedReply, ToolCall, Usage,
};
pub use serve::Cloud;
pub use stream_plan::{Annotations, StreamFault, StreamFaultKind, StreamPlan, ToolDeltas};
pub use tokens::TokenSpec;
