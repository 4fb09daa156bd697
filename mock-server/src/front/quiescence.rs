//! The connections and open exchanges of an edge, and the moment when all is quiet.
//!
//! Counting exchanges is not enough. A client that sends a request and leaves at once may be gone before the request was
//! read, and a journal collected then would lack it. So quiescence has three parts: every connection that was made
//! before has been accepted, every accepted one has looked at its socket since, and nothing they found is still open.

use std::collections::{HashMap, HashSet};
use std::future::{Future, poll_fn};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::watch;

#[derive(Debug, Default)]
struct State {
    next_connection: u64,
    connections: HashMap<u64, ConnectionState>,
    open_exchanges: usize,
    /// Our own connections, by the address they come from, that only show that the queue before them is empty.
    probes: HashSet<SocketAddr>,
}

#[derive(Debug, Default)]
struct ConnectionState {
    /// The last round in which the connection looked at its socket.
    looked: u64,
    /// Whether it has said something, but is not yet ready for requests.
    opening: bool,
    /// The task that polls the connection.
    waker: Option<Waker>,
}

/// The connections and exchanges of one edge.
#[derive(Debug)]
pub(crate) struct Quiescence {
    state: Mutex<State>,
    /// Counts the calls for quiescence. A connection answers one by looking at its socket. Changed with the state locked.
    round: AtomicU64,
    changes: watch::Sender<()>,
}

impl Quiescence {
    pub(crate) fn new() -> Self {
        Self { state: Mutex::default(), round: AtomicU64::new(0), changes: watch::Sender::new(()) }
    }

    pub(crate) fn exchange_begins(&self) {
        self.state().open_exchanges += 1;
    }

    pub(crate) fn exchange_ends(&self) {
        self.state().open_exchanges -= 1;
        self.changed();
    }

    /// After the state has changed. Who waits for a change subscribes before looking at the state.
    fn changed(&self) {
        if self.changes.receiver_count() > 0 {
            self.changes.send_replace(());
        }
    }

    /// Gives a guard for an accepted connection; none for a probe. Where nothing is kept of an exchange, nobody asks
    /// whether all of it is there, and thousands of connections need one file each instead of two.
    pub(crate) fn accept(self: &Arc<Self>, tcp: &TcpStream, peer: SocketAddr, kept: bool) -> Option<ConnectionGuard> {
        let mut state = self.state();
        if state.probes.remove(&peer) {
            drop(state);
            self.changed();
            return None;
        }
        let id = state.next_connection;
        state.next_connection += 1;
        state.connections.insert(id, ConnectionState::default());
        Some(ConnectionGuard { quiescence: Arc::clone(self), id, peek: kept.then(|| Peek::at(tcp)).flatten() })
    }

    /// Waits until every request that reached this machine before the call is recorded. `address` is where the edge
    /// listens.
    pub(crate) async fn quiesce(&self, address: SocketAddr) {
        // When no probe can be sent, nobody else can connect either.
        let probe = self.probe(address).await.ok();
        self.until(|state| probe.is_none_or(|peer| !state.probes.contains(&peer))).await;
        let round = {
            let _state = self.state();
            self.round.fetch_add(1, Ordering::AcqRel) + 1
        };
        self.wake();
        let quiet = |state: &State| {
            state.open_exchanges == 0 && state.connections.values().all(|guard| guard.looked >= round && !guard.opening)
        };
        // Those that came later have not been woken for this round: they look when they are polled, which they will be.
        self.until(quiet).await;
    }

    /// Has every connection polled.
    pub(crate) fn wake(&self) {
        let wakers: Vec<Waker> = self.state().connections.values().filter_map(|guard| guard.waker.clone()).collect();
        wakers.iter().for_each(Waker::wake_by_ref);
    }

    async fn probe(&self, address: SocketAddr) -> io::Result<SocketAddr> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        let from = socket.local_addr()?;
        self.state().probes.insert(from);
        let connected = socket.connect(address).await;
        if connected.is_err() {
            self.state().probes.remove(&from);
        }
        connected.map(|_| from)
    }

    async fn until(&self, condition: impl Fn(&State) -> bool) {
        let mut changes = self.changes.subscribe();
        while !condition(&self.state()) {
            // Cannot fail: the sender is in `self`.
            let _ = changes.changed().await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An accepted connection; dropping it says that the connection is gone.
#[derive(Debug)]
pub(crate) struct ConnectionGuard {
    quiescence: Arc<Quiescence>,
    id: u64,
    peek: Option<Peek>,
}

/// A second handle to a connection's socket, to see whether bytes wait there. The first handle cannot tell: it believes
/// that there are none until the runtime has heard of them.
///
/// The connection is closed when both handles are, so a guard must not outlive what it attends by more than a moment.
#[derive(Debug)]
struct Peek(std::net::TcpStream);

impl Peek {
    #[cfg(unix)]
    fn at(tcp: &TcpStream) -> Option<Self> {
        use std::os::fd::AsFd as _;
        tcp.as_fd().try_clone_to_owned().ok().map(|handle| Self(handle.into()))
    }

    #[cfg(not(unix))]
    fn at(_: &TcpStream) -> Option<Self> {
        None
    }

    /// Whether bytes, or the end of the stream, wait to be read. The socket does not block: the runtime made it so.
    fn has_unread(&self) -> bool {
        !matches!(self.0.peek(&mut [0]), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }
}

impl ConnectionGuard {
    /// Says whether the connection is on its way to being ready for requests.
    #[cfg(feature = "tls")]
    pub(crate) fn opening(&self, opening: bool) {
        self.change(|guard| guard.opening = opening);
    }

    /// Runs a connection. It is polled, and so reads from its socket, in every round.
    pub(crate) async fn attend(&self, connection: impl Future<Output = ()>) {
        let mut connection = pin!(connection);
        let mut known: Option<Waker> = None;
        let mut looked = 0;
        // Polled for every chunk of a stream: in passing, nothing is touched that connections share and write to.
        poll_fn(|context| {
            if !known.as_ref().is_some_and(|known| known.will_wake(context.waker())) {
                let waker = context.waker().clone();
                known = Some(waker.clone());
                self.change(|guard| guard.waker = Some(waker));
            }
            if connection.as_mut().poll(context).is_ready() {
                return Poll::Ready(());
            }
            self.look(&mut looked);
            Poll::Pending
        })
        .await;
    }

    /// Answers the current round, unless the system has bytes that the connection has not read: then it is about to be
    /// polled again.
    fn look(&self, looked: &mut u64) {
        let round = self.quiescence.round.load(Ordering::Acquire);
        if *looked < round && !self.peek.as_ref().is_some_and(Peek::has_unread) {
            *looked = round;
            self.change(|guard| guard.looked = round);
        }
    }

    fn change(&self, change: impl FnOnce(&mut ConnectionState)) {
        self.quiescence.state().connections.entry(self.id).and_modify(change);
        self.quiescence.changed();
    }
}

impl Drop for ConnectionGuard {
    fn drop(&mut self) {
        self.quiescence.state().connections.remove(&self.id);
        self.quiescence.changed();
    }
}
