//! Any request that HTTP can carry gets a well-formed answer: no panic, and a length that is true.
#![no_main]

use azure_openai_mock::{Cloud, CloudConfig, ReplyBody, Request, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use libfuzzer_sys::fuzz_target;

const HOSTS: [&str; 6] = [
    "127.0.0.1",
    "contoso-east.openai.azure.com",
    "contoso-east.services.ai.azure.com",
    "eastus2.api.cognitive.microsoft.com",
    "login.microsoftonline.com",
    "169.254.169.254",
];
const PATHS: [&str; 12] = [
    "/openai/deployments/chat-prod/chat/completions",
    "/openai/deployments/chat-prod/completions",
    "/openai/deployments/embed-prod/embeddings",
    "/openai/responses",
    "/openai/v1/chat/completions",
    "/openai/v1/embeddings",
    "/openai/v1/responses",
    "/models/chat/completions",
    "/chat/completions",
    "/metadata/identity/oauth2/token",
    "/msi/token",
    "/11111111-2222-3333-4444-555555555555/oauth2/v2.0/token",
];

// A line each for path and query, headers until an empty line, then the body; the first two bytes pick host and path.
fuzz_target!(|data: &[u8]| {
    let [host, path, rest @ ..] = data else { return };
    let (head, body) = rest.iter().position(|byte| *byte == 0).map_or((rest, &[][..]), |at| (&rest[..at], &rest[at + 1..]));
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let line = lines.next().unwrap_or_default();
    let (more, query) = line.split_once('?').map_or((line, None), |(more, query)| (more, Some(query.to_owned())));
    let mut headers = HeaderMap::new();
    headers.insert("api-key", HeaderValue::from_static("mock-key-east"));
    for header in lines {
        let Some((name, value)) = header.split_once(':') else { continue };
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.append(name, value);
        }
    }
    let request = Request {
        method: if host & 64 == 0 { Method::POST } else { Method::GET },
        scheme: Scheme::Https,
        host: HOSTS[usize::from(*host) % HOSTS.len()].to_owned(),
        port: 443,
        path: format!("{}{more}", PATHS[usize::from(*path) % PATHS.len()]),
        query: query.or_else(|| Some("api-version=2025-04-01-preview".to_owned())),
        headers,
        body: body.to_vec().into(),
    };
    let cloud = Cloud::new(CloudConfig::sample());
    let reply = cloud.reply(&request);
    if let ReplyBody::Whole(bytes) = &reply.body {
        let length = bytes.len().to_string();
        assert!(reply.header("content-length").is_none_or(|given| given == length));
    }
});
