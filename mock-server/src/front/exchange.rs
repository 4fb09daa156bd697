//! What went over the wire, as recorded facts.

use std::time::Duration;

use bytes::Bytes;

use crate::cloud::Request;
use crate::cloud::identity::{AUTHORITIES, METADATA_HOST};

/// A request with what became of it.
///
/// ```
/// use azure_openai_mock::{Cloud, CloudConfig, Exchange, SharedCloud};
///
/// let cloud = SharedCloud::new(Cloud::new(CloudConfig::sample()));
/// // … a Listener or a Tap serves it …
/// let slowest = cloud.take_journal().into_iter().max_by_key(|exchange: &Exchange| exchange.took);
/// assert!(slowest.is_none());
/// ```
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Position among all exchanges of an edge, from 0, in the order in which the request heads came.
    pub ordinal: u64,
    /// The request. Of a refused `CONNECT` only host and port are known. When the client left early, the body is what
    /// had been read whole, or empty.
    pub request: Request,
    /// Whom the request was for.
    pub kind: ExchangeKind,
    /// The status sent; none when the client left before.
    pub status: Option<u16>,
    /// The reason phrase, where it was not the standard one.
    pub reason: Option<String>,
    /// The headers sent.
    pub response_headers: Vec<(String, String)>,
    /// The body as far as it was handed to the socket, without chunk framing. Empty when the service keeps none.
    pub response_body: Bytes,
    /// The frames of a streamed body, as far as they were handed to the socket.
    pub frames: Vec<SentFrame>,
    /// Bytes of the body that were handed to the socket.
    pub sent_bytes: u64,
    /// From the arrival of the request's head until this was recorded.
    pub took: Duration,
    /// How it ended.
    pub end: ExchangeEnd,
}

/// A frame that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentFrame {
    /// Its bytes.
    pub bytes: Bytes,
    /// When, counted from the arrival of the request's head.
    pub at: Duration,
}

/// Whom a request was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExchangeKind {
    /// The model service.
    Model,
    /// A sign-in or metadata endpoint.
    Identity,
    /// A host that the service does not own. Refused.
    Egress,
}

impl ExchangeKind {
    /// The kind of a request that the service owns.
    pub fn of_owned(request: &Request) -> Self {
        let host = request.host.as_str();
        let login = AUTHORITIES.iter().any(|known| host.eq_ignore_ascii_case(known));
        let metadata = !request.asks_a_model()
            && request.is_loopback()
            && (request.path.contains("/metadata/") || request.path.contains("/msi/"));
        if login || metadata || host == METADATA_HOST { Self::Identity } else { Self::Model }
    }
}

/// How an exchange ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExchangeEnd {
    /// The whole response was handed to the socket.
    Complete,
    /// The client went away first.
    ClientLeft,
    /// The edge reset the connection, as the reply asked.
    Reset,
    /// The edge closed the connection without an end of the body, as the reply asked.
    Eof,
    /// The edge sent nothing more, as the reply asked, until the client went away.
    Stalled,
    /// The service does not own the host, or the edge could not read the request.
    Refused,
}
