//! Clients that read or write slowly, or not at all.

use std::time::Duration;

use azure_openai_mock::testing::MockServer;
use azure_openai_mock::{ChatReply, StreamPlan};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const REQUEST: &str = "POST /openai/deployments/chat-prod/chat/completions?api-version=2024-10-21 HTTP/1.1\r\nHost: localhost\r\napi-key: mock-key-east\r\nConnection: close\r\n";

async fn connect(server: &MockServer) -> TcpStream {
    TcpStream::connect(server.endpoint().trim_start_matches("http://")).await.expect("a connection")
}

async fn ask(server: &MockServer, body: &str) -> TcpStream {
    let mut stream = connect(server).await;
    let text = format!("{REQUEST}Content-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(text.as_bytes()).await.expect("sent");
    stream
}

async fn answered(server: &MockServer) -> bool {
    let mut stream = ask(server, super::support::HELLO).await;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("text");
    answer.starts_with("HTTP/1.1 200 OK")
}

#[tokio::test]
async fn a_slow_reader_gets_everything_and_others_do_not_wait_for_it() {
    let server = MockServer::start().await;
    // Far more than the buffers of both sockets.
    let chunks: Vec<String> = (0..4000).map(|number| format!("{number:04} {} ", "x".repeat(1000))).collect();
    let stream = StreamPlan { chunks: Some(chunks), ..StreamPlan::default() };
    server.script("chat-prod", ChatReply { stream, ..ChatReply::text("long") });
    let mut slow = ask(&server, super::support::STREAM).await;
    let mut start = [0; 16];
    slow.read_exact(&mut start).await.expect("the head");
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(answered(&server).await);
    let mut rest = Vec::new();
    let mut piece = vec![0; 256 * 1024];
    loop {
        let count = slow.read(&mut piece).await.expect("bytes");
        if count == 0 {
            break;
        }
        rest.extend_from_slice(&piece[..count]);
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let text = String::from_utf8_lossy(&rest);
    assert!(text.contains("3999 x") && text.contains("data: [DONE]"));
}

#[tokio::test]
async fn a_slow_body_is_waited_for_and_half_of_one_disturbs_nobody() {
    let server = MockServer::start().await;
    let mut slow = connect(&server).await;
    let body = super::support::HELLO;
    slow.write_all(format!("{REQUEST}Content-Length: {}\r\n\r\n", body.len()).as_bytes()).await.expect("sent");
    let mut left = connect(&server).await;
    left.write_all(format!("{REQUEST}Content-Length: 9999\r\n\r\n{{").as_bytes()).await.expect("sent");
    drop(left);
    for byte in body.as_bytes() {
        slow.write_all(&[*byte]).await.expect("sent");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(answered(&server).await);
    let mut answer = String::new();
    slow.read_to_string(&mut answer).await.expect("text");
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

#[tokio::test]
async fn thousands_of_idle_connections_do_not_keep_anybody_out() {
    let server = MockServer::start().await;
    let mut idle = Vec::new();
    for _ in 0..2000 {
        match TcpStream::connect(server.endpoint().trim_start_matches("http://")).await {
            Ok(stream) => idle.push(stream),
            // This machine allows no more files; what there is must do.
            Err(_) => break,
        }
    }
    idle.truncate(idle.len().saturating_sub(16));
    assert!(idle.len() > 200, "{} connections", idle.len());
    assert!(answered(&server).await);
}

#[tokio::test]
async fn malformed_requests_are_refused_and_the_next_one_is_served() {
    let server = MockServer::start().await;
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(200_000));
    for garbage in [
        "\0\0\0\0\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        "GET / HTTP/1.1\r\nbad header\r\n\r\n",
        "CONNECT a:443 HTTP/1.1\r\n\r\n",
        &long,
    ] {
        let mut stream = connect(&server).await;
        // The server may have hung up before all of it was written.
        let _ = stream.write_all(garbage.as_bytes()).await;
        let _ = stream.shutdown().await;
        let mut answer = Vec::new();
        let _ = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await.expect("an end");
        assert!(answered(&server).await, "after {:?}", &garbage[..garbage.len().min(40)]);
    }
}
