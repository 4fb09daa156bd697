#![cfg_attr(docsrs, feature(doc_cfg))]
//! A fake Azure OpenAI cloud, for tests of what talks to one: the service as Azure answers it (hosts, paths,
//! api-versions, headers, filter results, streams, error bodies, reason phrases), the sign-in in front of it, and faults
//! that no service sends on demand. Everything stays on this machine.
//!
//! # A test
//!
//! ```
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! use azure_openai_mock::testing::{Expectation, MockServer};
//! use azure_openai_mock::{ChatReply, ErrorKind, ErrorReply, RateLimit};
//!
//! let server = MockServer::start().await;
//! server.script("chat-prod", ErrorReply::new(ErrorKind::RateLimit(RateLimit::Tokens)));
//! server.script("chat-prod", ChatReply::text("It is 18 °C in Oslo."));
//! server.expect(Expectation::to("chat-prod").times(2));
//! // … the application under test, pointed at server.endpoint() with server.key(), asks and tries again …
//! # let _ = server.verify().await;
//! # });
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # What there is
//!
//! - [`testing`]: a server for one test, what it shall answer, what it got, what it should have got.
//! - [`cloud`]: the service without any network. A [`CloudConfig`] says what it consists of, [`CloudOptions`] how it
//!   behaves, [`Cloud::script`] what it answers next; a [`Request`] in, a [`Reply`] out. The same requests in the same
//!   order give the same bytes.
//! - [`front`]: sockets. A [`Listener`] speaks plain HTTP; `Tap` (feature `tls`) is the HTTPS proxy of clients that insist
//!   on `https://….openai.azure.com`; `front::wiremock` mounts the cloud on a `wiremock::MockServer`.
//! - [`replies`]: replies as TOML or JSON say them, for those who are not writing Rust.
//! - `program` (feature `program`): the commands of the program `azure-openai-mock`.
//!
//! Nothing that was not scripted needs to be: the cloud makes an answer up, the same one every time. Token counts are
//! those of the models' own tokenizers. Without the feature `tokenizer` they are an estimate, a token for every four
//! bytes, and so are the limits that depend on them: a test that looks at token counts scripts its [`Usage`] then.
//!
//! # Features
//!
//! | feature | |
//! |---|---|
//! | `tokenizer` | token counts that are right; the only one that is on by default |
//! | `tls` | `Tap`, `CertificateAuthority`, and sign-in with a certificate |
//! | `program` | the program, for `cargo install azure-openai-mock --features program` |
//! | `wiremock` | `front::wiremock` |
//! | `schemars` | JSON Schemas of the types in [`replies`] |
//!
//! What is known of the service, and in what the mock differs from it, is in `FACTS.md`, which a test writes.

pub mod cloud;
pub mod front;
#[cfg(feature = "program")]
pub mod program;
pub mod replies;
pub mod testing;

/// The examples of the README compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use cloud::{
    Access, Annotations, Application, ApplicationCertificate, ArcSecret, ChatReply, Choice, Cloud, CloudConfig,
    CloudOptions, Deployment, EmbeddingsReply, ErrorKind, ErrorReply, ExpiredSecret, ExtraParameters,
    FederatedCredential, FilterMode, FinishReason, Frame, ManagedIdentity, OutputItem, Pacing, Quota, RateLimit,
    RawReply, Reply, ReplyBody, Request, Resource, ResponseReply, ResponseStatus, Rule, Scheme, ScriptedReply,
    ServerlessEndpoint, SignIn, StreamEnd, StreamFault, StreamFaultKind, StreamPlan, Tenant, TokenSpec, ToolCall,
    ToolDeltas, UnknownErrorKind, Usage,
};
#[cfg(feature = "tls")]
pub use front::{CertificateAuthority, Tap, TlsError};
pub use front::{
    Exchange, ExchangeEnd, ExchangeKind, Listener, Piece, Relay, Relayed, SentFrame, Service, SharedCloud,
};
