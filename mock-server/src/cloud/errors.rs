//! The service's errors: status, reason phrase, body and headers of each.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;

use super::call::Call;
use super::filters;
use super::headers::{self, Content, Headers};
use super::json::{Json, object};
use super::model::{context_length, without_date};
use super::reply::{Reply, ReplyBody};
use super::script::ErrorReply;

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
    (
        "key_authentication_disabled",
        ErrorKind::KeyAuthenticationDisabled,
    ),
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
    (
        "rate_limit_requests",
        ErrorKind::RateLimit(RateLimit::Requests),
    ),
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
            .ok_or_else(|| UnknownErrorKind {
                name: name.to_owned(),
            })
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = NAMES
            .iter()
            .find(|(_, kind)| kind == self)
            .map_or("unknown", |(name, _)| name);
        formatter.write_str(name)
    }
}

/// Which headers go with an error.
#[derive(Clone, Copy)]
enum Layer {
    /// Refused before anything was looked up.
    Door,
    /// Like `Gateway`, but without the region.
    Router,
    Gateway,
    BackEnd,
}

struct Shape {
    status: u16,
    reason: Option<&'static str>,
    layer: Layer,
    content: fn(usize) -> Content,
    body: String,
    extra: Headers,
}

impl Shape {
    fn new(status: u16, layer: Layer, body: String) -> Self {
        Self {
            status,
            reason: None,
            layer,
            content: Content::Json,
            body,
            extra: Headers::new(),
        }
    }

    fn reason(mut self, reason: &'static str) -> Self {
        self.reason = Some(reason);
        self
    }

    fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        headers::push(&mut self.extra, name, value);
        self
    }

    fn into_reply(self, call: &Call, delay: Duration) -> Reply {
        let content = (self.content)(self.body.len());
        let mut headers = match self.layer {
            Layer::Door => headers::bare(call, content),
            Layer::Router => headers::secured(call, content),
            Layer::Gateway => headers::gateway(call, content),
            Layer::BackEnd => headers::back_end(call, content, 0),
        };
        headers.extend(self.extra);
        Reply {
            status: StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            reason: self.reason.map(str::to_owned),
            headers: headers::ordered(headers),
            body: ReplyBody::Whole(Bytes::from(self.body)),
            delay,
        }
    }
}

/// The reply for an error that the gateway or the back end found by itself.
pub(crate) fn reply(call: &Call, kind: ErrorKind) -> Reply {
    scripted(call, &ErrorReply::new(kind))
}

/// The reply for an error that a script asks for.
pub(crate) fn scripted(call: &Call, error: &ErrorReply) -> Reply {
    let mut shape = shape(call, error);
    let rate_limited = matches!(error.kind, ErrorKind::RateLimit(_));
    if rate_limited || error.retry_after.is_some() || error.retry_after_ms.is_some() {
        headers::push(
            &mut shape.extra,
            "retry-after",
            retry_seconds(error).to_string(),
        );
    }
    if let Some(wait) = error.retry_after_ms {
        headers::push(
            &mut shape.extra,
            "retry-after-ms",
            wait.as_millis().to_string(),
        );
    }
    shape.into_reply(call, error.delay)
}

/// A 400 of the back end about the request's own fault.
pub(crate) fn invalid_request(
    call: &Call,
    message: &str,
    parameter: Option<&str>,
    code: Option<&str>,
) -> Reply {
    let body = back_end_body(message, "invalid_request_error", parameter, code);
    Shape::new(400, Layer::BackEnd, body).into_reply(call, Duration::ZERO)
}

