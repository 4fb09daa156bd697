//! What the gateway in front of the models answers.

use std::time::Duration;

use super::back_end::back_end_shape;
use super::kind::{ErrorKind, RateLimit};
use super::rarer::rarer_shape;
use super::shape::{Layer, Shape, dense_body, gateway_body};
use crate::cloud::call::Call;
use crate::cloud::headers::Content;
use crate::cloud::json::object;
use crate::cloud::script::ErrorReply;

/// Status, body and headers of an error; those of the back end are left to it.
pub(super) fn shape(call: &Call, error: &ErrorReply) -> Shape {
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
        ErrorKind::DataActionDenied
        | ErrorKind::MissingApiVersion
        | ErrorKind::ModelNeedsNewerVersion
        | ErrorKind::ResponsesNeedNewerVersion
        | ErrorKind::SchemaNeedsNewerVersion
        | ErrorKind::OperationNotSupported
        | ErrorKind::ExtraParameter
        | ErrorKind::OldRateLimit(_)
        | ErrorKind::FirstRateLimit
        | ErrorKind::GatewayFailure => rarer_shape(call, error),
        ErrorKind::ContentPolicy
        | ErrorKind::ModelContainer
        | ErrorKind::ContentFilter
        | ErrorKind::ContextLength
        | ErrorKind::UnsupportedParameter
        | ErrorKind::BadRequest
        | ErrorKind::InvalidPrompt
        | ErrorKind::InternalServerError => back_end_shape(call, error.kind, own),
    }
}

/// Whole seconds to wait, rounded up; one when nobody said.
pub(super) fn retry_seconds(error: &ErrorReply) -> u64 {
    let wait = error.retry_after.or(error.retry_after_ms).unwrap_or(Duration::from_secs(1));
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

fn token_rejected(call: &Call) -> Shape {
    let audience = if call.target.foundry { "https://ai.azure.com" } else { "https://cognitiveservices.azure.com" };
    let body = format!(
        "{{ \"statusCode\": 401, \"message\": \"Unauthorized. Access token is missing, invalid, audience is incorrect ({audience}), or have expired.\" }}"
    );
    Shape::new(401, Layer::Door, body).with(
        "WWW-Authenticate",
        format!("Bearer authorization_uri=\"https://login.microsoftonline.com\", resource=\"{audience}\""),
    )
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
    let api = call.target.api_version.as_deref().map_or_else(
        || "OpenAI Language Model Instance API".to_owned(),
        |version| format!("Azure OpenAI API version {version}"),
    );
    let message = format!(
        "Your requests to {} for {} in {} have exceeded the {what} rate limit for your current {} S0 pricing tier. This request was for {} under {api}. Please retry after {seconds} {unit}. To increase your default rate limit, visit: https://aka.ms/oai/quotaincrease.",
        call.deployment(),
        call.model().without_date(),
        call.target.served.region,
        if call.target.foundry { "AIServices" } else { "OpenAI" },
        call.target.operation.name(),
    );
    let body = gateway_body("RateLimitReached", error.message.as_deref().unwrap_or(&message));
    let reset = match limit {
        RateLimit::Tokens => "x-ratelimit-reset-tokens",
        RateLimit::Requests => "x-ratelimit-reset-requests",
    };
    Shape::new(429, Layer::Gateway, body).with("policy-id", policy).with(reset, seconds.to_string())
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

fn gateway_error(status: u16, code: &str, message: &str) -> Shape {
    Shape::new(status, Layer::Gateway, gateway_body(code, message))
}
