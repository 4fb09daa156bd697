//! The closed list of errors, and their names in files.

use std::fmt;
use std::str::FromStr;

/// An error that the service is known to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// 401: wrong or missing key.
    Unauthorized,
    /// 401: the token is missing, not valid, expired or for another audience.
    TokenRejected,
    /// 401: the token is valid and its principal has no role.
    PermissionDenied,
    /// 403: keys are switched off.
    KeyAuthenticationDisabled,
    /// 403: network rules.
    Firewall,
    /// 403: private endpoint only.
    PrivateEndpoint,
    /// 404: unknown deployment.
    DeploymentNotFound,
    /// 404: unknown path, or an api-version that has no routes.
    ResourceNotFound,
    /// 400: an api-version of another surface.
    UnsupportedApiVersion,
    /// 400: the prompt was blocked.
    ContentFilter,
    /// 400: the prompt does not fit into the model's window.
    ContextLength,
    /// 400: a parameter that the model does not take.
    UnsupportedParameter,
    /// 400: a value that is not allowed.
    BadRequest,
    /// 400: the back end refuses the prompt.
    InvalidPrompt,
    /// 408: the service gave up.
    Timeout,
    /// 409: the deployment is being changed.
    Conflict,
    /// 429: a quota is used up.
    RateLimit(RateLimit),
    /// 429: too much demand in the region.
    PeakLoad,
    /// 500: the back end failed.
    InternalServerError,
    /// 500: the gateway got nonsense from the back end.
    BadBackEnd,
    /// 503: overloaded.
    ServiceUnavailable,
    /// 503: an HTML page of the front door.
    FrontDoor,
}

/// Which quota is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateLimit {
    /// Tokens per minute.
    Tokens,
    /// Requests per minute.
    Requests,
}

/// Every kind with its name in files.
const NAMES: [(&str, ErrorKind); 24] = [
    ("unauthorized", ErrorKind::Unauthorized),
    ("token_rejected", ErrorKind::TokenRejected),
    ("permission_denied", ErrorKind::PermissionDenied),
    ("key_authentication_disabled", ErrorKind::KeyAuthenticationDisabled),
    ("firewall", ErrorKind::Firewall),
    ("private_endpoint", ErrorKind::PrivateEndpoint),
    ("deployment_not_found", ErrorKind::DeploymentNotFound),
    ("resource_not_found", ErrorKind::ResourceNotFound),
    ("unsupported_api_version", ErrorKind::UnsupportedApiVersion),
    ("content_filter", ErrorKind::ContentFilter),
    ("context_length", ErrorKind::ContextLength),
    ("unsupported_parameter", ErrorKind::UnsupportedParameter),
    ("bad_request", ErrorKind::BadRequest),
    ("invalid_prompt", ErrorKind::InvalidPrompt),
    ("timeout", ErrorKind::Timeout),
    ("conflict", ErrorKind::Conflict),
    ("rate_limit", ErrorKind::RateLimit(RateLimit::Tokens)),
    ("rate_limit_tokens", ErrorKind::RateLimit(RateLimit::Tokens)),
    ("rate_limit_requests", ErrorKind::RateLimit(RateLimit::Requests)),
    ("peak_load", ErrorKind::PeakLoad),
    ("server_error", ErrorKind::InternalServerError),
    ("bad_back_end", ErrorKind::BadBackEnd),
    ("unavailable", ErrorKind::ServiceUnavailable),
    ("front_door", ErrorKind::FrontDoor),
];

/// A name that no [`ErrorKind`] has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown error `{name}`")]
pub struct UnknownErrorKind {
    /// The name that was looked for.
    pub name: String,
}

impl ErrorKind {
    /// Every name that [`ErrorKind::from_str`] reads, for messages and schemas.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(name, _)| *name)
    }
}

impl FromStr for ErrorKind {
    type Err = UnknownErrorKind;

    /// Reads `content_filter`; dashes are as good as underscores.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let wanted = name.replace('-', "_");
        NAMES
            .iter()
            .find(|(known, _)| *known == wanted)
            .map(|(_, kind)| *kind)
            .ok_or_else(|| UnknownErrorKind { name: name.to_owned() })
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = NAMES.iter().find(|(_, kind)| kind == self).map_or("unknown", |(name, _)| name);
        formatter.write_str(name)
    }
}
