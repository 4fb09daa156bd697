//! A worker's standard error: what it wrote lately, and that it does not write too much.

use std::collections::VecDeque;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::unix::pipe;
use tokio::sync::watch;
use tokio::time::timeout;

/// The most standard error of one process that is tolerated.
pub(super) const LIMIT: usize = 8 << 20;
/// How much of it is kept for messages.
const KEPT: usize = 16 << 10;

/// The standard error of one process.
pub(super) struct Stderr {
    source: Arc<Source>,
    state: watch::Receiver<State>,
}

struct Source {
    pipe: pipe::Receiver,
    /// Locked while the pipe is read, so that whoever has the lock has all that was written before.
    tail: Mutex<Tail>,
    state: watch::Sender<State>,
}

#[derive(Default)]
struct Tail {
    kept: VecDeque<u8>,
    total: usize,
}

/// What became of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Flooded,
    /// Everything that was written has been read.
    Closed,
}

impl Stderr {
    /// Begins to read.
    pub(super) fn read(stderr: OwnedFd) -> io::Result<Self> {
        let pipe = pipe::Receiver::from_owned_fd(stderr)?;
        let (sender, state) = watch::channel(State::Open);
        let source = Arc::new(Source { pipe, tail: Mutex::default(), state: sender });
        tokio::spawn(read_to_end(Arc::clone(&source)));
        Ok(Self { source, state })
    }

    /// Returns when the process has written more than is tolerated; never when it does not.
    pub(super) async fn flooded(&self) {
        let mut state = self.state.clone();
        if state.wait_for(|state| *state == State::Flooded).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Waits for the last words of a process that has ended; a child of its own can keep the pipe open.
    pub(super) async fn settle(&mut self) {
        let read = self.state.wait_for(|state| *state != State::Open);
        let _ = timeout(Duration::from_secs(1), read).await;
    }

    /// What was written lately.
    pub(super) fn tail(&self) -> String {
        let mut tail = self.source.tail.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(tail.kept.make_contiguous()).into_owned()
    }

    /// Takes what was written since this was last called, up to the last byte: what a process writes before it answers is
    /// in the pipe when the answer is here.
    pub(super) fn take(&self) -> String {
        self.source.drain();
        let mut tail = self.source.tail.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(tail.kept.make_contiguous()).into_owned();
        tail.kept.clear();
        text
    }
}

impl Source {
    /// Reads whatever is there. Gives whether more may come.
    fn drain(&self) -> bool {
        let mut buffer = vec![0; 16 << 10];
        let mut tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        while tail.total <= LIMIT {
            match self.pipe.try_read(&mut buffer) {
                Ok(count @ 1..) => tail.add(&buffer[..count]),
                Ok(0) => return false,
                Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
            }
        }
        self.state.send_replace(State::Flooded);
        // It will be killed for it; until then it may write on, or it would never get to its end.
        loop {
            match self.pipe.try_read(&mut buffer) {
                Ok(1..) => {}
                Ok(0) => return false,
                Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
            }
        }
    }
}

impl Tail {
    fn add(&mut self, written: &[u8]) {
        self.total += written.len();
        self.kept.extend(written);
        let surplus = self.kept.len().saturating_sub(KEPT);
        self.kept.drain(..surplus);
    }
}

async fn read_to_end(source: Arc<Source>) {
    while source.pipe.readable().await.is_ok() && source.drain() {}
    source.state.send_if_modified(|state| {
        let open = *state == State::Open;
        if open {
            *state = State::Closed;
        }
        open
    });
}