fn retry_seconds(error: &ErrorReply) -> u64 {
    let wait = error
        .retry_after
        .or(error.retry_after_ms)
        .unwrap_or(Duration::from_secs(1));
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

fn shape(call: &Call, error: &ErrorReply) -> Shape {
    let own = error.message.as_deref();
    match error.kind {
        ErrorKind::Unauthorized => Shape::new(
            401,
            Layer::Door,
            dense_body("401", own.unwrap_or("Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.")),
        )
        .reason("PermissionDenied"),
        ErrorKind::TokenRejected => token_rejected(call),
        ErrorKind::PermissionDenied => Shape::new(
            401,
            Layer::Gateway,
            gateway_body("PermissionDenied", own.unwrap_or("Principal does not have access to API/Operation.")),
        )
        .reason("PermissionDenied"),
        ErrorKind::KeyAuthenticationDisabled => gateway_error(
            403,
            "AuthenticationTypeDisabled",
            own.unwrap_or("Key based authentication is disabled for this resource."),
        ),
        ErrorKind::Firewall => {
            gateway_error(403, "403", own.unwrap_or("Access denied due to Virtual Network/Firewall rules."))
        }
        ErrorKind::PrivateEndpoint => gateway_error(
            403,
            "AccessDenied",
            own.unwrap_or("Public access is disabled. Please configure private endpoint."),
        )
        .with("policy-id", "ThrowExceptionDueToTrafficDenied"),
        ErrorKind::DeploymentNotFound => deployment_not_found(),
        ErrorKind::ResourceNotFound => {
            Shape::new(404, Layer::Router, gateway_body("404", "Resource not found")).reason("Resource Not Found")
        }
        ErrorKind::UnsupportedApiVersion => {
            Shape::new(400, Layer::Gateway, dense_body("BadRequest", "API version not supported"))
        }
        ErrorKind::Timeout => {
            Shape::new(408, Layer::Gateway, dense_body("Timeout", own.unwrap_or("The operation was timeout.")))
        }
        ErrorKind::Conflict => Shape::new(
            409,
            Layer::Gateway,
            dense_body("Conflict", own.unwrap_or("The deployment is being updated. Please try again later.")),
        ),
        ErrorKind::RateLimit(limit) => rate_limited(call, limit, error),
        ErrorKind::PeakLoad => peak_load(),
        ErrorKind::BadBackEnd => Shape::new(
            500,
            Layer::Gateway,
            dense_body(
                "InternalServerError",
                own.unwrap_or("Backend returned unexpected response. Please contact Microsoft for help."),
            ),
        ),
        ErrorKind::ServiceUnavailable => Shape::new(
            503,
            Layer::Gateway,
            dense_body(
                "ServiceUnavailable",
                own.unwrap_or("The service is temporarily unable to process your request. Please try again later."),
            ),
        ),
        ErrorKind::FrontDoor => front_door(),
        ErrorKind::ContentFilter
        | ErrorKind::ContextLength
        | ErrorKind::UnsupportedParameter
        | ErrorKind::BadRequest
        | ErrorKind::InvalidPrompt
        | ErrorKind::InternalServerError => back_end_shape(call, error.kind, own),
    }
}

fn back_end_shape(call: &Call, kind: ErrorKind, own: Option<&str>) -> Shape {
    match kind {
        ErrorKind::ContentFilter => content_filter(own),
        ErrorKind::ContextLength => {
            let window = context_length(&call.model);
            let message = format!(
                "This model's maximum context length is {window} tokens. However, your messages resulted in {} tokens. Please reduce the length of the messages.",
                window + 1186
            );
            invalid(own.unwrap_or(&message), Some("messages"), Some("context_length_exceeded"))
        }
        ErrorKind::UnsupportedParameter => invalid(
            own.unwrap_or("Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."),
            Some("max_tokens"),
            Some("unsupported_parameter"),
        ),
        ErrorKind::InvalidPrompt => model_error(
            invalid(
                own.unwrap_or("Invalid prompt: your prompt was flagged as potentially violating our usage policy."),
                Some("prompt"),
                Some("invalid_prompt"),
            ),
            400,
        ),
        ErrorKind::InternalServerError => {
            let message = format!(
                "The server had an error processing your request. Sorry about that! You can retry your request, or contact us through an Azure support request at: https://go.microsoft.com/fwlink/?linkid=2213926 if you keep seeing this error. (Please include the request ID {} in your email.)",
                call.guid("request")
            );
            let body = back_end_body(own.unwrap_or(&message), "server_error", None, None);
            model_error(Shape::new(500, Layer::BackEnd, body), 500)
        }
        _ => invalid(
            own.unwrap_or("Unsupported value: 'temperature' does not support 2.5 with this model. Only the default (1) value is supported."),
            Some("temperature"),
            Some("unsupported_value"),
        ),
    }
}

fn invalid(message: &str, parameter: Option<&str>, code: Option<&str>) -> Shape {
    Shape::new(
        400,
        Layer::BackEnd,
        back_end_body(message, "invalid_request_error", parameter, code),
    )
}

fn model_error(shape: Shape, status: u16) -> Shape {
    shape
        .with("ms-azureml-model-error-reason", "model_error")
        .with("ms-azureml-model-error-statuscode", status.to_string())
}

fn token_rejected(call: &Call) -> Shape {
    let audience = if call.foundry {
        "https://ai.azure.com"
    } else {
        "https://cognitiveservices.azure.com"
    };
    let body = format!(
        "{{ \"statusCode\": 401, \"message\": \"Unauthorized. Access token is missing, invalid, audience is incorrect ({audience}), or have expired.\" }}"
    );
    Shape::new(401, Layer::Door, body)
        .with("WWW-Authenticate", format!("Bearer authorization_uri=\"https://login.microsoftonline.com\", resource=\"{audience}\""))
}

fn deployment_not_found() -> Shape {
    let body = object([(
        "error",
        object([
            ("type", "invalid_request_error".into()),
            ("code", "DeploymentNotFound".into()),
            ("message", "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.".into()),
        ]),
    )]);
    let mut shape = Shape::new(404, Layer::Gateway, body.pretty());
    shape.content = |_| Content::Untyped;
    shape
}

fn rate_limited(call: &Call, limit: RateLimit, error: &ErrorReply) -> Shape {
    let seconds = retry_seconds(error);
    let unit = if seconds == 1 { "second" } else { "seconds" };
    let (what, policy) = match limit {
        RateLimit::Tokens => ("token", "DeploymentRatelimit-Token"),
        RateLimit::Requests => ("call", "DeploymentRatelimit-Call"),
    };
    let api = call.api_version.as_deref().map_or_else(
        || "OpenAI Language Model Instance API".to_owned(),
        |version| format!("Azure OpenAI API version {version}"),
    );
    let message = format!(
        "Your requests to {} for {} in {} have exceeded the {what} rate limit for your current OpenAI S0 pricing tier. This request was for {} under {api}. Please retry after {seconds} {unit}. To increase your default rate limit, visit: https://aka.ms/oai/quotaincrease.",
        call.deployment,
        without_date(&call.model),
        call.region,
        call.operation.name(),
    );
    let body = gateway_body(
        "RateLimitReached",
        error.message.as_deref().unwrap_or(&message),
    );
    let reset = match limit {
        RateLimit::Tokens => "x-ratelimit-reset-tokens",
        RateLimit::Requests => "x-ratelimit-reset-requests",
    };
    Shape::new(429, Layer::Gateway, body)
        .with("policy-id", policy)
        .with(reset, seconds.to_string())
}

fn peak_load() -> Shape {
    let body = object([(
        "error",
        object([
            ("message", "The system is currently experiencing high demand and cannot process your request. Your request exceeds the maximum usage size allowed during peak load. For improved capacity reliability, consider switching to Provisioned Throughput.".into()),
            ("type", "too_many_requests".into()),
            ("code", "too_many_requests".into()),
        ]),
    )]);
    Shape::new(429, Layer::Gateway, body.compact())
}

fn front_door() -> Shape {
    let body = "<!DOCTYPE html><html><head><title>Service unavailable</title></head><body><h2>Our services aren't available right now</h2></body></html>";
    let mut shape = Shape::new(503, Layer::Door, body.to_owned());
    shape.content = Content::Html;
    shape
}

fn content_filter(own: Option<&str>) -> Shape {
    let message = own.unwrap_or("The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry. To learn more about our content filtering policies please read our documentation: https://go.microsoft.com/fwlink/?linkid=2198766");
    let body = object([(
        "error",
        object([
            ("message", message.into()),
            ("type", Json::Null),
            ("param", "prompt".into()),
            ("code", "content_filter".into()),
            ("status", 400_u64.into()),
            (
                "innererror",
                object([
                    ("code", "ResponsibleAIPolicyViolation".into()),
                    ("content_filter_result", filters::blocked_prompt()),
                ]),
            ),
        ]),
    )]);
    Shape::new(400, Layer::BackEnd, body.pretty())
}

fn gateway_error(status: u16, code: &str, message: &str) -> Shape {
    Shape::new(status, Layer::Gateway, gateway_body(code, message))
}

/// The gateway's style: one space after `"message":`.
fn gateway_body(code: &str, message: &str) -> String {
    let code = Json::from(code).compact();
    let message = Json::from(message).compact();
    format!("{{\"error\":{{\"code\":{code},\"message\": {message}}}}}")
}

/// The same without that space, as some answers have it.
fn dense_body(code: &str, message: &str) -> String {
    object([(
        "error",
        object([("code", code.into()), ("message", message.into())]),
    )])
    .compact()
}

fn back_end_body(message: &str, kind: &str, parameter: Option<&str>, code: Option<&str>) -> String {
    let error = object([
        ("message", message.into()),
        ("type", kind.into()),
        ("param", parameter.into()),
        ("code", code.into()),
    ]);
    object([("error", error)]).pretty()
}
