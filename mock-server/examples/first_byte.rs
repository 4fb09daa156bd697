//! Time to first byte of the mock beside a bare hyper server that answers the same bytes, each in a process of its own.
//!
//! `first_byte [ROUNDS] [REQUESTS]`, after `cargo build --profile dist -p azure-openai-mock --bins --examples`. The two take
//! turns, round by round; what is printed is the median of all rounds. Every connection pauses between its requests, so
//! that the server is measured and not a queue before it. The load is one thread that never sleeps: waking a sleeping
//! client takes longer than either server does, the more so the longer it slept.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// Between the requests of a connection that is alone: what a server tidies up after an answer is not the next one's wait.
const BREATH: Duration = Duration::from_micros(200);
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

/// One of the connections of a round.
struct Connection {
    tcp: TcpStream,
    /// When to ask next.
    next: Instant,
    /// When the open request was sent.
    asked: Option<Instant>,
    /// What has come of its answer.
    answer: Vec<u8>,
    left: u32,
}

impl Connection {
    fn open(address: SocketAddr, next: Instant, left: u32) -> io::Result<Self> {
        let tcp = TcpStream::connect(address)?;
        tcp.set_nodelay(true)?;
        tcp.set_nonblocking(true)?;
        Ok(Self { tcp, next, asked: None, answer: Vec::new(), left })
    }

    /// Asks when it is time, or looks whether something has come; how long the first byte took, when that is what came.
    fn turn(&mut self, request: &str, pause: Duration, piece: &mut [u8]) -> io::Result<Option<Duration>> {
        let Some(asked) = self.asked else {
            if Instant::now() >= self.next {
                self.asked = Some(Instant::now());
                self.tcp.write_all(request.as_bytes())?;
            }
            return Ok(None);
        };
        let count = match self.tcp.read(piece) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(error),
        };
        let first = self.answer.is_empty().then(|| asked.elapsed());
        self.answer.extend_from_slice(&piece[..count]);
        if is_whole(&self.answer)? {
            self.answer.clear();
            self.asked = None;
            self.next = Instant::now() + pause;
            self.left -= 1;
        }
        Ok(first)
    }
}

/// Whether an answer is there to its end.
fn is_whole(answer: &[u8]) -> io::Result<bool> {
    let text = std::str::from_utf8(answer).map_err(io::Error::other)?;
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return Ok(false);
    };
    if !head.starts_with("HTTP/1.1 200") {
        return Err(io::Error::other(head.to_owned()));
    }
    let head = head.to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    Ok(length.map_or_else(|| body.ends_with("\r\n0\r\n\r\n"), |length| body.len() >= length))
}

/// So many requests over so many connections, the first of which are spread over a pause.
fn round(server: &Server, kind: Kind, connections: u32, requests: u32) -> io::Result<Vec<Duration>> {
    let request = kind.request();
    let pause = if connections == 1 { BREATH } else { PAUSE };
    let began = Instant::now();
    let mut open = (0..connections)
        .map(|number| Connection::open(server.address, began + pause * number / connections, requests / connections))
        .collect::<io::Result<Vec<_>>>()?;
    let mut piece = vec![0; 64 * 1024];
    let mut took = Vec::new();
    while open.iter().any(|connection| connection.left > 0) {
        for connection in open.iter_mut().filter(|connection| connection.left > 0) {
            took.extend(connection.turn(&request, pause, &mut piece)?);
        }
    }
    Ok(took)
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
