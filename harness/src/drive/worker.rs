//! One worker process: starting it, asking it, and ending it.
//!
//! Everything that can go wrong with a process is a [`WorkerFault`]. The process is the leader of a group of its own;
//! a worker that misses a deadline loses the whole group.

use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use camino::Utf8PathBuf;
use serde_json::error::Category;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::unix::pipe;
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::fault::WorkerFault;
use super::parent::Forked;
use super::stderr::{self, Stderr};
use super::watchdog::{Watchdog, kill_group};
use crate::protocol::{Answer, NumberedRequest, WorkerReply, WorkerRequest};

/// The longest reply: a streamed answer chunk by chunk is some hundred kilobytes.
const LINE_LIMIT: usize = 32 << 20;

/// How to start a worker.
#[derive(Clone, Debug)]
pub struct WorkerCommand {
    /// The program.
    pub program: Utf8PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Its whole environment: nothing else is inherited.
    pub environment: Vec<(String, OsString)>,
    /// Its working directory.
    pub directory: Utf8PathBuf,
}

/// How long a worker may take.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// For `hello`: start and imports.
    pub start: Duration,
    /// For every other request.
    pub request: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        // Imports take 0.8–3.6 s on an idle machine, and machines of CI are not idle.
        Self { start: Duration::from_secs(120), request: Duration::from_secs(60) }
    }
}

/// A running worker.
pub struct WorkerProcess {
    life: Life,
    group: u32,
    /// Closed to end the process in good order.
    stdin: Option<Box<dyn AsyncWrite + Send + Sync + Unpin>>,
    replies: mpsc::UnboundedReceiver<Line>,
    stderr: Stderr,
    watchdog: Arc<Watchdog>,
    deadlines: Deadlines,
    last_id: u64,
}

/// How its end is known.
enum Life {
    Child(Box<Child>),
    Forked(Forked),
}

impl Life {
    async fn wait(&mut self) -> Option<String> {
        match self {
            Self::Child(child) => child.wait().await.ok().map(|status| status.to_string()),
            Self::Forked(forked) => forked.wait().await,
        }
    }
}

enum Line {
    Text(String),
    TooLong,
}

impl WorkerProcess {
    /// Starts the process; `hello` is the first thing to ask it.
    pub fn start(command: &WorkerCommand, watchdog: Arc<Watchdog>, deadlines: Deadlines) -> Result<Self, WorkerFault> {
        let mut child = Command::new(&command.program)
            .args(&command.arguments)
            .env_clear()
            .envs(command.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(&command.directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| WorkerFault::Start(format!("{}: {error}", command.program)))?;
        let group = child.id().ok_or_else(|| WorkerFault::Start("it ended at once".to_owned()))?;
        watchdog.watch(group);
        let (Some(stdin), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(WorkerFault::Start("its pipes are missing".to_owned()));
        };
        let (sender, replies) = mpsc::unbounded_channel();
        tokio::spawn(read_lines(stdout, sender));
        let stderr = stderr
            .into_owned_fd()
            .and_then(Stderr::read)
            .map_err(|error| WorkerFault::Start(format!("its standard error cannot be read: {error}")))?;
        Ok(Self {
            life: Life::Child(Box::new(child)),
            group,
            stdin: Some(Box::new(stdin)),
            replies,
            stderr,
            watchdog,
            deadlines,
            last_id: 0,
        })
    }

    /// A worker that a parent has forked, which the watchdog knows; `streams` are our ends of its standard streams.
    pub(super) fn forked(
        life: Forked,
        group: u32,
        (stdin, stdout, stderr): (OwnedFd, OwnedFd, OwnedFd),
        watchdog: Arc<Watchdog>,
        deadlines: Deadlines,
    ) -> io::Result<Self> {
        let (sender, replies) = mpsc::unbounded_channel();
        tokio::spawn(read_lines(pipe::Receiver::from_owned_fd(stdout)?, sender));
        Ok(Self {
            life: Life::Forked(life),
            group,
            stdin: Some(Box::new(pipe::Sender::from_owned_fd(stdin)?)),
            replies,
            stderr: Stderr::read(stderr)?,
            watchdog,
            deadlines,
            last_id: 0,
        })
    }

    /// Asks for one operation. After a fault the process is dead.
    pub async fn ask(&mut self, request: &WorkerRequest) -> Result<Answer, WorkerFault> {
        let result = self.ask_living(request).await;
        if result.is_err() {
            self.kill().await;
        }
        result
    }

    async fn ask_living(&mut self, request: &WorkerRequest) -> Result<Answer, WorkerFault> {
        self.last_id += 1;
        let operation = request.operation();
        let deadline = match request {
            WorkerRequest::Hello { .. } => self.deadlines.start,
            _ => self.deadlines.request,
        };
        let mut line = serde_json::to_string(&NumberedRequest { id: self.last_id, request })
            .map_err(|error| WorkerFault::own(operation, &error))?;
        line.push('\n');
        let exchange = async {
            let Some(stdin) = &mut self.stdin else { return Ok(None) };
            if stdin.write_all(line.as_bytes()).await.is_err() || stdin.flush().await.is_err() {
                return Ok(None);
            }
            tokio::select! {
                // A worker that floods may never answer.
                () = self.stderr.flooded() => Err(()),
                line = self.replies.recv() => Ok(line),
            }
        };
        match timeout(deadline, exchange).await {
            Err(_) => Err(WorkerFault::Deadline { operation, deadline, stderr: self.stderr_tail() }),
            Ok(Err(())) => Err(WorkerFault::Flooded { limit: stderr::LIMIT, stderr: self.stderr_tail() }),
            Ok(Ok(None)) => Err(self.exit_fault(operation).await),
            Ok(Ok(Some(Line::TooLong))) => Err(WorkerFault::LineTooLong { operation, limit: LINE_LIMIT }),
            Ok(Ok(Some(Line::Text(line)))) => self.read_reply(operation, &line),
        }
    }

    fn read_reply(&self, operation: &'static str, line: &str) -> Result<Answer, WorkerFault> {
        let reply: WorkerReply = serde_json::from_str(line).map_err(|error| match error.classify() {
            Category::Data if line.starts_with('{') => WorkerFault::Malformed { operation, problem: error.to_string() },
            _ => WorkerFault::Garbage { operation, line: line.chars().take(200).collect() },
        })?;
        if reply.id != self.last_id {
            return Err(WorkerFault::WrongReply { operation, asked: self.last_id, answered: reply.id });
        }
        match reply.answer() {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(failed)) => Err(WorkerFault::Reported {
                operation,
                message: [Some(failed.message), failed.traceback].into_iter().flatten().collect::<Vec<_>>().join("\n"),
            }),
            None => Err(WorkerFault::Malformed {
                operation,
                problem: "a reply has exactly one of `ok`, `skip` and `fault`".to_owned(),
            }),
        }
    }

