//! What the model's back end answers.

use super::kind::ErrorKind;
use super::shape::{Layer, Shape, back_end_body};
use crate::cloud::call::Call;
use crate::cloud::filters;
use crate::cloud::json::{Json, object};
use crate::cloud::model::Generation;
use crate::cloud::route::Operation;

/// Status, body and headers of a back-end error.
pub(super) fn back_end_shape(call: &Call, kind: ErrorKind, own: Option<&str>) -> Shape {
    match kind {
        ErrorKind::ContentFilter if call.target.serverless => serverless_filter(own),
        ErrorKind::ContentFilter if matches!(call.target.operation, Operation::Responses(_)) => responses_filter(own),
        ErrorKind::ContentFilter => content_filter(call, own),
        ErrorKind::ContentPolicy => content_policy(own),
        ErrorKind::ModelContainer => {
            let message = own.unwrap_or("The model container failed.");
            let error = object([("message", message.into()), ("type", "model_error".into())]);
            model_error(Shape::new(424, Layer::BackEnd, object([("error", error)]).compact()), 424)
        }
        ErrorKind::ContextLength => {
            let window = call.model().context_length;
            let message = too_long(window, window + 1186);
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

/// What the back end says of a prompt that does not fit.
pub(super) fn too_long(window: u64, tokens: u64) -> String {
    format!(
        "This model's maximum context length is {window} tokens. However, your messages resulted in {tokens} tokens. Please reduce the length of the messages."
    )
}

/// Responses name what blocked them in a list, and write a typographic apostrophe.
fn responses_filter(own: Option<&str>) -> Shape {
    let message = own.unwrap_or("The response was filtered due to the prompt triggering Azure OpenAI\u{2019}s content management policy. Please modify your prompt and retry. To learn more about our content filtering policies please read our documentation: https://go.microsoft.com/fwlink/?linkid=2198766");
    let offsets =
        object([("check_offset", 0_u64.into()), ("end_offset", 0_u64.into()), ("start_offset", 0_u64.into())]);
    let filter = object([
        ("blocked", true.into()),
        ("source_type", "prompt".into()),
        ("content_filter_raw", Json::List(Vec::new())),
        ("content_filter_results", filters::blocked_prompt(false)),
        ("content_filter_offsets", offsets),
    ]);
    let error = object([
        ("message", message.into()),
        ("type", "invalid_request_error".into()),
        ("param", "prompt".into()),
        ("code", "content_filter".into()),
        ("content_filters", Json::List(vec![filter])),
    ]);
    Shape::new(400, Layer::BackEnd, object([("error", error)]).pretty())
}

/// Model inference's own form.
fn serverless_filter(own: Option<&str>) -> Shape {
    let body = object([
        ("status", 400_u64.into()),
        ("code", "content_filter".into()),
        ("message", own.unwrap_or("The response was filtered").into()),
        ("param", "messages".into()),
        ("type", Json::Null),
    ]);
    Shape::new(400, Layer::BackEnd, body.compact())
}

/// The form of image prompts: `inner_error`, with an underscore.
fn content_policy(own: Option<&str>) -> Shape {
    let message = own.unwrap_or("Your request was rejected as a result of our safety system. Your prompt may contain text that is not allowed by our safety system.");
    let inner = object([
        ("code", "ResponsibleAIPolicyViolation".into()),
        ("content_filter_results", filters::blocked_prompt(false)),
        ("revised_prompt", Json::Null),
    ]);
    let error = object([
        ("code", "content_policy_violation".into()),
        ("inner_error", inner),
        ("message", message.into()),
        ("type", "invalid_request_error".into()),
    ]);
    Shape::new(400, Layer::BackEnd, object([("error", error)]).compact())
}

fn invalid(message: &str, parameter: Option<&str>, code: Option<&str>) -> Shape {
    Shape::new(400, Layer::BackEnd, back_end_body(message, "invalid_request_error", parameter, code))
}

fn model_error(shape: Shape, status: u16) -> Shape {
    shape
        .with("ms-azureml-model-error-reason", "model_error")
        .with("ms-azureml-model-error-statuscode", status.to_string())
}

fn content_filter(call: &Call, own: Option<&str>) -> Shape {
    let hyphens = call.generation() == Generation::Early;
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
                    ("content_filter_result", filters::blocked_prompt(hyphens)),
                ]),
            ),
        ]),
    )]);
    Shape::new(400, Layer::BackEnd, body.pretty())
}
