//! Errors and limits.

use azure_openai_mock::{ErrorKind, ErrorReply, RateLimit, Reply};

use super::support::{HI, STREAM, V, ask, ask_with, chat, cloud, has, is, json, request, scripted, text};
use super::{Fact, clients, here, no, test};

fn error(kind: ErrorKind) -> Reply {
    scripted("chat-prod", HI, ErrorReply::new(kind))
}

pub(crate) fn facts() -> Vec<Fact> {
    let mut facts = refusals();
    facts.extend(bad_requests());
    facts.extend(limits());
    facts
}

fn refusals() -> Vec<Fact> {
    const S: &str = "10 errors";
    vec![
        here(S, "gateway: one space after `\"message\":`, code a string, no `type`", || {
            text(&ask("GET /nowhere", "")) == r#"{"error":{"code":"404","message": "Resource not found"}}"#
        }),
        here(S, "back end: message, type, param, code, pretty-printed", || {
            text(&error(ErrorKind::ContextLength)).starts_with("{\n  \"error\": {\n    \"message\": ")
        }),
        here(S, "wrong or missing key: 401 `PermissionDenied`, 224 bytes, four headers", || {
            let reply = ask_with(&format!("POST /openai/deployments/chat-prod/chat/completions?{V}"), &[], HI);
            reply.reason.as_deref() == Some("PermissionDenied")
                && reply.header("content-length") == Some("224")
                && reply.headers.len() == 4
        }),
        here(S, "bad token: 401 `Unauthorized`, `statusCode` and no `error`, `WWW-Authenticate`", || {
            let reply = ask_with(
                &format!("POST /openai/deployments/chat-prod/chat/completions?{V}"),
                &[("authorization", "Bearer eyJx.y.z")],
                HI,
            );
            json(&reply)["statusCode"] == 401
                && json(&reply).get("error").is_none()
                && reply.reason.is_none()
                && has(&reply, "www-authenticate")
        }),
        here(S, "Foundry hosts name the audience `https://ai.azure.com`", || {
            let line = format!("POST contoso-ai.services.ai.azure.com/openai/deployments/ai/chat/completions?{V}");
            text(&ask_with(&line, &[("authorization", "Bearer eyJx.y.z")], HI)).contains("(https://ai.azure.com)")
        }),
        here(S, "a token without role: 401 `PermissionDenied`, in the older and the newer words", || {
            is(&error(ErrorKind::PermissionDenied), 401, "Principal does not have access to API/Operation.")
                && is(
                    &error(ErrorKind::DataActionDenied),
                    401,
                    "deployments/chat/completions/action` to perform `POST /openai/deployments/{deployment-id}/chat/completions` operation.",
                )
        }),
        here(S, "keys switched off: 403 `AuthenticationTypeDisabled`", || {
            is(
                &error(ErrorKind::KeyAuthenticationDisabled),
                403,
                "Key based authentication is disabled for this resource.",
            )
        }),
        here(S, "network rules: 403", || {
            is(&error(ErrorKind::Firewall), 403, "Access denied due to Virtual Network/Firewall rules.")
        }),
        here(S, "private endpoint only: 403 with `policy-id`", || {
            let reply = error(ErrorKind::PrivateEndpoint);
            is(&reply, 403, "Public access is disabled.")
                && reply.header("policy-id") == Some("ThrowExceptionDueToTrafficDenied")
        }),
        here(S, "unknown deployment: 404, chunked, no content type, pretty-printed", || {
            let reply = chat("none", HI);
            is(
                &reply,
                404,
                "{\n  \"error\": {\n    \"type\": \"invalid_request_error\",\n    \"code\": \"DeploymentNotFound\"",
            ) && !has(&reply, "content-type")
                && reply.header("transfer-encoding") == Some("chunked")
        }),
        here(S, "unknown path or version: 404 `Resource Not Found`, 56 bytes", || {
            let reply = ask("POST /openai/deployments/chat-prod/chat/completions?api-version=2019-01-01", HI);
            reply.reason.as_deref() == Some("Resource Not Found")
                && reply.header("content-length") == Some("56")
                && !has(&reply, "x-request-id")
        }),
        here(S, "timeout: 408", || {
            is(
                &error(ErrorKind::Timeout),
                408,
                r#"{"error":{"code":"Timeout","message":"The operation was timeout."}}"#,
            )
        }),
        here(S, "conflict: 409", || is(&error(ErrorKind::Conflict), 409, "\"code\":\"Conflict\"")),
        here(S, "model container: 424 with `ms-azureml-model-error-*`", || {
            let reply = error(ErrorKind::ModelContainer);
            reply.status == 424 && reply.header("ms-azureml-model-error-statuscode") == Some("424")
        }),
        here(S, "server error: 500 with the request id in the text and `ms-azureml-model-error-*`", || {
            let reply = error(ErrorKind::InternalServerError);
            is(&reply, 500, reply.header("x-request-id").unwrap_or("none"))
                && has(&reply, "ms-azureml-model-error-reason")
        }),
        here(S, "the two forms of the gateway's 500", || {
            is(&error(ErrorKind::BadBackEnd), 500, "Backend returned unexpected response.")
                && is(&error(ErrorKind::GatewayFailure), 500, "\"activityId\":")
        }),
        here(S, "503 as JSON, or an HTML page of the front door", || {
            is(&error(ErrorKind::ServiceUnavailable), 503, "ServiceUnavailable")
                && error(ErrorKind::FrontDoor).header("content-type") == Some("text/html")
        }),
        test(S, "reason phrases arrive as they are", "tests/front/tap.rs"),
        clients(S, "every error has its exception, status, code, request id and number of attempts"),
    ]
}

