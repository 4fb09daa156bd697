//! The adapter for wiremock.

use std::sync::Arc;

use azure_openai_mock::front::wiremock::AzureResponder;
use azure_openai_mock::{Cloud, CloudConfig, ErrorKind, ErrorReply, ScriptedReply, SharedCloud};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer};

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

    cloud.with(|cloud| cloud.script("chat-prod", ScriptedReply::Error(ErrorReply::new(ErrorKind::ContentFilter))));
    assert_eq!(send(HELLO).await.expect("a response").status(), 400);
}
