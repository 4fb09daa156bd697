//! Time to first byte of the mock beside a bare hyper server that answers the same bytes, each in a process of its own.
//!
//! `first_byte [ROUNDS] [REQUESTS]`, after `cargo build --release -p azure-openai-mock --bins --examples`. The two take
//! turns, round by round; what is printed is the median of all rounds. One connection asks without a pause; each of
//! sixteen pauses between its requests, so that the server is measured and not a queue before it.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// Between the requests of one of several connections.
const PAUSE: Duration = Duration::from_millis(5);

/// A server and its process.
struct Server {
    process: Child,
    // Kept open: it is where the server writes.
    _out: BufReader<ChildStdout>,
    address: SocketAddr,
}

impl Server {
    /// Starts a program that lies somewhere beside this one and says its address first.
    fn start(program: &str, arguments: &[&str]) -> io::Result<Self> {
        let program = std::env::current_exe()?.with_file_name(program);
        let mut process = Command::new(program).args(arguments).stdout(Stdio::piped()).spawn()?;
        let mut out = BufReader::new(process.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?);
        let mut line = String::new();
        out.read_line(&mut line)?;
        let address = line.trim_end().trim_end_matches('\'').rsplit_once("//").and_then(|(_, rest)| rest.parse().ok());
        let address = address.ok_or_else(|| io::Error::other(format!("the server said {line:?}")))?;
        Ok(Self { process, _out: out, address })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A kind of request.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    /// A header that tells the bare server what to answer.
    header: &'static str,
    body: &'static str,
}

const KINDS: [Kind; 2] = [
    Kind { name: "chat", header: "", body: include_str!("../benches/chat.json") },
    Kind { name: "stream", header: "x-stream: 1\r\n", body: include_str!("../benches/stream.json") },
];

impl Kind {
    fn request(self) -> String {
        let Self { header, body, .. } = self;
        let path = "/openai/deployments/chat-prod/chat/completions?api-version=2024-10-21";
        format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\napi-key: mock-key-east\r\n{header}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }
}

/// Asks on one connection, and says how long the first byte of each answer took.
fn ask(address: SocketAddr, request: &str, times: u32, pause: Duration) -> io::Result<Vec<Duration>> {
    let mut tcp = TcpStream::connect(address)?;
    tcp.set_nodelay(true)?;
    let mut piece = vec![0; 64 * 1024];
    let mut took = Vec::new();
    for _ in 0..times {
        std::thread::sleep(pause);
        let asked = Instant::now();
        tcp.write_all(request.as_bytes())?;
        let mut end = tcp.read(&mut piece)?;
        took.push(asked.elapsed());
        while !is_whole(&piece[..end])? {
            end += tcp.read(&mut piece[end..])?;
        }
    }
    Ok(took)
}

/// Whether an answer is there to its end.
fn is_whole(answer: &[u8]) -> io::Result<bool> {
    let text = std::str::from_utf8(answer).map_err(io::Error::other)?;
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return if answer.is_empty() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(false) };
    };
    if !head.starts_with("HTTP/1.1 200") {
        return Err(io::Error::other(head.to_owned()));
    }
    let head = head.to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    Ok(length.map_or_else(|| body.ends_with("\r\n0\r\n\r\n"), |length| body.len() >= length))
}

fn round(server: &Server, kind: Kind, connections: u32, requests: u32) -> io::Result<Vec<Duration>> {
    let request = kind.request();
    if connections == 1 {
        return ask(server.address, &request, requests, Duration::ZERO);
    }
    std::thread::scope(|scope| {
        let asking: Vec<_> = (0..connections)
            .map(|_| scope.spawn(|| ask(server.address, &request, requests / connections, PAUSE)))
            .collect();
        let mut all = Vec::new();
        for asking in asking {
            all.extend(asking.join().map_err(|_| io::Error::other("a connection panicked"))??);
        }
        Ok(all)
    })
}

fn median(mut took: Vec<Duration>) -> f64 {
    took.sort_unstable();
    took.get(took.len() / 2).map_or(0.0, |took| took.as_secs_f64() * 1e6)
}

fn main() -> io::Result<()> {
    let number = |position: usize, usual: u32| {
        std::env::args().nth(position).and_then(|text| text.parse().ok()).unwrap_or(usual)
    };
    let (rounds, requests) = (number(1, 10), number(2, 2000));
    let hyper = Server::start("bare_hyper", &[])?;
    let mock = Server::start("../azure-openai-mock", &["serve", "--port", "0", "--quiet"])?;
    for kind in KINDS {
        for connections in [1, 16] {
            let (mut of_hyper, mut of_mock) = (Vec::new(), Vec::new());
            for _ in 0..rounds {
                of_hyper.extend(round(&hyper, kind, connections, requests)?);
                of_mock.extend(round(&mock, kind, connections, requests)?);
            }
            let (of_hyper, of_mock) = (median(of_hyper), median(of_mock));
            writeln!(
                io::stdout(),
                "first byte of a {}, {connections} connections: bare hyper {of_hyper:.0} µs, mock {of_mock:.0} µs, {:.2} times",
                kind.name,
                of_mock / of_hyper
            )?;
        }
    }
    Ok(())
}