fn bad_requests() -> Vec<Fact> {
    const S: &str = "10 errors";
    vec![
        here(S, "model needs a newer version, with the placeholder unfilled", || {
            let reply = ask("POST /openai/deployments/o3/chat/completions?api-version=2024-10-21", HI);
            is(&reply, 400, "Model {modelName} is enabled only for api versions 2024-12-01-preview and later")
        }),
        here(S, "wrong operation for the model", || {
            is(
                &chat("codex", HI),
                400,
                "The chatCompletion operation does not work with the specified model, gpt-5.1-codex.",
            )
        }),
        here(
            S,
            "blocked prompt: singular `content_filter_result`, `innererror`, back-end headers; also for streams",
            || {
                let reply = scripted("chat-prod", STREAM, ErrorReply::new(ErrorKind::ContentFilter));
                reply.status == 400
                    && json(&reply)["error"]["innererror"]["content_filter_result"]["jailbreak"]["filtered"] == true
                    && has(&reply, "x-request-id")
            },
        ),
        here(S, "2023: the category `self-harm` with a hyphen", || {
            text(&scripted("old", HI, ErrorReply::new(ErrorKind::ContentFilter))).contains("\"self-harm\"")
        }),
        here(S, "`content_policy_violation` with `inner_error`", || {
            json(&error(ErrorKind::ContentPolicy))["error"]["inner_error"]["code"] == "ResponsibleAIPolicyViolation"
        }),
        here(S, "context too long, counted by the tokenizer", || {
            let body = format!(r#"{{"messages":[{{"role":"user","content":"{}"}}]}}"#, "word ".repeat(17_000));
            is(
                &chat("old", &body),
                400,
                "This model's maximum context length is 16384 tokens. However, your messages resulted in 170",
            )
        }),
        here(S, "unsupported parameter and value", || {
            let body = |field: &str| format!(r#"{{"messages":[{{"role":"user","content":"x"}}],{field}}}"#);
            is(&chat("o3", &body("\"max_tokens\":5")), 400, "Use 'max_completion_tokens' instead.")
                && is(&chat("o3", &body("\"temperature\":0")), 400, "unsupported_value")
        }),
        here(S, "unknown field", || {
            is(
                &chat("chat-prod", r#"{"messages":[{"role":"user","content":"x"}],"foo":1}"#),
                400,
                "Unrecognized request argument supplied: foo",
            )
        }),
        here(S, "wrong type", || {
            is(
                &chat("chat-prod", r#"{"messages":[{"role":"user","content":"x"}],"max_tokens":"x"}"#),
                400,
                "is not of type 'integer' - 'max_tokens'",
            )
        }),
        here(S, "bad schema", || {
            let body = r#"{"messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_schema","json_schema":{"name":"X","strict":true,"schema":{"type":"object"}}}}"#;
            is(
                &chat("chat-prod", body),
                400,
                "Invalid schema for response_format 'X': In context=(), 'additionalProperties' is required to be supplied and to be false.",
            )
        }),
        here(S, "odd prompt: `invalid_prompt` with `ms-azureml-model-error-*`", || {
            let reply = error(ErrorKind::InvalidPrompt);
            is(&reply, 400, "invalid_prompt") && reply.header("ms-azureml-model-error-statuscode") == Some("400")
        }),
        no(
            S,
            "`custom_blocklists` and the other policies in a blocked prompt",
            "the mock's policy names five categories",
        ),
    ]
}

fn limits() -> Vec<Fact> {
    const S: &str = "11 rate limits";
    vec![
        here(S, "2023: `Rate limit is exceeded. Try again in 4 seconds.`, 85 bytes", || {
            let wait = Some(std::time::Duration::from_secs(4));
            let reply = scripted(
                "chat-prod",
                HI,
                ErrorReply { retry_after: wait, ..ErrorReply::new(ErrorKind::FirstRateLimit) },
            );
            reply.header("content-length") == Some("85") && reply.header("x-ratelimit-reset-requests") == Some("4")
        }),
        here(S, "2023 to 2025: tokens and calls", || {
            is(
                &error(ErrorKind::OldRateLimit(RateLimit::Tokens)),
                429,
                "have exceeded token rate limit of your current OpenAI S0 pricing tier.",
            ) && is(&error(ErrorKind::OldRateLimit(RateLimit::Requests)), 429, "have exceeded call rate limit")
        }),
        here(S, "since 2025: `RateLimitReached`, deployment, model, region, tier; `1 second` is singular", || {
            is(
                &error(ErrorKind::RateLimit(RateLimit::Tokens)),
                429,
                "Your requests to chat-prod for gpt-4o in East US 2 have exceeded the token rate limit for your current OpenAI S0 pricing tier.",
            ) && text(&error(ErrorKind::RateLimit(RateLimit::Requests))).contains("Please retry after 1 second.")
        }),
        here(S, "v1 says `OpenAI Language Model Instance API`; Foundry's tier is `AIServices S0`", || {
            let cloud = cloud();
            cloud.script("ai", ErrorReply::new(ErrorKind::RateLimit(RateLimit::Tokens)).into());
            let line = "POST contoso-ai.services.ai.azure.com/openai/v1/chat/completions";
            let body = r#"{"model":"ai","messages":[{"role":"user","content":"x"}]}"#;
            let said = text(&cloud.reply(&request(line, &[("api-key", "mock-key-ai")], body)));
            said.contains("under OpenAI Language Model Instance API") && said.contains("AIServices S0")
        }),
        here(S, "peak load", || {
            is(&error(ErrorKind::PeakLoad), 429, "exceeds the maximum usage size allowed during peak load")
        }),
        here(S, "`policy-id` tells calls from tokens; `retry-after`, and `retry-after-ms` when newer", || {
            let wait = Some(std::time::Duration::from_millis(3512));
            let reply = scripted(
                "chat-prod",
                HI,
                ErrorReply { retry_after_ms: wait, ..ErrorReply::new(ErrorKind::RateLimit(RateLimit::Tokens)) },
            );
            reply.header("policy-id") == Some("DeploymentRatelimit-Token")
                && reply.header("retry-after") == Some("4")
                && reply.header("retry-after-ms") == Some("3512")
                && error(ErrorKind::RateLimit(RateLimit::Requests)).header("policy-id")
                    == Some("DeploymentRatelimit-Call")
        }),
        clients(S, "clients wait as long as they are told, and not at all for more than two minutes"),
        clients(S, "quotas count: characters over four and the longest answer at admission, corrected afterwards"),
        clients(S, "azure-ai-inference tries four times"),
    ]
}
