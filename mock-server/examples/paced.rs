//! How late paced chunks are: opens many streams at once and compares the arrival of each chunk with its time.
//!
//! `paced [STREAMS] [GAP_MS]`, with the server in this process. Wants a file limit above twice the number of streams.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use azure_openai_mock::{Cloud, CloudConfig, CloudOptions, Listener, Pacing, SharedCloud};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Lateness of each chunk of one stream against the pace that its first chunk began.
async fn stream(address: SocketAddr, gap: Duration) -> std::io::Result<Vec<Duration>> {
    let body = include_str!("../benches/stream.json");
    let mut tcp = TcpStream::connect(address).await?;
    let head = "POST /openai/deployments/chat-prod/chat/completions?api-version=2024-10-21 HTTP/1.1\r\nHost: localhost\r\napi-key: mock-key-east\r\nConnection: close";
    tcp.write_all(format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).as_bytes()).await?;
    let mut late = Vec::new();
    let mut began = None;
    let mut chunks = 0;
    let mut piece = vec![0; 16 * 1024];
    loop {
        let count = tcp.read(&mut piece).await?;
        if count == 0 {
            return Ok(late);
        }
        let now = Instant::now();
        for _ in String::from_utf8_lossy(&piece[..count]).matches("data: ") {
            let began = *began.get_or_insert(now);
            late.push(now.saturating_duration_since(began + gap * chunks));
            chunks += 1;
        }
    }
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let number = |position: usize, usual: u64| {
        std::env::args().nth(position).and_then(|text| text.parse().ok()).unwrap_or(usual)
    };
    let (streams, gap) = (number(1, 5000), Duration::from_millis(number(2, 100)));
    let pacing = Pacing { gap, ..Pacing::default() };
    let options = CloudOptions { pacing, ..CloudOptions::default() };
    let cloud = SharedCloud::without_journal(Cloud::with_options(CloudConfig::sample(), options));
    let listener = Listener::start((Ipv4Addr::LOCALHOST, 0).into(), Arc::new(cloud)).await?;
    let address = listener.address();
    let tasks: Vec<_> = (0..streams).map(|_| tokio::spawn(stream(address, gap))).collect();
    let mut late = Vec::new();
    for task in tasks {
        late.extend(task.await.map_err(std::io::Error::other)??);
    }
    late.sort_unstable();
    let at = |share: usize| late.get(late.len() * share / 1000).copied().unwrap_or_default();
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{streams} streams, {} chunks: late p50 {:?}, p99 {:?}, p999 {:?}",
        late.len(),
        at(500),
        at(990),
        at(999)
    )
}
