//! The bodies of errors, in each of the forms that the table names.

use super::table::{Form, Row};
use crate::cloud::call::Call;
use crate::cloud::filters;
use crate::cloud::json::{Json, object};
use crate::cloud::model::Generation;
use crate::cloud::route::Operation;

/// The body of a row. `own` is a message that somebody wants in place of the service's own, `filled`.
pub(super) fn body(row: &Row, call: &Call, own: Option<&str>, filled: &str) -> String {
    let message = own.unwrap_or(filled);
    let code = row.code.unwrap_or_default();
    match row.form {
        Form::Spaced => spaced(code, message),
        Form::Dense => object([("error", object([("code", code.into()), ("message", message.into())]))]).compact(),
        Form::BackEnd { kind, parameter } => back_end(message, kind, parameter, row.code),
        Form::Token => format!("{{ \"statusCode\": 401, \"message\": {} }}", Json::from(message).compact()),
        Form::Missing => {
            let members =
                [("type", "invalid_request_error".into()), ("code", code.into()), ("message", message.into())];
            object([("error", object(members))]).pretty()
        }
        Form::Demand => {
            let members = [("message", message.into()), ("type", code.into()), ("code", code.into())];
            object([("error", object(members))]).compact()
        }
        Form::Html => filled.to_owned(),
        Form::Activity => object([
            ("statusCode", 500_u64.into()),
            ("message", message.into()),
            ("activityId", call.guid("activity").into()),
        ])
        .compact(),
        Form::Field => field(message, "response_format", "\"json_object\""),
        Form::Filter if call.target.serverless => serverless_filter(own),
        Form::Filter if matches!(call.target.operation, Operation::Responses(_)) => responses_filter(own),
        Form::Filter => filter(call, message),
        Form::Policy => policy(message, code),
        Form::Container => {
            object([("error", object([("message", message.into()), ("type", "model_error".into())]))]).compact()
        }
    }
}

/// The gateway's style: one space after `"message":`.
fn spaced(code: &str, message: &str) -> String {
    let code = Json::from(code).compact();
    let message = Json::from(message).compact();
    format!("{{\"error\":{{\"code\":{code},\"message\": {message}}}}}")
}

/// The back end's style: pretty-printed, with type and parameter.
pub(super) fn back_end(message: &str, kind: &str, parameter: Option<&str>, code: Option<&str>) -> String {
    let error = object([
        ("message", message.into()),
        ("type", kind.into()),
        ("param", parameter.into()),
        ("code", code.into()),
    ]);
    object([("error", error)]).pretty()
}

/// Model inference's words about a field; `input` is its value, as JSON.
pub(super) fn field(message: &str, name: &str, input: &str) -> String {
    let place = Json::List(vec!["body".into(), name.into()]);
    object([
        ("status", 422_u64.into()),
        ("code", "parameter_not_supported".into()),
        ("detail", object([("loc", place), ("input", Json::Raw(input.to_owned()))])),
        ("message", message.into()),
    ])
    .compact()
}

fn filter(call: &Call, message: &str) -> String {
    let hyphens = call.generation() == Generation::Early;
    let inner = object([
        ("code", "ResponsibleAIPolicyViolation".into()),
        ("content_filter_result", filters::blocked_prompt(hyphens)),
    ]);
    let error = object([
        ("message", message.into()),
        ("type", Json::Null),
        ("param", "prompt".into()),
        ("code", "content_filter".into()),
        ("status", 400_u64.into()),
        ("innererror", inner),
    ]);
    object([("error", error)]).pretty()
}

/// Responses name what blocked them in a list, and write a typographic apostrophe.
fn responses_filter(own: Option<&str>) -> String {
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
    object([("error", error)]).pretty()
}

/// Model inference's own form.
fn serverless_filter(own: Option<&str>) -> String {
    object([
        ("status", 400_u64.into()),
        ("code", "content_filter".into()),
        ("message", own.unwrap_or("The response was filtered").into()),
        ("param", "messages".into()),
        ("type", Json::Null),
    ])
    .compact()
}

/// The form of image prompts: `inner_error`, with an underscore.
fn policy(message: &str, code: &str) -> String {
    let inner = object([
        ("code", "ResponsibleAIPolicyViolation".into()),
        ("content_filter_results", filters::blocked_prompt(false)),
        ("revised_prompt", Json::Null),
    ]);
    let error = object([
        ("code", code.into()),
        ("inner_error", inner),
        ("message", message.into()),
        ("type", "invalid_request_error".into()),
    ]);
    object([("error", error)]).compact()
}
