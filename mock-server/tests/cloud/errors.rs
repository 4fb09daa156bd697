//! Each error, byte for byte.

use std::time::Duration;

use azure_openai_mock::{ErrorKind, ErrorReply, RateLimit, Reply, ScriptedReply};

use crate::support::{CHAT, HELLO, cloud, names, post, text};

const DOOR: &[&str] = &["Content-Length", "Content-Type", "Date", "apim-request-id"];
const GATEWAY: &[&str] = &[
    "Content-Length",
    "Content-Type",
    "Date",
    "Strict-Transport-Security",
    "apim-request-id",
    "x-content-type-options",
    "x-ms-region",
];

/// Scripts an error for the next chat call and makes that call.
fn scripted(error: ErrorReply) -> Reply {
    let cloud = cloud();
    cloud.script("chat-prod", ScriptedReply::Error(error));
    cloud.reply(&post(CHAT, HELLO))
}

fn check(name: &str, status: u16, reason: Option<&str>, headers: Option<&[&str]>, body: &str) {
    let kind: ErrorKind = name.parse().expect("known name");
    let reply = scripted(ErrorReply::new(kind));
    assert_eq!(reply.status.as_u16(), status, "{name}");
    assert_eq!(reply.reason.as_deref(), reason, "{name}");
    assert_eq!(text(&reply), body, "{name}");
    if let Some(headers) = headers {
        assert_eq!(names(&reply), headers, "{name}");
    }
    match reply.header("content-length") {
        Some(length) => assert_eq!(length, body.len().to_string(), "{name}"),
        None => assert_eq!(reply.header("transfer-encoding"), Some("chunked"), "{name}"),
    }
}

#[test]
fn the_gateway_refuses_at_the_door_with_four_headers() {
    check(
        "unauthorized",
        401,
        Some("PermissionDenied"),
        Some(DOOR),
        r#"{"error":{"code":"401","message":"Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource."}}"#,
    );
    check(
        "token-rejected",
        401,
        None,
        Some(&["Content-Length", "Content-Type", "Date", "WWW-Authenticate", "apim-request-id"]),
        r#"{ "statusCode": 401, "message": "Unauthorized. Access token is missing, invalid, audience is incorrect (https://cognitiveservices.azure.com), or have expired." }"#,
    );
}

#[test]
fn the_gateway_writes_one_space_before_most_messages() {
    check(
        "permission_denied",
        401,
        Some("PermissionDenied"),
        Some(GATEWAY),
        r#"{"error":{"code":"PermissionDenied","message": "Principal does not have access to API/Operation."}}"#,
    );
    check(
        "key_authentication_disabled",
        403,
        None,
        Some(GATEWAY),
        r#"{"error":{"code":"AuthenticationTypeDisabled","message": "Key based authentication is disabled for this resource."}}"#,
    );
    check(
        "firewall",
        403,
        None,
        Some(GATEWAY),
        r#"{"error":{"code":"403","message": "Access denied due to Virtual Network/Firewall rules."}}"#,
    );
    check(
        "private_endpoint",
        403,
        None,
        None,
        r#"{"error":{"code":"AccessDenied","message": "Public access is disabled. Please configure private endpoint."}}"#,
    );
    check(
        "resource_not_found",
        404,
        Some("Resource Not Found"),
        Some(&GATEWAY[..6]),
        r#"{"error":{"code":"404","message": "Resource not found"}}"#,
    );
}

#[test]
fn the_gateway_writes_no_space_before_the_others() {
    check(
        "unsupported_api_version",
        400,
        None,
        Some(GATEWAY),
        r#"{"error":{"code":"BadRequest","message":"API version not supported"}}"#,
    );
    check(
        "timeout",
        408,
        None,
        Some(GATEWAY),
        r#"{"error":{"code":"Timeout","message":"The operation was timeout."}}"#,
    );
    check(
        "bad_back_end",
        500,
        None,
        Some(GATEWAY),
        r#"{"error":{"code":"InternalServerError","message":"Backend returned unexpected response. Please contact Microsoft for help."}}"#,
    );
    check(
        "unavailable",
        503,
        None,
        Some(GATEWAY),
        r#"{"error":{"code":"ServiceUnavailable","message":"The service is temporarily unable to process your request. Please try again later."}}"#,
    );
}

#[test]
fn an_unknown_deployment_is_chunked_without_a_content_type() {
    check(
        "deployment_not_found",
        404,
        None,
        Some(&[
            "Date",
            "Strict-Transport-Security",
            "Transfer-Encoding",
            "apim-request-id",
            "x-content-type-options",
            "x-ms-region",
        ]),
        "{\n  \"error\": {\n    \"type\": \"invalid_request_error\",\n    \"code\": \"DeploymentNotFound\",\n    \"message\": \"The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.\"\n  }\n}",
    );
}

