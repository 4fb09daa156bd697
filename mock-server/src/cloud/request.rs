//! A request as the cloud sees it, whichever edge it came through.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{AUTHORIZATION, AsHeaderName};
use http::{HeaderMap, Method};

use super::form;

/// Whether the client asked for a TLS connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Plain HTTP.
    Http,
    /// HTTP inside TLS.
    Https,
}

/// One HTTP request, complete.
///
/// ```
/// use azure_openai_mock::{Cloud, CloudConfig, Request, Scheme};
///
/// let mut request = Request {
///     method: http::Method::POST,
///     scheme: Scheme::Http,
///     host: "127.0.0.1".to_owned(),
///     port: 8080,
///     path: "/openai/v1/chat/completions".to_owned(),
///     query: None,
///     headers: http::HeaderMap::new(),
///     body: r#"{"model":"chat-prod","messages":[{"role":"user","content":"Hi"}]}"#.into(),
/// };
/// request.headers.insert("api-key", http::HeaderValue::from_static("mock-key-east"));
/// let reply = Cloud::new(CloudConfig::sample()).reply(&request);
/// assert_eq!(reply.status, http::StatusCode::OK);
/// assert_eq!(reply.header("x-ms-region"), Some("East US 2"));
/// ```
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The scheme of the URL that the client called.
    pub scheme: Scheme,
    /// The host of that URL, without port.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Its path, still percent-encoded.
    pub path: String,
    /// Its query, still percent-encoded, without the question mark.
    pub query: Option<String>,
    /// Headers as received.
    pub headers: HeaderMap,
    /// The body, whole, after any transfer coding was removed.
    pub body: Bytes,
}

impl Request {
    /// The first value of a header, if it is text.
    pub fn header(&self, name: impl AsHeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The first value of a query parameter, decoded.
    pub fn query_parameter(&self, name: &str) -> Option<Cow<'_, str>> {
        form::find(self.query.as_deref()?, name)
    }

    /// Whether the host is this machine, so that only the path says which service is meant.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }

    /// Whether the path says at first sight that a model is asked, as most do: then nobody signs in.
    pub(crate) fn asks_a_model(&self) -> bool {
        self.path.starts_with("/openai/")
    }

    /// Decoded, non-empty path segments: the service treats `//openai` as `/openai`.
    pub(crate) fn segments(&self) -> Vec<Cow<'_, str>> {
        let segments = self.path.split('/').filter(|segment| !segment.is_empty());
        // As many as the longest path of the service has.
        let mut decoded = Vec::with_capacity(8);
        decoded.extend(segments.map(form::decode));
        decoded
    }

    /// The credential after `Bearer `, if that is how the request is authorized.
    pub(crate) fn bearer(&self) -> Option<&str> {
        let (scheme, credential) = self.header(AUTHORIZATION)?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| credential.trim())
    }
}

/// Whether a host name means this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    // Asked several times for every request: what most clients call themselves is not parsed.
    if matches!(host, "127.0.0.1" | "localhost") {
        return true;
    }
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
