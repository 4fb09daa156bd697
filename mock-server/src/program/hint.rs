//! What somebody who reads the access log may want to know of a refusal: the service itself says little.

use crate::cloud::Request;

/// Why a request was refused, as far as the request itself tells; none when there is nothing to add.
pub(super) fn hint(request: &Request, status: u16, deployments: &[String]) -> Option<String> {
    match status {
        401 if ["api-key", "authorization"].into_iter().all(|name| request.header(name).is_none()) => {
            Some("no `api-key` and no `authorization` was sent".to_owned())
        }
        401 => Some("the key is none of this resource's, or the token is not for it".to_owned()),
        404 => not_found(request, deployments),
        _ => None,
    }
}

fn not_found(request: &Request, deployments: &[String]) -> Option<String> {
    let mut segments = request.path.split('/').filter(|segment| !segment.is_empty());
    let all = || deployments.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let lacks_version = || request.query_parameter("api-version").is_none();
    match (segments.next(), segments.next(), segments.next()) {
        (None, ..) => Some("nothing is here: the paths begin with `/openai/`, or `/models/`".to_owned()),
        (Some("v1" | "chat" | "embeddings" | "responses"), ..) => {
            Some("paths without a deployment begin with `/openai/v1/`: is that the base URL?".to_owned())
        }
        (Some("openai"), Some("deployments"), Some(_)) if lacks_version() => {
            Some("there is no `api-version` in the query".to_owned())
        }
        (Some("openai"), Some("deployments"), Some(name)) if !deployments.iter().any(|known| known == name) => {
            Some(format!("there is no deployment `{name}`, but {}", all()))
        }
        (Some("openai"), Some("deployments"), Some(_)) if request.method != http::Method::POST => {
            Some(format!("deployments are called with POST, not with {}", request.method))
        }
        (Some("openai"), Some("deployments"), Some(_)) => match segments.next() {
            Some(what) if ABSENT.contains(&what) => Some(absent(what)),
            _ => Some("the operation does not exist, or not in this `api-version`".to_owned()),
        },
        (Some("openai"), Some("v1"), Some(what)) | (Some("openai"), Some(what), _) if ABSENT.contains(&what) => {
            Some(absent(what))
        }
        (Some("openai"), Some("v1"), _) | (Some("models"), ..) if request.method == http::Method::POST => {
            Some(format!("the `model` of the body names the deployment: there are {}", all()))
        }
        _ => None,
    }
}

/// What the service has and the mock does not.
const ABSENT: [&str; 16] = [
    "assistants",
    "audio",
    "batches",
    "containers",
    "conversations",
    "evals",
    "extensions",
    "files",
    "fine_tuning",
    "images",
    "realtime",
    "threads",
    "uploads",
    "vector_stores",
    "video",
    "videos",
];

fn absent(what: &str) -> String {
    format!("the mock does not have this: the service has `{what}`, and nothing of it is here")
}

/// Why a host was refused, and what to do for it.
pub(super) fn strange_host(request: &Request) -> Option<String> {
    let host = &request.host;
    (request.method != http::Method::CONNECT).then(|| {
        format!(
            "`{host}` is neither this machine nor a host of the cloud: call 127.0.0.1, say --expose-to-network to answer under any name, or use `tap`, which is https://….openai.azure.com"
        )
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, HeaderValue, Method};

    use super::*;
    use crate::cloud::Scheme;

    #[track_caller]
    fn check(line: &str, key: bool, status: u16, expected: Option<&str>) {
        let (method, target) = line.split_once(' ').expect("a method and a target");
        let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let mut headers = HeaderMap::new();
        if key {
            headers.insert("api-key", HeaderValue::from_static("k"));
        }
        let request = Request {
            method: Method::try_from(method).expect("a method"),
            scheme: Scheme::Http,
            host: "127.0.0.1".to_owned(),
            port: 80,
            path: path.to_owned(),
            query: query.map(str::to_owned),
            headers,
            body: Bytes::new(),
        };
        let hint = hint(&request, status, &["chat-prod".to_owned(), "vectors".to_owned()]);
        match (hint.as_deref(), expected) {
            (None, None) => {}
            (Some(hint), Some(part)) if hint.contains(part) => {}
            (hint, expected) => panic!("{line}: {hint:?} is not {expected:?}"),
        }
    }

    #[test]
    fn a_refusal_is_explained_by_what_was_asked() {
        let chat = "/openai/deployments/chat-prod/chat/completions";
        check(&format!("POST {chat}?api-version=2024-10-21"), false, 401, Some("no `api-key`"));
        check(&format!("POST {chat}?api-version=2024-10-21"), true, 401, Some("none of this resource's"));
        check(&format!("POST {chat}"), true, 404, Some("no `api-version`"));
        check(&format!("GET {chat}?api-version=2024-10-21"), true, 404, Some("POST, not with GET"));
        check(&format!("POST {chat}?api-version=2024-10-22"), true, 404, Some("not in this `api-version`"));
        let elsewhere = "POST /openai/deployments/chat/chat/completions?api-version=2024-10-21";
        check(elsewhere, true, 404, Some("no deployment `chat`, but `chat-prod`, `vectors`"));
        check("POST /openai/v1/chat/completions", true, 404, Some("the `model` of the body"));
        check("POST /v1/chat/completions", true, 404, Some("begin with `/openai/v1/`"));
        check("GET /", true, 404, Some("nothing is here"));
        check("GET /openai/v1/files", true, 404, Some("the mock does not have this: the service has `files`"));
        check("POST /openai/files?api-version=2024-10-21", true, 404, Some("does not have this"));
        let pictures = "POST /openai/deployments/chat-prod/images/generations?api-version=2024-10-21";
        check(pictures, true, 404, Some("the service has `images`"));
        check("GET /openai/v1/models", true, 200, None);
    }
}