#[test]
fn the_back_end_writes_pretty_errors() {
    check(
        "context_length",
        400,
        None,
        None,
        "{\n  \"error\": {\n    \"message\": \"This model's maximum context length is 128000 tokens. However, your messages resulted in 129186 tokens. Please reduce the length of the messages.\",\n    \"type\": \"invalid_request_error\",\n    \"param\": \"messages\",\n    \"code\": \"context_length_exceeded\"\n  }\n}",
    );
    check(
        "unsupported_parameter",
        400,
        None,
        None,
        "{\n  \"error\": {\n    \"message\": \"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.\",\n    \"type\": \"invalid_request_error\",\n    \"param\": \"max_tokens\",\n    \"code\": \"unsupported_parameter\"\n  }\n}",
    );
}

#[test]
fn a_blocked_prompt_names_its_categories_in_the_singular() {
    let reply = scripted(ErrorReply::new(ErrorKind::ContentFilter));
    assert_eq!(reply.status.as_u16(), 400);
    let body: serde_json::Value = serde_json::from_str(&text(&reply)).expect("JSON");
    let error = &body["error"];
    assert!(text(&reply).starts_with("{\n  \"error\": {\n    \"message\": \"The response was filtered due to"));
    assert_eq!(error["type"], serde_json::Value::Null);
    assert_eq!(
        (&error["param"], &error["code"], &error["status"]),
        (&"prompt".into(), &"content_filter".into(), &400.into())
    );
    let inner = &error["innererror"];
    assert_eq!(inner["code"], "ResponsibleAIPolicyViolation");
    assert_eq!(inner["content_filter_result"]["violence"]["severity"], "medium");
    assert!(reply.header("x-request-id").is_some() && reply.header("x-ms-rai-invoked").is_some());
}

#[test]
fn a_server_error_names_the_request_id_of_its_header() {
    let reply = scripted(ErrorReply::new(ErrorKind::InternalServerError));
    let id = reply.header("x-request-id").expect("back end reached").to_owned();
    assert!(text(&reply).contains(&format!("Please include the request ID {id} in your email.")));
    assert_eq!(reply.header("ms-azureml-model-error-statuscode"), Some("500"));
}

#[test]
fn a_rate_limit_tells_how_long_to_wait() {
    let mut error = ErrorReply::new(ErrorKind::RateLimit(RateLimit::Tokens));
    error.retry_after_ms = Some(Duration::from_millis(1512));
    let reply = scripted(error);
    assert_eq!(
        text(&reply),
        r#"{"error":{"code":"RateLimitReached","message": "Your requests to chat-prod for gpt-4o in East US 2 have exceeded the token rate limit for your current OpenAI S0 pricing tier. This request was for ChatCompletions_Create under Azure OpenAI API version 2024-10-21. Please retry after 2 seconds. To increase your default rate limit, visit: https://aka.ms/oai/quotaincrease."}}"#
    );
    assert_eq!(reply.header("retry-after"), Some("2"));
    assert_eq!(reply.header("retry-after-ms"), Some("1512"));
    assert_eq!(reply.header("policy-id"), Some("DeploymentRatelimit-Token"));
    let calls = scripted(ErrorReply::new(ErrorKind::RateLimit(RateLimit::Requests)));
    assert!(text(&calls).contains("the call rate limit") && text(&calls).contains("after 1 second."));
    assert_eq!(calls.header("policy-id"), Some("DeploymentRatelimit-Call"));
}

#[test]
fn every_name_is_read_and_written() {
    for name in ErrorKind::names() {
        let kind: ErrorKind = name.parse().expect("known name");
        assert_eq!(kind.to_string().parse::<ErrorKind>(), Ok(kind), "{name}");
        let reply = scripted(ErrorReply::new(kind));
        assert!(reply.header("apim-request-id").is_some(), "{name}");
        assert!(reply.status.as_u16() >= 400, "{name}");
    }
    assert_eq!(
        "no_such".parse::<ErrorKind>().map_err(|error| error.to_string()),
        Err("unknown error `no_such`".into())
    );
}

#[test]
fn a_blocked_prompt_is_no_stream() {
    let cloud = cloud();
    cloud.script("chat-prod", ScriptedReply::Error(ErrorReply::new(ErrorKind::ContentFilter)));
    let reply = cloud.reply(&post(CHAT, r#"{"stream":true,"messages":[{"role":"user","content":"Hi"}]}"#));
    assert_eq!(reply.header("content-type"), Some("application/json"));
}
