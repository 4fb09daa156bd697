//! Every error of the service: a row for each kind, and nothing about it anywhere else.
//!
//! Messages and header values may hold words in braces, which [`super::words`] fills in.

use super::kind::ErrorKind::{self, OldRateLimit, RateLimit};
use super::kind::RateLimit::{Requests, Tokens};
use super::shape::Layer;

/// What the service answers in one case.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) kind: ErrorKind,
    /// What files call it: first the name that is written, then others that are read.
    pub(super) names: &'static [&'static str],
    pub(super) status: u16,
    /// The reason phrase, where it is not the standard one.
    pub(super) reason: Option<&'static str>,
    /// Which headers go with it.
    pub(super) layer: Layer,
    /// How its body is written.
    pub(super) form: Form,
    pub(super) code: Option<&'static str>,
    pub(super) message: &'static str,
    /// Headers of its own.
    pub(super) headers: &'static [(&'static str, &'static str)],
}

/// How the body of an error is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// The gateway's: code and message, with one space after `"message":`.
    Spaced,
    /// The same without that space.
    Dense,
    /// The back end's: pretty-printed, with a type and a parameter.
    BackEnd { kind: &'static str, parameter: Option<&'static str> },
    /// Of a token that is refused: no `error`, and spaces of its own.
    Token,
    /// Of a deployment that is not there: pretty-printed, chunked, without a content type.
    Missing,
    /// Of too much demand: message, type and code.
    Demand,
    /// A page of HTML, which is the message.
    Html,
    /// Of the gateway itself: no `error`, but an activity.
    Activity,
    /// Model inference's about a field that it does not know.
    Field,
    /// Of a blocked prompt.
    Filter,
    /// Of a blocked prompt for a picture.
    Policy,
    /// Of the model's container: message and type.
    Container,
}

/// A row without a reason phrase and headers of its own; without a code where that is empty.
const fn row(
    kind: ErrorKind,
    names: &'static [&'static str],
    status: u16,
    (layer, form): (Layer, Form),
    code: &'static str,
    message: &'static str,
) -> Row {
    let code = if code.is_empty() { None } else { Some(code) };
    Row { kind, names, status, reason: None, layer, form, code, message, headers: &[] }
}

impl Row {
    const fn reason(self, reason: &'static str) -> Self {
        Self { reason: Some(reason), ..self }
    }

    const fn headers(self, headers: &'static [(&'static str, &'static str)]) -> Self {
        Self { headers, ..self }
    }
}

/// The styles that most rows have.
const SPACED: (Layer, Form) = (Layer::Gateway, Form::Spaced);
const DENSE: (Layer, Form) = (Layer::Gateway, Form::Dense);

const fn invalid(parameter: &'static str) -> (Layer, Form) {
    (Layer::BackEnd, Form::BackEnd { kind: "invalid_request_error", parameter: Some(parameter) })
}

/// Headers of what a model says of itself.
const MODEL_ERROR_400: &[(&str, &str)] =
    &[("ms-azureml-model-error-reason", "model_error"), ("ms-azureml-model-error-statuscode", "400")];
const MODEL_ERROR_424: &[(&str, &str)] =
    &[("ms-azureml-model-error-reason", "model_error"), ("ms-azureml-model-error-statuscode", "424")];
const MODEL_ERROR_500: &[(&str, &str)] =
    &[("ms-azureml-model-error-reason", "model_error"), ("ms-azureml-model-error-statuscode", "500")];

/// Headers of a quota that is used up.
const OF_TOKENS: &[(&str, &str)] = &[
    ("policy-id", "DeploymentRatelimit-Token"),
    ("retry-after", "{seconds}"),
    ("x-ratelimit-reset-tokens", "{seconds}"),
];
const OF_REQUESTS: &[(&str, &str)] = &[
    ("policy-id", "DeploymentRatelimit-Call"),
    ("retry-after", "{seconds}"),
    ("x-ratelimit-reset-requests", "{seconds}"),
];

