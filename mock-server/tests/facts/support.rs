//! Short words for asking the cloud.

use azure_openai_mock::{
    Cloud, CloudConfig, CloudOptions, Deployment, FilterMode, Reply, ReplyBody, Request, Resource, Scheme,
    ScriptedReply, ServerlessEndpoint,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::Value;

/// A question.
pub(crate) const HI: &str = r#"{"messages":[{"role":"user","content":"Hi"}]}"#;
/// The same, streamed.
pub(crate) const STREAM: &str = r#"{"stream":true,"messages":[{"role":"user","content":"Hi there"}]}"#;
/// The same with token counts.
pub(crate) const USAGE: &str =
    r#"{"stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"Hi there"}]}"#;
/// A dated version that has everything.
pub(crate) const V: &str = "api-version=2025-04-01-preview";

/// A cloud with a deployment of every kind.
pub(crate) fn cloud() -> Cloud {
    let mut config = CloudConfig::sample();
    config.resources.push(Resource::new("contoso-ai", "swedencentral", &["mock-key-ai"]));
    let mut add =
        |name: &str, resource: &str, model: &str| config.deployments.push(Deployment::new(name, resource, model));
    add("old", "contoso-east", "gpt-35-turbo-0125");
    add("o3", "contoso-east", "o3-mini-2025-01-31");
    add("five", "contoso-east", "gpt-5.2-2025-12-11");
    add("codex", "contoso-east", "gpt-5.1-codex-2025-11-13");
    add("instruct", "contoso-east", "gpt-35-turbo-instruct");
    add("ada", "contoso-east", "text-embedding-ada-002");
    add("ai", "contoso-ai", "gpt-4o-2024-11-20");
    add("pictures", "contoso-ai", "Cohere-embed-v3-english");
    add("mistral", "contoso-ai", "mistral-large-2407");
    let late = Deployment::new("late", "contoso-east", "gpt-4o-2024-11-20");
    config.deployments.push(Deployment { filter: FilterMode::Asynchronous, ..late.clone() });
    config.deployments.push(Deployment { name: "off".to_owned(), filter: FilterMode::Off, ..late });
    let serverless = vec![ServerlessEndpoint {
        name: "mistral".to_owned(),
        region: "eastus2".to_owned(),
        keys: vec!["mock-key-serverless".to_owned()],
        model: "mistral-large-2407".to_owned(),
        provider: "Mistral AI".to_owned(),
    }];
    Cloud::with_options(config, CloudOptions { serverless, ..CloudOptions::default() })
}

/// A request: `POST host/path?query`, with headers and a body.
pub(crate) fn request(line: &str, headers: &[(&str, &str)], body: &str) -> Request {
    let (method, url) = line.split_once(' ').expect("method and URL");
    let (host, target) = url.split_once('/').expect("a path");
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let name = HeaderName::try_from(*name).expect("a name");
        map.append(name, HeaderValue::try_from(*value).expect("a value"));
    }
    Request {
        method: Method::from_bytes(method.as_bytes()).expect("a method"),
        scheme: Scheme::Https,
        host: if host.is_empty() { "contoso-east.openai.azure.com" } else { host }.to_owned(),
        port: 443,
        path: format!("/{path}"),
        query: query.map(str::to_owned),
        headers: map,
        body: body.to_owned().into(),
    }
}

/// The answer of a new cloud to a request with the key of its first resource.
pub(crate) fn ask(line: &str, body: &str) -> Reply {
    cloud().reply(&request(line, &[("api-key", "mock-key-east")], body))
}

/// The same with other headers.
pub(crate) fn ask_with(line: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    cloud().reply(&request(line, headers, body))
}

/// A chat call to a deployment.
pub(crate) fn chat(deployment: &str, body: &str) -> Reply {
    ask(&format!("POST /openai/deployments/{deployment}/chat/completions?{V}"), body)
}

/// A chat call to a deployment with a script.
pub(crate) fn scripted(deployment: &str, body: &str, reply: impl Into<ScriptedReply>) -> Reply {
    let cloud = cloud();
    cloud.script(deployment, reply.into());
    let line = format!("POST /openai/deployments/{deployment}/chat/completions?{V}");
    cloud.reply(&request(&line, &[("api-key", "mock-key-east")], body))
}

/// A Responses call.
pub(crate) fn respond(body: &str) -> Reply {
    ask("POST /openai/v1/responses", body)
}

/// The body as text.
pub(crate) fn text(reply: &Reply) -> String {
    String::from_utf8_lossy(&reply.bytes()).into_owned()
}

/// The body as JSON.
pub(crate) fn json(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.bytes()).unwrap_or_default()
}

/// The JSON of every event but the last, `[DONE]`.
pub(crate) fn chunks(reply: &Reply) -> Vec<Value> {
    let text = text(reply);
    let data = text.split("\n\n").filter_map(|event| event.lines().find_map(|line| line.strip_prefix("data: ")));
    data.filter_map(|data| serde_json::from_str(data).ok()).collect()
}

/// How many frames a body has.
pub(crate) fn frames(reply: &Reply) -> usize {
    match &reply.body {
        ReplyBody::Whole(_) => 0,
        ReplyBody::Stream { frames, .. } => frames.len(),
    }
}

/// Status, and whether the body contains a text.
pub(crate) fn is(reply: &Reply, status: u16, part: &str) -> bool {
    reply.status.as_u16() == status && text(reply).contains(part)
}

/// Whether a header is there.
pub(crate) fn has(reply: &Reply, name: &str) -> bool {
    reply.header(name).is_some()
}