    async fn exit_fault(&mut self, operation: &'static str) -> WorkerFault {
        let status = match timeout(Duration::from_secs(5), self.life.wait()).await {
            Ok(Some(status)) => status,
            _ => "it closed its pipes".to_owned(),
        };
        self.stderr.settle().await;
        WorkerFault::Exited { operation, status, stderr: self.stderr_tail() }
    }

    /// What the process wrote to its standard error lately.
    pub fn stderr_tail(&self) -> String {
        self.stderr.tail()
    }

    /// Takes what the process wrote to its standard error since this was last called.
    pub fn take_stderr(&self) -> String {
        self.stderr.take()
    }

    /// Ends the process in good order: its standard input closes; if it stays, it is killed.
    pub async fn stop(mut self) {
        drop(self.stdin.take());
        if timeout(Duration::from_secs(2), self.life.wait()).await.is_err() {
            self.kill().await;
        }
    }

    async fn kill(&mut self) {
        kill_group(i32::try_from(self.group).unwrap_or(0));
        // A parent that has died cannot say it; one that hangs must not hold up the run.
        let _ = timeout(Duration::from_secs(5), self.life.wait()).await;
    }
}

impl Drop for WorkerProcess {
    fn drop(&mut self) {
        // Also after a good end: what the worker started itself must not stay behind. A parent sees to that before it says
        // that a worker has ended.
        if !matches!(&self.life, Life::Forked(forked) if forked.has_ended()) {
            kill_group(i32::try_from(self.group).unwrap_or(0));
        }
        self.watchdog.forget(self.group);
    }
}

async fn read_lines(stdout: impl AsyncRead + Unpin, sender: mpsc::UnboundedSender<Line>) {
    let mut reader = BufReader::with_capacity(64 << 10, stdout);
    loop {
        let mut line = Vec::new();
        match (&mut reader).take(LINE_LIMIT as u64 + 1).read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(count) if count > LINE_LIMIT => {
                let _ = sender.send(Line::TooLong);
                return;
            }
            Ok(_) => {
                let text = String::from_utf8_lossy(&line).trim_end().to_owned();
                if sender.send(Line::Text(text)).is_err() {
                    return;
                }
            }
        }
    }
}