/// All of them.
pub(super) const TABLE: [Row; 36] = [
    row(
        ErrorKind::Unauthorized,
        &["unauthorized"],
        401,
        (Layer::Door, Form::Dense),
        "401",
        "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.",
    )
    .reason("PermissionDenied"),
    row(
        ErrorKind::TokenRejected,
        &["token_rejected"],
        401,
        (Layer::Door, Form::Token),
        "",
        "Unauthorized. Access token is missing, invalid, audience is incorrect ({audience}), or have expired.",
    )
    .headers(&[(
        "WWW-Authenticate",
        "Bearer authorization_uri=\"https://login.microsoftonline.com\", resource=\"{audience}\"",
    )]),
    row(
        ErrorKind::PermissionDenied,
        &["permission_denied"],
        401,
        SPACED,
        "PermissionDenied",
        "Principal does not have access to API/Operation.",
    )
    .reason("PermissionDenied"),
    row(
        ErrorKind::DataActionDenied,
        &["data_action_denied"],
        401,
        SPACED,
        "PermissionDenied",
        "The principal `{principal}` lacks the required data action `Microsoft.CognitiveServices/accounts/OpenAI/deployments/{path}/action` to perform `POST /openai/deployments/{deployment-id}/{path}` operation.",
    )
    .reason("PermissionDenied"),
    row(
        ErrorKind::KeyAuthenticationDisabled,
        &["keys_disabled", "key_authentication_disabled"],
        403,
        SPACED,
        "AuthenticationTypeDisabled",
        "Key based authentication is disabled for this resource.",
    ),
    row(
        ErrorKind::Firewall,
        &["firewall"],
        403,
        SPACED,
        "403",
        "Access denied due to Virtual Network/Firewall rules.",
    ),
    row(
        ErrorKind::PrivateEndpoint,
        &["private_endpoint"],
        403,
        SPACED,
        "AccessDenied",
        "Public access is disabled. Please configure private endpoint.",
    )
    .headers(&[("policy-id", "ThrowExceptionDueToTrafficDenied")]),
    row(
        ErrorKind::DeploymentNotFound,
        &["deployment_not_found"],
        404,
        (Layer::Gateway, Form::Missing),
        "DeploymentNotFound",
        "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.",
    ),
    row(
        ErrorKind::ResourceNotFound,
        &["resource_not_found"],
        404,
        (Layer::Router, Form::Spaced),
        "404",
        "Resource not found",
    )
    .reason("Resource Not Found"),
    row(
        ErrorKind::UnsupportedApiVersion,
        &["unsupported_api_version"],
        400,
        DENSE,
        "BadRequest",
        "API version not supported",
    ),
    row(
        ErrorKind::MissingApiVersion,
        &["missing_api_version"],
        400,
        DENSE,
        "BadRequest",
        "Missing required query parameter: api-version",
    ),
    // The word in braces is the service's own mistake.
    row(
        ErrorKind::ModelNeedsNewerVersion,
        &["model_needs_newer_version"],
        400,
        DENSE,
        "BadRequest",
        "Model {modelName} is enabled only for api versions 2024-12-01-preview and later",
    ),
    row(
        ErrorKind::ResponsesNeedNewerVersion,
        &["responses_need_newer_version"],
        400,
        DENSE,
        "BadRequest",
        "Azure OpenAI Responses API is enabled only for api-version 2025-03-01-preview and later",
    ),
    row(
        ErrorKind::SchemaNeedsNewerVersion,
        &["schema_needs_newer_version"],
        400,
        DENSE,
        "BadRequest",
        "response_format value as json_schema is enabled only for api versions 2024-08-01-preview and later",
    ),
    row(
        ErrorKind::OperationNotSupported,
        &["operation_not_supported"],
        400,
        DENSE,
        "OperationNotSupported",
        "The {action} operation does not work with the specified model, {model}. Please choose different model and try again. You can learn more about which models can be used with each operation here: https://go.microsoft.com/fwlink/?linkid=2197993.",
    ),
    row(
        ErrorKind::ContentFilter,
        &["content_filter"],
        400,
        (Layer::BackEnd, Form::Filter),
        "content_filter",
        "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry. To learn more about our content filtering policies please read our documentation: https://go.microsoft.com/fwlink/?linkid=2198766",
    ),
    row(
        ErrorKind::ContentPolicy,
        &["content_policy"],
        400,
        (Layer::BackEnd, Form::Policy),
        "content_policy_violation",
        "Your request was rejected as a result of our safety system. Your prompt may contain text that is not allowed by our safety system.",
    ),
    row(
        ErrorKind::ContextLength,
        &["context_length"],
        400,
        invalid("messages"),
        "context_length_exceeded",
        "This model's maximum context length is {window} tokens. However, your messages resulted in {tokens} tokens. Please reduce the length of the messages.",
    ),
    row(
        ErrorKind::UnsupportedParameter,
        &["unsupported_parameter"],
        400,
        invalid("max_tokens"),
        "unsupported_parameter",
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    ),
    row(
        ErrorKind::BadRequest,
        &["bad_request"],
        400,
        invalid("temperature"),
        "unsupported_value",
        "Unsupported value: 'temperature' does not support 2.5 with this model. Only the default (1) value is supported.",
    ),
    row(
        ErrorKind::InvalidPrompt,
        &["invalid_prompt"],
        400,
        invalid("prompt"),
        "invalid_prompt",
        "Invalid prompt: your prompt was flagged as potentially violating our usage policy.",
    )
    .headers(MODEL_ERROR_400),
    row(ErrorKind::Timeout, &["timeout"], 408, DENSE, "Timeout", "The operation was timeout."),
    row(
        ErrorKind::Conflict,
        &["conflict"],
        409,
        DENSE,
        "Conflict",
        "The deployment is being updated. Please try again later.",
    ),
    row(
        ErrorKind::ExtraParameter,
        &["extra_parameter"],
        422,
        (Layer::Gateway, Form::Field),
        "parameter_not_supported",
        "One of the parameters contain invalid values.",
    ),
    row(
        ErrorKind::ModelContainer,
        &["model_container"],
        424,
        (Layer::BackEnd, Form::Container),
        "",
        "The model container failed.",
    )
    .headers(MODEL_ERROR_424),
    row(
        RateLimit(Tokens),
        &["rate_limit", "rate_limit_tokens"],
        429,
        SPACED,
        "RateLimitReached",
        "Your requests to {deployment} for {model} in {region} have exceeded the token rate limit for your current {product} S0 pricing tier. This request was for {operation} under {api}. Please retry after {seconds} {unit}. To increase your default rate limit, visit: https://aka.ms/oai/quotaincrease.",
    )
    .headers(OF_TOKENS),
    row(
        RateLimit(Requests),
        &["call_rate_limit", "rate_limit_requests"],
        429,
        SPACED,
        "RateLimitReached",
        "Your requests to {deployment} for {model} in {region} have exceeded the call rate limit for your current {product} S0 pricing tier. This request was for {operation} under {api}. Please retry after {seconds} {unit}. To increase your default rate limit, visit: https://aka.ms/oai/quotaincrease.",
    )
    .headers(OF_REQUESTS),
    row(
        OldRateLimit(Tokens),
        &["old_rate_limit_tokens"],
        429,
        SPACED,
        "429",
        "Requests to the {operation} Operation under Azure OpenAI API version {version} have exceeded token rate limit of your current OpenAI S0 pricing tier. Please retry after {seconds} seconds. Please go here: https://aka.ms/oai/quotaincrease if you would like to further increase the default rate limit.",
    )
    .headers(OF_TOKENS),
    row(
        OldRateLimit(Requests),
        &["old_rate_limit_requests"],
        429,
        SPACED,
        "429",
        "Requests to the {operation} Operation under Azure OpenAI API version {version} have exceeded call rate limit of your current OpenAI S0 pricing tier. Please retry after {seconds} seconds. Please go here: https://aka.ms/oai/quotaincrease if you would like to further increase the default rate limit.",
    )
    .headers(OF_REQUESTS),
    row(
        ErrorKind::FirstRateLimit,
        &["first_rate_limit"],
        429,
        SPACED,
        "429",
        "Rate limit is exceeded. Try again in {seconds} seconds.",
    )
    .headers(OF_REQUESTS),
    row(
        ErrorKind::PeakLoad,
        &["peak_load"],
        429,
        (Layer::Gateway, Form::Demand),
        "too_many_requests",
        "The system is currently experiencing high demand and cannot process your request. Your request exceeds the maximum usage size allowed during peak load. For improved capacity reliability, consider switching to Provisioned Throughput.",
    ),
    row(
        ErrorKind::InternalServerError,
        &["server_error"],
        500,
        (Layer::BackEnd, Form::BackEnd { kind: "server_error", parameter: None }),
        "",
        "The server had an error processing your request. Sorry about that! You can retry your request, or contact us through an Azure support request at: https://go.microsoft.com/fwlink/?linkid=2213926 if you keep seeing this error. (Please include the request ID {request} in your email.)",
    )
    .headers(MODEL_ERROR_500),
    row(
        ErrorKind::BadBackEnd,
        &["bad_back_end"],
        500,
        DENSE,
        "InternalServerError",
        "Backend returned unexpected response. Please contact Microsoft for help.",
    ),
    row(
        ErrorKind::GatewayFailure,
        &["gateway_failure"],
        500,
        (Layer::Gateway, Form::Activity),
        "",
        "Internal server error",
    ),
    row(
        ErrorKind::ServiceUnavailable,
        &["unavailable"],
        503,
        DENSE,
        "ServiceUnavailable",
        "The service is temporarily unable to process your request. Please try again later.",
    ),
    row(
        ErrorKind::FrontDoor,
        &["front_door"],
        503,
        (Layer::Door, Form::Html),
        "",
        "<!DOCTYPE html><html><head><title>Service unavailable</title></head><body><h2>Our services aren't available right now</h2></body></html>",
    ),
];
