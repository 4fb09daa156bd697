//! What all tests of the cloud share: the only place that builds requests.

use azure_openai_mock::{Cloud, CloudConfig, Reply, Request, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

/// The path of a chat call to the sample's chat deployment.
pub(crate) const CHAT: &str = "/openai/deployments/chat-prod/chat/completions?api-version=2024-10-21";
/// The path of an embeddings call to the sample's other deployment.
pub(crate) const EMBED: &str = "/openai/deployments/embed-prod/embeddings?api-version=2024-10-21";
/// A question.
pub(crate) const HELLO: &str = r#"{"messages":[{"role":"user","content":"Hi"}]}"#;

/// The sample cloud.
pub(crate) fn cloud() -> Cloud {
    Cloud::new(CloudConfig::sample())
}

/// A request with exactly these headers.
pub(crate) fn request(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Request {
    let (host, target) = url.split_once('/').map_or((url, "/".to_owned()), |(host, rest)| (host, format!("/{rest}")));
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path.to_owned(), Some(query.to_owned())),
        None => (target, None),
    };
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(
            HeaderName::try_from(*name).expect("header name"),
            HeaderValue::try_from(*value).expect("header value"),
        );
    }
    let host = if host.is_empty() { "contoso-east.openai.azure.com" } else { host };
    Request {
        method: Method::from_bytes(method.as_bytes()).expect("method"),
        scheme: Scheme::Https,
        host: host.to_owned(),
        port: 443,
        path,
        query,
        headers: map,
        body: body.to_owned().into(),
    }
}

/// A POST with the key of the sample's first resource.
pub(crate) fn post(path: &str, body: &str) -> Request {
    request("POST", path, &[("api-key", "mock-key-east")], body)
}

/// The body as text.
pub(crate) fn text(reply: &Reply) -> String {
    String::from_utf8(reply.bytes().to_vec()).expect("replies are text")
}

/// Header names in order, for comparison with what the service sends.
pub(crate) fn names(reply: &Reply) -> Vec<&str> {
    reply.headers.iter().map(|(name, _)| &**name).collect()
}
