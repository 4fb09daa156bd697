//! From a scenario's hosts and deployments to real ones, and back: texts in, texts out.

use serde_json::Value;

/// Where calls of one of a scenario's deployments really go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The host that the application believes in.
    pub host: String,
    /// The deployment that it names.
    pub deployment: String,
    /// The real resource, by its name in the live settings.
    pub resource: String,
    /// The real deployment.
    pub real: String,
}

/// Versions from before this one have no Responses API.
const RESPONSES_SINCE: &str = "2025-03-01";

/// The path with a deployment's name replaced.
pub(super) fn real_path(path: &str, route: &Route) -> String {
    let segments: Vec<&str> = path.split('/').collect();
    let after = segments.iter().position(|segment| *segment == "deployments").map(|index| index + 1);
    let replaced = segments.iter().enumerate().map(|(index, segment)| {
        if Some(index) == after && *segment == route.deployment { route.real.as_str() } else { segment }
    });
    replaced.collect::<Vec<_>>().join("/")
}

/// The deployment that a request names: in its path, or as the `model` of its body.
pub(super) fn named_deployment<'a>(path: &'a str, body: Option<&'a Value>) -> Option<&'a str> {
    let mut segments = path.split('/').skip_while(|segment| *segment != "deployments");
    segments.nth(1).or_else(|| body?.get("model")?.as_str())
}

/// The query with another `api-version`, where it has one and the called API exists in the other.
pub(super) fn real_query(query: &str, path: &str, version: Option<&str>) -> String {
    let is_responses = path.split('/').any(|segment| segment == "responses");
    let Some(version) = version.filter(|version| !is_responses || *version >= RESPONSES_SINCE) else {
        return query.to_owned();
    };
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some(("api-version", _)) => format!("api-version={version}"),
        _ => pair.to_owned(),
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// The body with the real deployment as its `model`; none when nothing is to be replaced.
pub(super) fn real_body(body: &Value, route: &Route) -> Option<Value> {
    if body.get("model")?.as_str()? != route.deployment {
        return None;
    }
    let mut real = body.clone();
    real["model"] = route.real.as_str().into();
    Some(real)
}

/// Texts of an answer as they would be if the service had the scenario's names.
#[derive(Clone, Debug)]
pub(super) struct MappedBack {
    replaced: Vec<(String, String)>,
}

impl MappedBack {
    /// What is replaced: secrets and the real host everywhere; the real deployment where the service echoes it. Chat
    /// answers name the model, which may be spelled like a deployment, so that there only errors are looked at.
    pub(super) fn new(secrets: Vec<String>, real_host: &str, route: &Route, echoes: bool) -> Self {
        let secrets = secrets.into_iter().filter(|secret| !secret.is_empty());
        let mut replaced: Vec<_> = secrets.map(|secret| (secret, "<live credential>".to_owned())).collect();
        replaced.push((real_host.to_owned(), route.host.clone()));
        if echoes && route.real != route.deployment {
            for separator in [":", ": "] {
                let model = |name: &str| format!("\"model\"{separator}\"{name}\"");
                replaced.push((model(&route.real), model(&route.deployment)));
            }
        }
        Self { replaced }
    }

    /// A text mapped back.
    pub(super) fn text(&self, text: &str) -> String {
        self.replaced.iter().fold(text.to_owned(), |text, (from, to)| {
            if text.contains(from.as_str()) { text.replace(from.as_str(), to) } else { text }
        })
    }

    /// A body mapped back; bytes that are no text hold nothing to replace.
    pub(super) fn bytes(&self, bytes: bytes::Bytes) -> bytes::Bytes {
        match std::str::from_utf8(&bytes) {
            Ok(text) if self.replaced.iter().any(|(from, _)| text.contains(from.as_str())) => self.text(text).into(),
            _ => bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn route() -> Route {
        let text = str::to_owned;
        Route {
            host: text("contoso-east.openai.azure.com"),
            deployment: text("chat-prod"),
            resource: text("main"),
            real: text("gpt-4o"),
        }
    }

    #[test]
    fn a_request_goes_to_the_real_deployment() {
        let path = real_path("/openai/deployments/chat-prod/chat/completions", &route());
        assert_eq!(path, "/openai/deployments/gpt-4o/chat/completions");
        assert_eq!(real_path("//openai/v1/chat-prod", &route()), "//openai/v1/chat-prod");
        let body = json!({ "model": "chat-prod", "n": 1 });
        assert_eq!(real_body(&body, &route()), Some(json!({ "model": "gpt-4o", "n": 1 })));
        assert_eq!(real_body(&json!({ "model": "gpt-4o-2024-11-20" }), &route()), None);
        assert_eq!(named_deployment("/openai/deployments/a/b", Some(&body)), Some("a"));
        assert_eq!(named_deployment("/openai/v1/responses", Some(&body)), Some("chat-prod"));
    }

    #[test]
    fn an_api_version_is_replaced_where_the_api_exists_in_it() {
        let check = |path: &str, version: Option<&str>, expected: &str| {
            assert_eq!(real_query("x=1&api-version=2025-04-01-preview", path, version), expected);
        };
        check("/openai/deployments/a/embeddings", Some("2024-10-21"), "x=1&api-version=2024-10-21");
        check("/openai/responses", Some("2024-10-21"), "x=1&api-version=2025-04-01-preview");
        check("/openai/responses", Some("2025-03-01-preview"), "x=1&api-version=2025-03-01-preview");
        check("/openai/responses", None, "x=1&api-version=2025-04-01-preview");
    }

    #[test]
    fn an_answer_says_the_scenarios_names_and_no_secret() {
        let back = MappedBack::new(vec!["k3y".to_owned()], "fabrikam.openai.azure.com", &route(), true);
        let text = r#"{"model": "gpt-4o","at":"https://fabrikam.openai.azure.com/","key":"k3y"}"#;
        let expected =
            r#"{"model": "chat-prod","at":"https://contoso-east.openai.azure.com/","key":"<live credential>"}"#;
        assert_eq!(back.text(text), expected);
        let plain = MappedBack::new(Vec::new(), "h", &route(), false);
        assert_eq!(plain.text(r#"{"model":"gpt-4o"}"#), r#"{"model":"gpt-4o"}"#);
    }
}
