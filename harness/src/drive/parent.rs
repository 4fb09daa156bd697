//! A parent of workers: a process that has imported what they need, and forks one in milliseconds.
//!
//! The last section of `workers/PROTOCOL.md` says what it does. Whatever it cannot do is a reason to start a worker in the
//! ordinary way, never a fault of a cell.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use tokio::io::{AsyncBufReadExt, BufReader, Interest};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use super::stderr::Stderr;
use super::watchdog::{Watchdog, kill_group};
use super::worker::{Deadlines, WorkerCommand, WorkerProcess};
use crate::protocol::{
    Answer, Done, EndStatus, NumberedRequest, PROTOCOL_VERSION, ParentMessage, ParentRequest, WorkerEnded, WorkerReply,
};

/// The argument that makes a worker's program a parent.
const PARENT_ARGUMENT: &str = "--parent";

/// Why there is no forked worker.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoFork {
    /// It is not as imports alone would leave it.
    #[error("{0}")]
    Refused(String),
    /// It failed, or does not do what the protocol asks.
    #[error("the parent of fresh workers failed: {0}")]
    Failed(String),
}

/// A process group that is watched, and ends with this value: also when a start fails half-way.
struct WatchedGroup {
    group: u32,
    watchdog: Arc<Watchdog>,
}

impl WatchedGroup {
    fn new(group: u32, watchdog: Arc<Watchdog>) -> Self {
        watchdog.watch(group);
        Self { group, watchdog }
    }

    fn kill(&self) {
        kill_group(i32::try_from(self.group).unwrap_or(0));
    }
}

impl Drop for WatchedGroup {
    fn drop(&mut self) {
        self.kill();
        self.watchdog.forget(self.group);
    }
}

/// A process that forks workers.
pub(crate) struct Parent {
    /// Before the process, whose number is its own until it is reaped.
    own: WatchedGroup,
    child: Child,
    requests: OwnedWriteHalf,
    replies: mpsc::UnboundedReceiver<WorkerReply>,
    /// How the last of its workers ended.
    ended: watch::Receiver<Option<WorkerEnded>>,
    /// Read, so that it never waits for a reader.
    _stderr: Stderr,
    watchdog: Arc<Watchdog>,
    deadlines: Deadlines,
    last_id: u64,
}

/// How the harness knows of the end of a worker that another process has forked.
pub(super) struct Forked {
    group: u32,
    ended: watch::Receiver<Option<WorkerEnded>>,
}

impl Forked {
    /// How the worker ended; waits until it has.
    pub(super) async fn wait(&mut self) -> Option<String> {
        let group = self.group;
        let is_it = |ended: &Option<WorkerEnded>| ended.as_ref().is_some_and(|ended| ended.child == group);
        let ended = self.ended.wait_for(is_it).await.ok()?;
        ended.as_ref().map(|ended| match ended.ended {
            EndStatus::Code(code) => format!("exit status: {code}"),
            EndStatus::Signal(signal) => format!("signal: {signal}"),
        })
    }

    /// Whether it has ended: then its number may belong to somebody else.
    pub(super) fn has_ended(&self) -> bool {
        self.ended.borrow().as_ref().is_some_and(|ended| ended.child == self.group)
    }
}

