//! The adapter for wiremock.

use std::sync::Arc;

use azure_openai_mock::front::wiremock::{AzureResponder, mount};
use azure_openai_mock::replies::Replies;
use azure_openai_mock::{Cloud, CloudConfig, ErrorKind, ErrorReply, ScriptedReply, SharedCloud};
use wiremock::matchers::{any, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{HELLO, STREAM};

#[tokio::test]
async fn a_mock_server_answers_as_the_cloud() {
    let cloud = Arc::new(SharedCloud::new(Cloud::new(CloudConfig::sample())));
    let server = MockServer::start().await;
    let responder = AzureResponder::new(Arc::clone(&cloud) as _, "contoso-east.openai.azure.com");
    Mock::given(any()).respond_with(responder).mount(&server).await;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().expect("a client");
    let send = |body: &'static str| {
        let url = format!("{}/openai/deployments/chat-prod/chat/completions?api-version=2024-10-21", server.uri());
        client.post(url).header("api-key", "mock-key-east").body(body).send()
    };

    let plain = send(HELLO).await.expect("a response");
    assert_eq!(plain.headers()["x-ms-region"], "East US 2");
    assert_eq!(plain.headers()["content-type"], "application/json");
    assert!(plain.text().await.expect("text").contains("You said: Hi"));

    let stream = send(STREAM).await.expect("a response");
    assert_eq!(stream.headers()["content-type"], "text/event-stream; charset=utf-8");
    assert!(stream.text().await.expect("text").ends_with("data: [DONE]\n\n"));

    cloud.cloud().script("chat-prod", ScriptedReply::Error(ErrorReply::new(ErrorKind::ContentFilter)));
    assert_eq!(send(HELLO).await.expect("a response").status(), 400);

    let replies: Replies = serde_json::from_str(r#"{"reply":[{"raw":{"status":418}}]}"#).expect("replies");
    for rule in replies.rules().expect("rules") {
        cloud.cloud().answer(rule);
    }
    assert_eq!(send(HELLO).await.expect("a response").status(), 418);
}

#[tokio::test]
async fn a_mounted_cloud_answers_what_no_other_mock_does() {
    let cloud = Arc::new(SharedCloud::new(Cloud::new(CloudConfig::sample())));
    let server = MockServer::start().await;
    mount(&server, Arc::clone(&cloud) as _, "contoso-east.openai.azure.com").await;
    let own = Mock::given(path("/health")).respond_with(ResponseTemplate::new(204));
    own.mount(&server).await;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().expect("a client");
    let status = async |path: &str| {
        let sent = client.get(format!("{}{path}", server.uri())).header("api-key", "mock-key-east").send();
        sent.await.expect("a response").status().as_u16()
    };
    assert_eq!(status("/health").await, 204);
    assert_eq!(status("/openai/models?api-version=2024-10-21").await, 200);
    assert_eq!(status("/nowhere").await, 404);
}
