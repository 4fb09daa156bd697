//! Which operation a path means.

use super::api_version::{Dated, dated, v1_accepts};
use super::request::Request;

/// What the client wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Chat,
    Embeddings,
    /// The list of models; also stands for requests that were refused before any operation was known.
    Models,
}

impl Operation {
    /// The name that rate-limit messages use.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Chat => "ChatCompletions_Create",
            Self::Embeddings => "Embeddings_Create",
            Self::Models => "Models_List",
        }
    }
}

/// Where the deployment's name is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Surface {
    /// In the path; `api-version` required.
    Deployment(String),
    /// In the body's `model`, below `/openai/v1`.
    V1,
    /// No deployment, `api-version` required.
    Account,
}

/// What the gateway makes of method, path and version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Serve(Operation, Surface),
    UnsupportedVersion,
    Unknown,
}

/// Routes a request to a resource's host.
pub(crate) fn route(request: &Request) -> Route {
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let version = request.query_parameter("api-version");
    let (method, operation, surface) = match segments.as_slice() {
        ["openai", "v1", rest @ ..] => match v1_operation(rest) {
            Some((method, operation)) => (method, operation, Surface::V1),
            None => return Route::Unknown,
        },
        ["openai", "deployments", deployment, "chat", "completions"] => {
            ("POST", Operation::Chat, Surface::Deployment((*deployment).to_owned()))
        }
        ["openai", "deployments", deployment, "embeddings"] => {
            ("POST", Operation::Embeddings, Surface::Deployment((*deployment).to_owned()))
        }
        ["openai", "models"] => ("GET", Operation::Models, Surface::Account),
        _ => return Route::Unknown,
    };
    if request.method.as_str() != method {
        return Route::Unknown;
    }
    if surface == Surface::V1 {
        return if v1_accepts(version.as_deref()) {
            Route::Serve(operation, surface)
        } else {
            Route::UnsupportedVersion
        };
    }
    match dated(version.as_deref()) {
        Dated::Known => Route::Serve(operation, surface),
        Dated::Unsupported => Route::UnsupportedVersion,
        Dated::NoRoute => Route::Unknown,
    }
}

fn v1_operation(rest: &[&str]) -> Option<(&'static str, Operation)> {
    match rest {
        ["chat", "completions"] => Some(("POST", Operation::Chat)),
        ["embeddings"] => Some(("POST", Operation::Embeddings)),
        ["models"] => Some(("GET", Operation::Models)),
        _ => None,
    }
}
