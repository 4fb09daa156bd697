//! What the gateway answers in the rarer cases: versions, wrong operations, the words of earlier years.

use super::gateway::retry_seconds;
use super::kind::{ErrorKind, RateLimit};
use super::shape::{Layer, Shape, dense_body, gateway_body};
use crate::cloud::call::Call;
use crate::cloud::json::{Json, object};
use crate::cloud::route::Operation;
use crate::cloud::script::ErrorReply;

/// Status, body and headers of a rarer error of the gateway.
pub(super) fn rarer_shape(call: &Call, error: &ErrorReply) -> Shape {
    let own = error.message.as_deref();
    match error.kind {
        ErrorKind::DataActionDenied => {
            let body = gateway_body("PermissionDenied", own.unwrap_or(&data_action(call)));
            Shape::new(401, Layer::Gateway, body).reason("PermissionDenied")
        }
        ErrorKind::MissingApiVersion => bad_request("Missing required query parameter: api-version"),
        // The placeholder is the service's own mistake.
        ErrorKind::ModelNeedsNewerVersion => {
            bad_request("Model {modelName} is enabled only for api versions 2024-12-01-preview and later")
        }
        ErrorKind::ResponsesNeedNewerVersion => {
            bad_request("Azure OpenAI Responses API is enabled only for api-version 2025-03-01-preview and later")
        }
        ErrorKind::SchemaNeedsNewerVersion => bad_request(
            "response_format value as json_schema is enabled only for api versions 2024-08-01-preview and later",
        ),
        ErrorKind::OperationNotSupported => {
            Shape::new(400, Layer::Gateway, dense_body("OperationNotSupported", own.unwrap_or(&unsupported(call))))
        }
        ErrorKind::ExtraParameter => extra_parameter(own),
        ErrorKind::OldRateLimit(limit) => old_rate_limit(call, limit, error),
        ErrorKind::FirstRateLimit => {
            let seconds = retry_seconds(error);
            let message = format!("Rate limit is exceeded. Try again in {seconds} seconds.");
            Shape::new(429, Layer::Gateway, gateway_body("429", own.unwrap_or(&message)))
                .with("policy-id", "DeploymentRatelimit-Call")
                .with("x-ratelimit-reset-requests", seconds.to_string())
        }
        _ => {
            let body = object([
                ("statusCode", 500_u64.into()),
                ("message", own.unwrap_or("Internal server error").into()),
                ("activityId", call.guid("activity").into()),
            ]);
            Shape::new(500, Layer::Gateway, body.compact())
        }
    }
}

fn bad_request(message: &str) -> Shape {
    Shape::new(400, Layer::Gateway, dense_body("BadRequest", message))
}

/// Which right the principal lacks.
fn data_action(call: &Call) -> String {
    let path = match call.target.operation {
        Operation::Embeddings => "embeddings",
        Operation::Completions => "completions",
        _ => "chat/completions",
    };
    format!(
        "The principal `{}` lacks the required data action `Microsoft.CognitiveServices/accounts/OpenAI/deployments/{path}/action` to perform `POST /openai/deployments/{{deployment-id}}/{path}` operation.",
        call.guid("principal")
    )
}

fn unsupported(call: &Call) -> String {
    let operation = match call.target.operation {
        Operation::Embeddings => "embeddings",
        Operation::Completions => "completion",
        Operation::Responses(_) => "responses",
        _ => "chatCompletion",
    };
    format!(
        "The {operation} operation does not work with the specified model, {}. Please choose different model and try again. You can learn more about which models can be used with each operation here: https://go.microsoft.com/fwlink/?linkid=2197993.",
        call.model().without_date()
    )
}

/// Model inference's words about a field; `own` is the field's name and value, a line each.
fn extra_parameter(own: Option<&str>) -> Shape {
    let (name, input) = own.and_then(|own| own.split_once('\n')).unwrap_or(("response_format", "\"json_object\""));
    let place = Json::List(vec!["body".into(), name.into()]);
    let body = object([
        ("status", 422_u64.into()),
        ("code", "parameter_not_supported".into()),
        ("detail", object([("loc", place), ("input", Json::Raw(input.to_owned()))])),
        ("message", "One of the parameters contain invalid values.".into()),
    ]);
    Shape::new(422, Layer::Gateway, body.compact())
}

fn old_rate_limit(call: &Call, limit: RateLimit, error: &ErrorReply) -> Shape {
    let seconds = retry_seconds(error);
    let (what, policy, reset) = match limit {
        RateLimit::Tokens => ("token", "DeploymentRatelimit-Token", "x-ratelimit-reset-tokens"),
        RateLimit::Requests => ("call", "DeploymentRatelimit-Call", "x-ratelimit-reset-requests"),
    };
    let message = format!(
        "Requests to the {} Operation under Azure OpenAI API version {} have exceeded {what} rate limit of your current OpenAI S0 pricing tier. Please retry after {seconds} seconds. Please go here: https://aka.ms/oai/quotaincrease if you would like to further increase the default rate limit.",
        call.target.operation.name(),
        call.target.api_version.as_deref().unwrap_or("v1"),
    );
    let body = gateway_body("429", error.message.as_deref().unwrap_or(&message));
    Shape::new(429, Layer::Gateway, body).with("policy-id", policy).with(reset, seconds.to_string())
}
