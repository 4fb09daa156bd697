//! The cloud on the network: sockets, TLS, HTTP, and a record of what went over them.
//!
//! Knows hyper, rustls and the real clock. Must not know what a request means: that is the [`Service`]'s business, which
//! may be the mock ([`SharedCloud`]) or anything else that answers.

pub(crate) mod authority;
pub(crate) mod body;
#[cfg(feature = "tls")]
pub(crate) mod connect;
pub(crate) mod cores;
pub(crate) mod exchange;
pub(crate) mod head;
pub(crate) mod journal;
pub(crate) mod listener;
pub(crate) mod quiescence;
pub(crate) mod relay;
pub(crate) mod serve;
pub(crate) mod service;
pub(crate) mod socket;
#[cfg(feature = "tls")]
pub(crate) mod tap;
#[cfg(feature = "tls")]
pub(crate) mod tls;
#[cfg(feature = "wiremock")]
pub mod wiremock;

pub use exchange::{Exchange, ExchangeEnd, ExchangeKind, SentFrame};
pub use listener::Listener;
pub use relay::{Piece, Relay, Relayed};
pub use service::{Service, SharedCloud};
#[cfg(feature = "tls")]
pub use tap::Tap;
#[cfg(feature = "tls")]
pub use tls::{CertificateAuthority, TlsError};
