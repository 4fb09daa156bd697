//! Paths, versions, hosts and credentials, checked before anything else.

use azure_openai_mock::{ChatReply, ScriptedReply, TokenSpec};

use crate::support::{CHAT, HELLO, cloud, post, request, text};

fn check(url: &str, headers: &[(&str, &str)], status: u16, part: &str) {
    let body = r#"{"model":"chat-prod","messages":[{"role":"user","content":"Hi"}]}"#;
    let reply = cloud().reply(&request("POST", url, headers, body));
    assert_eq!(reply.status.as_u16(), status, "{url}: {}", text(&reply));
    assert!(text(&reply).contains(part), "{url}: {}", text(&reply));
}

const KEY: &[(&str, &str)] = &[("api-key", "mock-key-east")];

#[test]
fn paths_and_versions_decide_the_route() {
    check(CHAT, KEY, 200, "You said: Hi");
    check(&format!("/{CHAT}"), KEY, 200, "You said: Hi");
    check("/openai/v1/chat/completions", KEY, 200, "You said: Hi");
    check("/openai/v1/chat/completions?api-version=preview", KEY, 200, "You said: Hi");
    check("/openai/v1/chat/completions?api-version=2024-10-21", KEY, 400, "API version not supported");
    check("/openai/v1/deployments/chat-prod/chat/completions?api-version=preview", KEY, 404, "Resource not found");
    check("/openai/deployments/chat-prod/chat/completions", KEY, 404, "Resource not found");
    check("/openai/deployments/chat-prod/chat/completions?api-version=2031-01-01", KEY, 404, "Resource not found");
    check("/openai/deployments/chat-prod/chat/completions?api-version=v1", KEY, 400, "API version not supported");
    check("/openai/deployments/none/chat/completions?api-version=2024-10-21", KEY, 404, "DeploymentNotFound");
    check("/openai/deployments/embed-prod/chat/completions?api-version=2024-10-21", KEY, 400, "OperationNotSupported");
    check("/openai/deployments/chat%2Dprod/chat/completions?api-version=2024-10-21", KEY, 200, "You said: Hi");
}

#[test]
fn a_host_opens_only_with_its_own_credentials() {
    check(CHAT, &[("api-key", "mock-key-west")], 401, "invalid subscription key");
    check(CHAT, &[], 401, "invalid subscription key");
    check(CHAT, &[("authorization", "Bearer mock-key-east")], 401, "Access token is missing");
    check("/openai/v1/chat/completions", &[("authorization", "Bearer mock-key-east")], 200, "You said: Hi");
    check("/openai/v1/chat/completions", &[("authorization", "Bearer wrong")], 401, "invalid subscription key");
    // A bearer token wins over a key.
    check(CHAT, &[("api-key", "mock-key-east"), ("authorization", "Bearer x")], 401, "Access token is missing");
    check(&format!("contoso-west.openai.azure.com{CHAT}"), &[("api-key", "mock-key-west")], 404, "DeploymentNotFound");
    check(&format!("contoso-east.cognitiveservices.azure.com{CHAT}"), KEY, 200, "You said: Hi");
    check(&format!("127.0.0.1{CHAT}"), KEY, 200, "You said: Hi");
}

#[test]
fn a_token_counts_for_its_audience_its_time_and_its_role() {
    let good = TokenSpec {
        tenant: "t".to_owned(),
        client_id: "c".to_owned(),
        object_id: "o".to_owned(),
        audience: "https://cognitiveservices.azure.com".to_owned(),
        roles: vec!["Cognitive Services OpenAI User".to_owned()],
        issued_at: 1_795_154_400,
        expires_in: 3599,
    };
    let status = |spec: &TokenSpec, now: u64| {
        let cloud = cloud();
        let token = cloud.issue_token(spec.clone());
        cloud.set_now(now);
        let reply = cloud.reply(&request("POST", CHAT, &[("authorization", &format!("Bearer {token}"))], HELLO));
        (reply.status.as_u16(), reply.reason)
    };
    assert_eq!(status(&good, 1_795_154_400), (200, None));
    assert_eq!(status(&good, 1_795_157_999), (401, None));
    assert_eq!(
        status(&TokenSpec { audience: "https://ai.azure.com/".to_owned(), ..good.clone() }, 1_795_154_400),
        (200, None)
    );
    assert_eq!(
        status(&TokenSpec { audience: "https://ml.azure.com".to_owned(), ..good.clone() }, 1_795_154_400),
        (401, None)
    );
    let denied = (401, Some("PermissionDenied".to_owned()));
    assert_eq!(status(&TokenSpec { roles: Vec::new(), ..good }, 1_795_154_400), denied);
}

