//! The plain listener, as curl would use it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use azure_openai_mock::{Cloud, CloudConfig, Listener, SharedCloud};

use crate::support::HELLO;

#[tokio::test]
async fn a_loopback_address_stands_for_the_resource_with_the_deployment() {
    let cloud = Arc::new(SharedCloud::new(Cloud::new(CloudConfig::sample())));
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let listener = Listener::start(address, Arc::clone(&cloud) as _).await.expect("a port");
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().expect("a client");
    let url =
        format!("http://{}/openai/deployments/chat-prod/chat/completions?api-version=2024-10-21", listener.address());
    let response = client.post(url).header("api-key", "mock-key-east").body(HELLO).send().await.expect("a response");
    assert_eq!(response.status(), 200);
    assert!(response.text().await.expect("text").contains("You said: Hi"));
    assert_eq!(cloud.take_journal().len(), 1);
    listener.stop().await;
}
