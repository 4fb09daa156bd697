//! The mock inside a test, as other people's tests use it.

use azure_openai_mock::testing::{Expectation, MockServer};
use azure_openai_mock::{ChatReply, ErrorKind, ErrorReply, RateLimit};

const HELLO: &str = r#"{"temperature":0.5,"messages":[{"role":"user","content":"Hi"}]}"#;

async fn chat(server: &MockServer) -> reqwest::Response {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().expect("a client");
    let url = format!("{}/openai/deployments/chat-prod/chat/completions?api-version=2024-10-21", server.endpoint());
    client.post(url).header("api-key", server.key()).body(HELLO).send().await.expect("a response")
}

#[tokio::test]
async fn scripts_are_answered_in_order_and_requests_are_remembered() {
    let server = MockServer::start().await;
    server.script("chat-prod", ErrorReply::new(ErrorKind::RateLimit(RateLimit::Tokens)));
    server.script("chat-prod", ChatReply::text("Yes"));
    assert_eq!(chat(&server).await.status(), 429);
    assert!(chat(&server).await.text().await.expect("a body").contains("\"content\":\"Yes\""));
    let received = server.received().await;
    assert_eq!(received.len(), 2);
    assert_eq!(received[0].deployment.as_deref(), Some("chat-prod"));
    assert_eq!(
        received[0].to_string(),
        "POST /openai/deployments/chat-prod/chat/completions?api-version=2024-10-21 -> 429"
    );
    assert_eq!(received[1].header("api-key"), Some("mock-key-east"));
    assert_eq!(server.scripts_left("chat-prod"), 0);
    server.expect(Expectation::to("chat-prod").times(2).with("/temperature", 0.5));
    server.verify().await.expect("met");
}

#[tokio::test]
async fn what_is_not_met_is_told_with_what_came_instead() {
    let server = MockServer::start().await;
    server.expect(Expectation::to("chat-prod").times(2).with("/temperature", 0.7));
    server.expect(Expectation::any().times(1..=3));
    chat(&server).await;
    let unmet = server.verify().await.expect_err("not met").to_string();
    assert_eq!(
        unmet,
        "1 of 2 expectations of the mock Azure OpenAI are not met:\n  \
         wanted 2 requests to chat-prod with /temperature = 0.7, and got 0 of these:\n    \
         1. POST /openai/deployments/chat-prod/chat/completions?api-version=2024-10-21 -> 200 (/temperature is 0.5)"
    );
}

#[tokio::test]
#[should_panic(expected = "wanted 1 request, and got 0: nothing came at all")]
async fn dropping_a_server_checks_what_nobody_verified() {
    let server = MockServer::start().await;
    server.expect(Expectation::any().times(1));
}