#[test]
fn a_refused_request_leaves_the_script_in_place() {
    let cloud = cloud();
    cloud.script("chat-prod", ScriptedReply::Chat(ChatReply::text("scripted")));
    let _ = cloud.reply(&request("POST", CHAT, &[("api-key", "wrong")], HELLO));
    let _ = cloud.reply(&post(CHAT, "{}"));
    assert_eq!(cloud.scripts_left("chat-prod"), 1);
    assert!(text(&cloud.reply(&post(CHAT, HELLO))).contains("scripted"));
    assert_eq!(cloud.scripts_left("chat-prod"), 0);
}

#[test]
fn a_body_that_the_service_would_not_take_is_refused_by_the_back_end() {
    let check = |body: &str, part: &str| {
        let reply = cloud().reply(&post(CHAT, body));
        assert_eq!(reply.status.as_u16(), 400, "{body}");
        assert!(text(&reply).contains(part), "{body}: {}", text(&reply));
        assert!(reply.header("x-request-id").is_some(), "{body}");
    };
    check("{", "We could not parse the JSON body");
    check("[]", "We could not parse the JSON body");
    check("{}", "Missing required parameter: 'messages'.");
    check(r#"{"messages":[]}"#, "empty array");
    check(r#"{"messages":"x"}"#, "is not of type 'array' - 'messages'");
    check(r#"{"messages":[{}],"stream":"yes"}"#, "is not of type 'boolean' - 'stream'");
    check(r#"{"messages":[{}],"max_tokens":-1}"#, "-1 is not of type 'integer' - 'max_tokens'");
    check(r#"{"messages":[{}],"stream_options":{}}"#, "only allowed when 'stream' is enabled");
}

#[test]
fn stream_options_are_unknown_to_old_versions() {
    let path = "/openai/deployments/chat-prod/chat/completions?api-version=2024-06-01";
    let body = r#"{"messages":[{"role":"user","content":"Hi"}],"stream":true,"stream_options":{"include_usage":true}}"#;
    let reply = cloud().reply(&post(path, body));
    assert!(text(&reply).contains("Unrecognized request argument supplied: stream_options"));
}

#[test]
fn the_same_requests_give_the_same_bytes() {
    let run = || {
        let cloud = cloud();
        let replies: Vec<_> = [HELLO, HELLO, "{}"].into_iter().map(|body| cloud.reply(&post(CHAT, body))).collect();
        replies.iter().map(|reply| (reply.headers.clone(), reply.bytes())).collect::<Vec<_>>()
    };
    assert_eq!(run(), run());
    assert_ne!(run()[0].1, run()[1].1, "two answers have two ids");
}

#[test]
fn the_callers_own_request_id_comes_back() {
    let headers = [("api-key", "mock-key-east"), ("x-ms-client-request-id", "mine")];
    let reply = cloud().reply(&request("POST", CHAT, &headers, HELLO));
    assert_eq!(reply.header("x-ms-client-request-id"), Some("mine"));
    assert_eq!(cloud().reply(&post(CHAT, HELLO)).header("x-ms-client-request-id"), None);
}

#[test]
fn models_are_those_that_are_deployed() {
    let listed = cloud().reply(&request("GET", "/openai/models?api-version=2024-10-21", KEY, ""));
    assert!(text(&listed).contains(r#""id":"gpt-4o-2024-11-20""#));
    assert_eq!(cloud().reply(&request("GET", CHAT, KEY, "")).status.as_u16(), 404);
}
