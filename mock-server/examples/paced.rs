//! How late paced chunks are, and what one costs: many streams at once against the mock in a process of its own.
//!
//! `paced [STREAMS] [GAP_MS] [OPENING_MS]`, after `cargo build --profile dist -p azure-openai-mock --bins --examples`.
//! Two runs: streams opened evenly over `OPENING_MS`, and all at the same instant. Wants a file limit above the number
//! of streams. This process is the load: one thread that only reads and takes the time; what it read is looked at
//! when all is over.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::sleep_until;

/// The mock, as a user starts it.
struct Mock {
    process: Child,
    // Kept open: it is where the mock writes.
    _out: BufReader<ChildStdout>,
    address: SocketAddr,
}

impl Mock {
    fn start(gap: u64) -> io::Result<Self> {
        let file = std::env::temp_dir().join(format!("azure-openai-mock-paced-{}.toml", std::process::id()));
        std::fs::write(&file, format!("[pacing]\ngap_ms = {gap}\n"))?;
        let program = std::env::current_exe()?.with_file_name("../azure-openai-mock");
        let mut process = Command::new(program)
            .args(["serve", "--port", "0", "--quiet", "--config"])
            .arg(&file)
            .stdout(Stdio::piped())
            .spawn()?;
        let mut out = BufReader::new(process.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?);
        let mut line = String::new();
        out.read_line(&mut line)?;
        std::fs::remove_file(file)?;
        let address = line.trim_end().trim_end_matches('\'').rsplit_once("//").and_then(|(_, rest)| rest.parse().ok());
        let address = address.ok_or_else(|| io::Error::other(format!("the mock said {line:?}")))?;
        Ok(Self { process, _out: out, address })
    }

    /// Time that a process's threads have been running.
    fn cpu(process: u32) -> io::Result<Duration> {
        let mut sum = 0;
        for thread in std::fs::read_dir(format!("/proc/{process}/task"))? {
            let text = std::fs::read_to_string(thread?.path().join("schedstat"))?;
            sum += text.split(' ').next().and_then(|nanoseconds| nanoseconds.parse().ok()).unwrap_or(0);
        }
        Ok(Duration::from_nanos(sum))
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What one stream brought: its bytes, and how many there were when.
struct Received {
    bytes: Vec<u8>,
    reads: Vec<(Instant, usize)>,
}

async fn stream(address: SocketAddr, request: &'static [u8], start: Instant) -> io::Result<Received> {
    sleep_until(start.into()).await;
    let mut tcp = TcpStream::connect(address).await?;
    tcp.write_all(request).await?;
    let mut received = Received { bytes: Vec::with_capacity(32 * 1024), reads: Vec::with_capacity(64) };
    while tcp.read_buf(&mut received.bytes).await? > 0 {
        received.reads.push((Instant::now(), received.bytes.len()));
    }
    Ok(received)
}

impl Received {
    /// When each event came.
    fn arrivals(&self) -> Vec<Instant> {
        let starts = self.bytes.windows(6).enumerate().filter(|(_, window)| *window == b"data: ");
        let mut reads = self.reads.iter().peekable();
        starts
            .filter_map(|(position, _)| {
                while reads.next_if(|(_, end)| *end <= position).is_some() {}
                reads.peek().map(|(at, _)| *at)
            })
            .collect()
    }
}

/// Lateness of each chunk against the rhythm of its stream, which is that of its most punctual chunk.
fn lateness(arrivals: &[Instant], gap: Duration) -> Vec<Duration> {
    let Some(first) = arrivals.first() else {
        return Vec::new();
    };
    let offsets: Vec<i128> = (0_i128..)
        .zip(arrivals)
        .map(|(position, at)| {
            at.duration_since(*first).as_nanos().cast_signed() - position * gap.as_nanos().cast_signed()
        })
        .collect();
    let best = offsets.iter().min().copied().unwrap_or_default();
    offsets.iter().map(|offset| Duration::from_nanos(u64::try_from(offset - best).unwrap_or(u64::MAX))).collect()
}

fn quantiles(late: &mut [Duration]) -> String {
    late.sort_unstable();
    let at = |share: usize| late.get(late.len() * share / 1000).map_or(0.0, |late| late.as_secs_f64() * 1e3);
    format!("{} chunks, late p50 {:.2} ms, p99 {:.2} ms, p999 {:.2} ms", late.len(), at(500), at(990), at(999))
}

async fn run(
    mock: &Mock,
    request: &'static [u8],
    streams: u32,
    gap: Duration,
    opening: Duration,
) -> io::Result<String> {
    let (server, client) = (mock.process.id(), std::process::id());
    let before = (Mock::cpu(server)?, Mock::cpu(client)?);
    let start = Instant::now() + Duration::from_millis(200);
    let tasks: Vec<_> = (0..streams)
        .map(|number| tokio::spawn(stream(mock.address, request, start + opening * number / streams)))
        .collect();
    let mut received = Vec::new();
    for task in tasks {
        received.push(task.await.map_err(io::Error::other)??);
    }
    let used = (Mock::cpu(server)?.saturating_sub(before.0), Mock::cpu(client)?.saturating_sub(before.1));
    let all: Vec<Vec<Instant>> = received.iter().map(Received::arrivals).collect();
    let open = all.iter().filter_map(|arrivals| arrivals.first()).max().copied().unwrap_or(start);
    let closing = all.iter().filter_map(|arrivals| arrivals.last()).min().copied().unwrap_or(start);
    let (mut late, mut late_when_open) = (Vec::new(), Vec::new());
    for arrivals in &all {
        let of_stream = lateness(arrivals, gap);
        late_when_open.extend(of_stream.iter().zip(arrivals).filter(|(_, at)| **at > open).map(|(late, _)| *late));
        late.extend(of_stream);
    }
    let each = |used: Duration| used.as_secs_f64() * 1e6 / f64::from(u32::try_from(late.len()).unwrap_or(1).max(1));
    let cost = format!("per chunk {:.1} µs of the mock, {:.1} µs of the load", each(used.0), each(used.1));
    Ok(format!(
        "  all: {}\n  after the last stream had begun (+{:.0} ms; all open for {:.1} s): {}\n  {cost}",
        quantiles(&mut late),
        (open - start).as_secs_f64() * 1e3,
        closing.saturating_duration_since(open).as_secs_f64(),
        quantiles(&mut late_when_open),
    ))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let number = |position: usize, usual: u32| {
        std::env::args().nth(position).and_then(|text| text.parse().ok()).unwrap_or(usual)
    };
    let (streams, gap, opening) = (number(1, 5000), number(2, 100), number(3, 1000));
    let gap = Duration::from_millis(gap.into());
    let opening = Duration::from_millis(opening.into());
    // The mock repeats the question word by word, up to forty of them.
    let question = ["word"; 40].join(" ");
    let body = format!("{{\"stream\":true,\"messages\":[{{\"role\":\"user\",\"content\":\"{question}\"}}]}}");
    let request = format!(
        "POST /openai/deployments/chat-prod/chat/completions?api-version=2024-10-21 HTTP/1.1\r\nHost: localhost\r\napi-key: mock-key-east\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let request: &'static [u8] = Vec::leak(request.into_bytes());
    let mock = Mock::start(u64::try_from(gap.as_millis()).unwrap_or(u64::MAX))?;
    for (how, opening) in [("opened evenly", opening), ("opened at the same instant", Duration::ZERO)] {
        let result = run(&mock, request, streams, gap, opening).await?;
        writeln!(io::stdout(), "{streams} streams with a chunk every {gap:?}, {how} over {opening:?}:\n{result}")?;
    }
    Ok(())
}