impl Parent {
    /// Starts the process, which does all imports before it answers.
    pub(crate) async fn start(
        command: &WorkerCommand,
        watchdog: Arc<Watchdog>,
        deadlines: Deadlines,
    ) -> Result<Self, NoFork> {
        let failed = |error: io::Error| NoFork::Failed(error.to_string());
        let (ours, theirs) = std::os::unix::net::UnixStream::pair().map_err(failed)?;
        ours.set_nonblocking(true).map_err(failed)?;
        let (responses, requests) = UnixStream::from_std(ours).map_err(failed)?.into_split();
        let mut child = Command::new(&command.program)
            .args(&command.arguments)
            .arg(PARENT_ARGUMENT)
            .env_clear()
            .envs(command.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(&command.directory)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        let group = child.id().ok_or_else(|| NoFork::Failed("it ended at once".to_owned()))?;
        let own = WatchedGroup::new(group, Arc::clone(&watchdog));
        let stderr = child.stderr.take().ok_or_else(|| NoFork::Failed("its pipe is missing".to_owned()))?;
        let stderr = stderr.into_owned_fd().and_then(Stderr::read).map_err(failed)?;
        let (sender, replies) = mpsc::unbounded_channel();
        let (ending, ended) = watch::channel(None);
        tokio::spawn(read_messages(responses, sender, ending));
        let mut parent =
            Self { own, child, requests, replies, ended, _stderr: stderr, watchdog, deadlines, last_id: 0 };
        parent.ask(&ParentRequest::Hello { protocol: PROTOCOL_VERSION }, &[], deadlines.start).await?;
        Ok(parent)
    }

    /// A worker with these variables over those of the parent; `hello` is the first thing to ask it. The worker before must
    /// have ended.
    pub(crate) async fn fork(&mut self, environment: &[(String, OsString)]) -> Result<WorkerProcess, NoFork> {
        let failed = |error: io::Error| NoFork::Failed(error.to_string());
        let environment: BTreeMap<String, String> =
            environment.iter().map(|(name, value)| (name.clone(), value.to_string_lossy().into_owned())).collect();
        let (their_stdin, stdin) = io::pipe().map_err(failed)?;
        let (stdout, their_stdout) = io::pipe().map_err(failed)?;
        let (stderr, their_stderr) = io::pipe().map_err(failed)?;
        let streams = [their_stdin.as_fd(), their_stdout.as_fd(), their_stderr.as_fd()];
        let deadline = self.deadlines.request;
        let forked = self.ask(&ParentRequest::Fork { environment }, &streams, deadline).await?;
        let group = forked.pid.ok_or_else(|| NoFork::Failed("its answer to `fork` has no `pid`".to_owned()))?;
        // Such a number would be that of this process, of everybody, or of the parent itself.
        if group < 2 || group == self.own.group || i32::try_from(group).is_err() {
            return Err(NoFork::Failed(format!("its answer to `fork` has the impossible `pid` {group}")));
        }
        self.watchdog.watch(group);
        let life = Forked { group, ended: self.ended.clone() };
        let streams = (stdin.into(), stdout.into(), stderr.into());
        WorkerProcess::forked(life, group, streams, Arc::clone(&self.watchdog), self.deadlines).map_err(failed)
    }

    async fn ask(
        &mut self,
        request: &ParentRequest,
        streams: &[BorrowedFd<'_>],
        deadline: Duration,
    ) -> Result<Box<Done>, NoFork> {
        self.last_id += 1;
        let operation = request.operation();
        let mut line = serde_json::to_string(&NumberedRequest { id: self.last_id, request })
            .map_err(|error| NoFork::Failed(error.to_string()))?;
        line.push('\n');
        let exchange = async {
            self.send(line.as_bytes(), streams).await.map_err(|error| NoFork::Failed(error.to_string()))?;
            self.replies.recv().await.ok_or_else(|| NoFork::Failed(format!("it ended during `{operation}`")))
        };
        let reply = timeout(deadline, exchange).await;
        let reply = reply.map_err(|_| NoFork::Failed(format!("it did not answer `{operation}` in time")))??;
        match (reply.id == self.last_id).then(|| reply.answer()).flatten() {
            Some(Ok(Answer::Ok(done))) => Ok(done),
            Some(Ok(Answer::Skip(reason))) => Err(NoFork::Refused(reason)),
            Some(Err(failed)) => Err(NoFork::Failed(failed.message)),
            None => Err(NoFork::Failed(format!("its answer to `{operation}` does not fit the protocol"))),
        }
    }

    /// In one piece, with the descriptors.
    async fn send(&self, line: &[u8], streams: &[BorrowedFd<'_>]) -> io::Result<()> {
        let socket: &UnixStream = self.requests.as_ref();
        let sent = socket.async_io(Interest::WRITABLE, || {
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(3))];
            let mut control = SendAncillaryBuffer::new(&mut space);
            if !streams.is_empty() {
                control.push(SendAncillaryMessage::ScmRights(streams));
            }
            Ok(sendmsg(socket, &[IoSlice::new(line)], &mut control, SendFlags::empty())?)
        });
        if sent.await? == line.len() { Ok(()) } else { Err(io::Error::other("it took only a part of a request")) }
    }

    /// Ends it in good order.
    pub(crate) async fn stop(self) {
        let Self { own, mut child, requests, .. } = self;
        drop(requests);
        if timeout(Duration::from_secs(2), child.wait()).await.is_err() {
            own.kill();
            let _ = child.wait().await;
        }
    }
}

async fn read_messages(
    responses: OwnedReadHalf,
    replies: mpsc::UnboundedSender<WorkerReply>,
    ending: watch::Sender<Option<WorkerEnded>>,
) {
    let mut lines = BufReader::new(responses).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        match serde_json::from_str(&line) {
            Ok(ParentMessage::Ended(ended)) => drop(ending.send_replace(Some(ended))),
            Ok(ParentMessage::Reply(reply)) => {
                if replies.send(*reply).is_err() {
                    return;
                }
            }
            Err(_) => return,
        }
    }
}
