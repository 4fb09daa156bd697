//! The plain listener, as curl would use it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use azure_openai_mock::{Cloud, CloudConfig, Listener, SharedCloud};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

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

/// A question whose answer has lines like those of a head.
const LINES: &str = r#"{"messages":[{"role":"user","content":"HTTP/1.1 200 OK content-type: date: x"}]}"#;
const STREAMED: &str = r#"{"stream":true,"messages":[{"role":"user","content":"date: x"}]}"#;

#[tokio::test]
async fn header_names_are_spelled_as_the_service_spells_them() {
    let cloud = Arc::new(SharedCloud::new(Cloud::new(CloudConfig::sample())));
    let listener = Listener::start((Ipv4Addr::LOCALHOST, 0).into(), Arc::clone(&cloud) as _).await.expect("a port");
    let mut tcp = TcpStream::connect(listener.address()).await.expect("a connection");
    // One connection for all: what is left of one answer must not change the next.
    for (body, deployment, last, spelled) in [
        (HELLO, "chat-prod", false, "Content-Length"),
        (LINES, "chat-prod", false, "Content-Length"),
        (STREAMED, "chat-prod", false, "Transfer-Encoding"),
        (HELLO, "nowhere", false, "Transfer-Encoding"),
        (LINES, "chat-prod", true, "Content-Length"),
    ] {
        let connection = if last { "Connection: close\r\n" } else { "" };
        let request = format!(
            "POST /openai/deployments/{deployment}/chat/completions?api-version=2024-10-21 HTTP/1.1\r\nHost: localhost\r\napi-key: mock-key-east\r\n{connection}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        tcp.write_all(request.as_bytes()).await.expect("sent");
        listener.quiesce().await;
        let recorded = cloud.take_journal().pop().expect("it is recorded");
        let mut answer = vec![0; 64 * 1024];
        let mut end = 0;
        let is_whole = |answer: &[u8]| {
            let text = String::from_utf8_lossy(answer).into_owned();
            let Some((_, body)) = text.split_once("\r\n\r\n") else { return false };
            if text.contains("Transfer-Encoding") {
                return body.ends_with("0\r\n\r\n");
            }
            body.len() >= recorded.response_body.len()
        };
        while !is_whole(&answer[..end]) {
            end += tcp.read(&mut answer[end..]).await.expect("bytes");
        }
        let text = String::from_utf8_lossy(&answer[..end]).into_owned();
        let (head, answered) = text.split_once("\r\n\r\n").expect("a head");
        assert!(head.contains("\r\nDate: ") && head.contains(&format!("\r\n{spelled}: ")), "{head}");
        assert!(head.contains("\r\napim-request-id: "), "{head}");
        for (name, _) in &recorded.response_headers {
            assert!(head.contains(&format!("\r\n{name}: ")), "{name} in {head}");
        }
        assert!(!answered.contains("Content-Type: ") && !answered.contains("Date: "), "{answered}");
    }
    listener.stop().await;
}

/// An answer without its times: the clock goes on between two of them.
fn timeless(answer: &str) -> String {
    let lines = answer.lines().filter(|line| !line.starts_with("Date: "));
    lines.flat_map(str::chars).map(|character| if character.is_ascii_digit() { '0' } else { character }).collect()
}

/// The whole answer to a request that closes its connection.
async fn answer(address: SocketAddr, body: &str) -> String {
    answer_to(address, body, "HTTP/1.1", "Connection: close").await
}

/// The same in a version of HTTP, with a header that has the connection closed.
async fn answer_to(address: SocketAddr, body: &str, version: &str, header: &str) -> String {
    let mut tcp = TcpStream::connect(address).await.expect("a connection");
    let request = format!(
        "POST /openai/deployments/chat-prod/chat/completions?api-version=2024-10-21 {version}\r\nHost: localhost\r\napi-key: mock-key-east\r\n{header}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    tcp.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    tcp.read_to_string(&mut answer).await.expect("an answer");
    answer
}

#[tokio::test]
async fn old_clients_and_patient_ones_get_the_same_head() {
    let cloud = Arc::new(SharedCloud::new(Cloud::new(CloudConfig::sample())));
    let listener = Listener::start((Ipv4Addr::LOCALHOST, 0).into(), cloud).await.expect("a port");
    let usual = |answer: &str| answer.contains("\r\nDate: ") && answer.contains("\r\nx-request-id: ");
    let old = answer_to(listener.address(), STREAMED, "HTTP/1.0", "x-any: 1").await;
    assert!(old.starts_with("HTTP/1.0 200 OK\r\n") && usual(&old), "{old}");
    assert!(!old.to_ascii_lowercase().contains("transfer-encoding") && old.ends_with("data: [DONE]\n\n"), "{old}");
    let patient = answer_to(listener.address(), HELLO, "HTTP/1.1", "Connection: close\r\nExpect: 100-continue").await;
    let (interim, answered) = patient.split_once("\r\n\r\n").expect("two heads");
    assert_eq!(interim, "HTTP/1.1 100 Continue");
    assert!(answered.starts_with("HTTP/1.1 200 OK\r\n") && usual(answered), "{patient}");
    assert_eq!(patient.matches("HTTP/1.1").count(), 2, "{patient}");
    listener.stop().await;
}

#[tokio::test]
async fn each_core_answers_as_one_runtime_does() {
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let cloud = || Cloud::new(CloudConfig::sample());
    let kept = Listener::start(anywhere, Arc::new(SharedCloud::new(cloud()))).await.expect("a port");
    let unkept = Arc::new(SharedCloud::without_journal(cloud()));
    let on_cores = Listener::start_on_cores(anywhere, unkept).await.expect("a port");
    // More connections than this machine has cores, one after the other: ids go by their order.
    for body in
        [HELLO, STREAMED].into_iter().cycle().take(2 * std::thread::available_parallelism().map_or(1, usize::from) + 1)
    {
        let expected = answer(kept.address(), body).await;
        assert!(expected.contains("You said: ") || expected.contains("[DONE]"), "{expected}");
        assert_eq!(timeless(&answer(on_cores.address(), body).await), timeless(&expected));
    }
    let mut idle = TcpStream::connect(on_cores.address()).await.expect("a connection");
    on_cores.stop().await;
    assert_eq!(idle.read(&mut [0]).await.unwrap_or(0), 0, "connections end with the listener");
    kept.stop().await;
}
