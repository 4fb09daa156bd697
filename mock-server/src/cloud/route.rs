//! Which operation a path means.

use super::api_version::{self, Dated, dated, v1_accepts};
use super::request::Request;

/// What the client wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Chat,
    Completions,
    Embeddings,
    Responses(ResponsesVerb),
    /// The list of models, or one of them; also stands for requests that were refused before any operation was known.
    Models(Option<String>),
    /// What a model inference endpoint says of its model.
    Info,
}

/// What a client does with a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ResponsesVerb {
    Create,
    Get(String),
    Delete(String),
    Cancel(String),
    InputItems(String),
}

impl Operation {
    /// The name that rate-limit messages use.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Chat => "ChatCompletions_Create",
            Self::Completions => "Completions_Create",
            Self::Embeddings => "Embeddings_Create",
            Self::Responses(_) => "Responses_Create",
            Self::Models(_) => "Models_List",
            Self::Info => "GetModelInfo",
        }
    }

    fn method(&self) -> &'static str {
        match self {
            Self::Models(_) | Self::Info | Self::Responses(ResponsesVerb::Get(_) | ResponsesVerb::InputItems(_)) => {
                "GET"
            }
            Self::Responses(ResponsesVerb::Delete(_)) => "DELETE",
            _ => "POST",
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
    /// No deployment, or in the body's `model`; `api-version` required.
    Account,
    /// In the body's `model`, below `/models`; `api-version` required.
    Inference,
    /// The host itself is the deployment.
    Serverless,
}

impl Surface {
    /// Whether it is one of model inference, which has other errors and another audience.
    pub(crate) fn infers(&self) -> bool {
        matches!(self, Self::Inference | Self::Serverless)
    }
}

/// What the gateway makes of method, path and version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Serve(Operation, Surface),
    UnsupportedVersion,
    /// A version from before Responses.
    ResponsesTooOld,
    /// A Foundry project's path without a version.
    MissingVersion,
    Unknown,
}

/// What a host is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostKind {
    /// An Azure OpenAI resource.
    OpenAi,
    /// A Foundry resource, which also has projects and model inference.
    Foundry,
    /// A serverless endpoint.
    Serverless,
    /// This machine, where only the path tells.
    Local,
}

/// Routes a request to a host.
pub(crate) fn route(request: &Request, kind: HostKind) -> Route {
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(|segment| &**segment).collect();
    let version = request.query_parameter("api-version");
    let version = version.as_deref();
    let foundry = matches!(kind, HostKind::Foundry | HostKind::Local);
    let found = match segments.as_slice() {
        path if kind == HostKind::Serverless => serverless(path),
        ["openai", "v1", rest @ ..] => v1(rest),
        ["openai", rest @ ..] => dated_path(rest),
        ["api", "projects", _, "openai", "v1", rest @ ..] if foundry => v1(rest),
        ["api", "projects", _, "openai", rest @ ..] if foundry && version.is_some_and(api_version::of_projects) => {
            // What v1 has, under the versions that packages for projects ask for.
            return v1(rest).map_or(Route::Unknown, |(operation, surface)| served(request, operation, surface, None));
        }
        ["api", "projects", ..] if foundry && version.is_none() => return Route::MissingVersion,
        ["models", rest @ ..] if foundry => inference(rest),
        path if kind == HostKind::Local => serverless(path),
        _ => None,
    };
    match found {
        Some((operation, surface)) => served(request, operation, surface, version),
        None => Route::Unknown,
    }
}

/// What method and version make of a path that exists.
fn served(request: &Request, mut operation: Operation, surface: Surface, version: Option<&str>) -> Route {
    if let (Operation::Responses(verb @ ResponsesVerb::Get(_)), "DELETE") = (&mut operation, request.method.as_str()) {
        *verb = match std::mem::replace(verb, ResponsesVerb::Create) {
            ResponsesVerb::Get(id) => ResponsesVerb::Delete(id),
            other => other,
        };
    }
    if request.method.as_str() != operation.method() {
        return Route::Unknown;
    }
    versioned(operation, surface, version)
}

/// What the `api-version` makes of a path that exists.
fn versioned(operation: Operation, surface: Surface, version: Option<&str>) -> Route {
    let accepted = match &surface {
        Surface::V1 => v1_accepts(version),
        Surface::Serverless => version.is_none_or(api_version::of_inference),
        Surface::Inference => match version {
            Some(version) => api_version::of_inference(version),
            None => return Route::MissingVersion,
        },
        Surface::Deployment(_) | Surface::Account => match dated(version) {
            Dated::Known => true,
            Dated::Unsupported => false,
            Dated::NoRoute => return Route::Unknown,
        },
    };
    if !accepted {
        return Route::UnsupportedVersion;
    }
    let too_old = surface == Surface::Account && !api_version::at_least(version, "2025-03-01");
    if too_old && matches!(operation, Operation::Responses(_)) {
        return Route::ResponsesTooOld;
    }
    Route::Serve(operation, surface)
}

fn dated_path(rest: &[&str]) -> Option<(Operation, Surface)> {
    let deployment = |name: &str| Surface::Deployment(name.to_owned());
    match rest {
        ["deployments", name, "chat", "completions"] => Some((Operation::Chat, deployment(name))),
        ["deployments", name, "completions"] => Some((Operation::Completions, deployment(name))),
        ["deployments", name, "embeddings"] => Some((Operation::Embeddings, deployment(name))),
        ["models"] => Some((Operation::Models(None), Surface::Account)),
        ["models", id] => Some((Operation::Models(Some((*id).to_owned())), Surface::Account)),
        ["responses", rest @ ..] => Some((Operation::Responses(responses(rest)?), Surface::Account)),
        _ => None,
    }
}

fn v1(rest: &[&str]) -> Option<(Operation, Surface)> {
    let operation = match rest {
        ["chat", "completions"] => Operation::Chat,
        ["completions"] => Operation::Completions,
        ["embeddings"] => Operation::Embeddings,
        ["models"] => Operation::Models(None),
        ["models", id] => Operation::Models(Some((*id).to_owned())),
        ["responses", rest @ ..] => Operation::Responses(responses(rest)?),
        _ => return None,
    };
    Some((operation, Surface::V1))
}

/// Everything below `responses`. Cancelling is a POST, told from the rest by its last word.
fn responses(rest: &[&str]) -> Option<ResponsesVerb> {
    match rest {
        [] => Some(ResponsesVerb::Create),
        [id] => Some(ResponsesVerb::Get((*id).to_owned())),
        [id, "cancel"] => Some(ResponsesVerb::Cancel((*id).to_owned())),
        [id, "input_items"] => Some(ResponsesVerb::InputItems((*id).to_owned())),
        _ => None,
    }
}

fn inference(rest: &[&str]) -> Option<(Operation, Surface)> {
    let operation = match rest {
        ["chat", "completions"] => Operation::Chat,
        ["embeddings"] | ["images", "embeddings"] => Operation::Embeddings,
        ["info"] => Operation::Info,
        _ => return None,
    };
    Some((operation, Surface::Inference))
}

fn serverless(path: &[&str]) -> Option<(Operation, Surface)> {
    let operation = match path {
        ["chat", "completions"] | ["v1", "chat", "completions"] => Operation::Chat,
        ["embeddings"] | ["v1", "embeddings"] => Operation::Embeddings,
        ["info"] => Operation::Info,
        _ => return None,
    };
    Some((operation, Surface::Serverless))
}
