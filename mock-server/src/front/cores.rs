//! One single-threaded runtime for each core. A connection stays on the core that it was given, so that no thread has to
//! be woken to answer it but the one that read the request. Knows nothing of what a connection says.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tokio::net::TcpStream;
use tokio::runtime::{Builder, Handle};
use tokio::sync::watch;

/// The cores of this machine, each with a thread and its runtime. They end when this is dropped.
#[derive(Debug)]
pub(crate) struct Cores {
    handles: Vec<Handle>,
    next: AtomicUsize,
    _running: watch::Sender<()>,
}

impl Cores {
    /// Starts a thread for each core.
    pub(crate) fn start() -> io::Result<Self> {
        let (running, _) = watch::channel(());
        let count = thread::available_parallelism()?.get();
        let handles = (0..count).map(|_| start_one(running.subscribe())).collect::<io::Result<_>>()?;
        Ok(Self { handles, next: AtomicUsize::new(0), _running: running })
    }

    /// The core for one connection more: they take turns.
    pub(crate) fn next(&self) -> &Handle {
        &self.handles[self.next.fetch_add(1, Ordering::Relaxed) % self.handles.len()]
    }
}

fn start_one(mut running: watch::Receiver<()>) -> io::Result<Handle> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    // An error says that the sender is gone.
    let run = move || runtime.block_on(async { while running.changed().await.is_ok() {} });
    thread::Builder::new().name("core".to_owned()).spawn(run)?;
    Ok(handle)
}

/// A socket as the present runtime's, whichever accepted it.
pub(crate) fn adopt(tcp: TcpStream) -> io::Result<TcpStream> {
    TcpStream::from_std(tcp.into_std()?)
}
