//! What the model's back end answers.

use super::kind::ErrorKind;
use super::shape::{Layer, Shape, back_end_body};
use crate::cloud::call::Call;
use crate::cloud::filters;
use crate::cloud::json::{Json, object};
use crate::cloud::model::context_length;

/// Status, body and headers of a back-end error.
pub(super) fn back_end_shape(call: &Call, kind: ErrorKind, own: Option<&str>) -> Shape {
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
    Shape::new(400, Layer::BackEnd, back_end_body(message, "invalid_request_error", parameter, code))
}

fn model_error(shape: Shape, status: u16) -> Shape {
    shape
        .with("ms-azureml-model-error-reason", "model_error")
        .with("ms-azureml-model-error-statuscode", status.to_string())
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
