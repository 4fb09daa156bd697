//! What one reply costs without any network: microseconds per chat completion and per stream.

use std::io::Write as _;
use std::time::Instant;

use azure_openai_mock::{Cloud, CloudConfig, Request, Scheme};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};

fn main() -> std::io::Result<()> {
    let cloud = Cloud::new(CloudConfig::sample());
    let bodies = [include_str!("../benches/chat.json"), include_str!("../benches/stream.json")];
    let most = if std::env::args().nth(1).is_some_and(|kind| kind == "chat") { 1 } else { 2 };
    for body in bodies.into_iter().take(most) {
        let mut headers = HeaderMap::new();
        headers.insert("api-key", HeaderValue::from_static("mock-key-east"));
        let request = Request {
            method: Method::POST,
            scheme: Scheme::Http,
            host: "127.0.0.1".to_owned(),
            port: 80,
            path: "/openai/deployments/chat-prod/chat/completions".to_owned(),
            query: Some("api-version=2024-10-21".to_owned()),
            headers,
            body: Bytes::from_static(body.as_bytes()),
        };
        cloud.reply(&request);
        let started = Instant::now();
        for _ in 0..20_000 {
            std::hint::black_box(cloud.reply(&request));
        }
        writeln!(
            std::io::stdout(),
            "{:?} per reply of {} bytes",
            started.elapsed() / 20_000,
            cloud.reply(&request).bytes().len()
        )?;
    }
    Ok(())
}
