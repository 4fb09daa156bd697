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
    /// 401: the same as [`ErrorKind::PermissionDenied`], in the newer words that name principal and action.
    DataActionDenied,
    /// 400: a Foundry project without an api-version.
    MissingApiVersion,
    /// 400: the model wants a newer api-version.
    ModelNeedsNewerVersion,
    /// 400: Responses want a newer api-version.
    ResponsesNeedNewerVersion,
    /// 400: a JSON Schema as response format wants a newer api-version.
    SchemaNeedsNewerVersion,
    /// 400: the model cannot do that operation.
    OperationNotSupported,
    /// 400: an image prompt was blocked; with `inner_error`.
    ContentPolicy,
    /// 422: model inference does not know a field.
    ExtraParameter,
    /// 424: the model's container failed, as with older models.
    ModelContainer,
    /// 429: a quota is used up, in the words of 2023 to 2025.
    OldRateLimit(RateLimit),
    /// 429: a quota is used up, in the few words of 2023.
    FirstRateLimit,
    /// 500: the gateway itself failed.
    GatewayFailure,
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
const NAMES: [(&str, ErrorKind); 37] = [
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
    ("data_action_denied", ErrorKind::DataActionDenied),
    ("missing_api_version", ErrorKind::MissingApiVersion),
    ("model_needs_newer_version", ErrorKind::ModelNeedsNewerVersion),
    ("responses_need_newer_version", ErrorKind::ResponsesNeedNewerVersion),
    ("schema_needs_newer_version", ErrorKind::SchemaNeedsNewerVersion),
    ("operation_not_supported", ErrorKind::OperationNotSupported),
    ("content_policy", ErrorKind::ContentPolicy),
    ("extra_parameter", ErrorKind::ExtraParameter),
    ("model_container", ErrorKind::ModelContainer),
    ("old_rate_limit_tokens", ErrorKind::OldRateLimit(RateLimit::Tokens)),
    ("old_rate_limit_requests", ErrorKind::OldRateLimit(RateLimit::Requests)),
    ("first_rate_limit", ErrorKind::FirstRateLimit),
    ("gateway_failure", ErrorKind::GatewayFailure),
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
