//! A loopback listener for plain HTTP, and the loop that accepts connections.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};

use super::cores::{Cores, adopt};
use super::journal::SharedState;
use super::serve::{Origin, connection};
use super::service::Service;
use super::socket::{Prefixed, Socket, Transport};

/// How long to wait when the system has no more sockets to give.
const OUT_OF_SOCKETS: Duration = Duration::from_millis(50);

/// Connections that may wait to be accepted. More than that are made to wait a second by their own system.
const WAITING: u32 = 4096;

/// Listens with room for thousands of clients that come at once.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Elsewhere it would let another program take the port.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(WAITING)
}

/// A server for clients that are pointed straight at it: curl, load tools, SDKs with `http://127.0.0.1:<port>`.
/// Dropping it closes all connections.
///
/// ```
/// # fn main() -> Result<(), std::io::Error> {
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// use std::sync::Arc;
///
/// use azure_openai_mock::{Cloud, CloudConfig, Listener, SharedCloud};
///
/// let cloud = Arc::new(SharedCloud::new(Cloud::new(CloudConfig::sample())));
/// let listener = Listener::start(([127, 0, 0, 1], 0).into(), cloud).await?;
/// println!("http://{}", listener.address());
/// # Ok(())
/// # })
/// # }
/// ```
#[derive(Debug)]
pub struct Listener {
    address: SocketAddr,
    accepting: Accepting,
    shared: Arc<SharedState>,
}

impl Listener {
    /// Binds and starts to serve.
    #[expect(clippy::unused_async, reason = "it starts tasks: awaiting it says that a runtime must be there")]
    pub async fn start(address: SocketAddr, service: Arc<dyn Service>) -> io::Result<Self> {
        Self::start_on(address, service, None)
    }

    /// Binds and starts to serve with a thread of its own for each core: for programs that do nothing else. Answers come
    /// sooner, and what one connection keeps busy, others of the same core wait for.
    #[expect(clippy::unused_async, reason = "it starts tasks: awaiting it says that a runtime must be there")]
    pub async fn start_on_cores(address: SocketAddr, service: Arc<dyn Service>) -> io::Result<Self> {
        Self::start_on(address, service, Some(Cores::start()?))
    }

    fn start_on(address: SocketAddr, service: Arc<dyn Service>, cores: Option<Cores>) -> io::Result<Self> {
        let shared = Arc::new(SharedState::new(service));
        let listener = listen(address)?;
        let address = listener.local_addr()?;
        let connections = Arc::clone(&shared);
        let elsewhere = cores.is_some();
        let accepting = Accepting::start(listener, cores, move |tcp, peer| {
            let guard = connections.quiescence.accept(&tcp, peer, connections.service.keeps_bodies());
            let shared = Arc::clone(&connections);
            async move {
                let Some(guard) = guard else { return };
                let Ok(tcp) = (if elsewhere { adopt(tcp) } else { Ok(tcp) }) else { return };
                let socket = Socket::new(Transport::Plain(Prefixed::new(Bytes::new(), tcp)));
                guard.attend(connection(shared, socket, Origin::Direct(address.port()))).await;
            }
        });
        Ok(Self { address, accepting, shared })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until every request that had been sent before the call is answered.
    pub async fn quiesce(&self) {
        self.shared.quiescence.quiesce(self.address).await;
    }

    /// Takes no new connections or requests, gives open ones this long to finish, then closes what is left.
    pub async fn drain(self, patience: Duration) {
        self.shared.close();
        self.accepting.drain(patience).await;
    }

    /// Closes the listener and all connections.
    pub async fn stop(self) {
        self.accepting.stop().await;
    }
}

/// A task that accepts connections and owns those it accepted.
#[derive(Debug)]
pub(crate) struct Accepting {
    task: JoinHandle<()>,
    draining: Arc<Notify>,
}

impl Accepting {
    /// Accepts in the present runtime, and serves there or on these cores.
    pub(crate) fn start<F, Served>(listener: TcpListener, cores: Option<Cores>, serve: F) -> Self
    where
        F: Fn(TcpStream, SocketAddr) -> Served + Send + 'static,
        Served: Future<Output = ()> + Send + 'static,
    {
        let draining = Arc::new(Notify::new());
        Self { task: tokio::spawn(accept(listener, cores, Arc::clone(&draining), serve)), draining }
    }

    /// Closes the listener at once, and the connections when they have ended or patience has.
    pub(crate) async fn drain(mut self, patience: Duration) {
        self.draining.notify_one();
        // An error only says that patience has ended; dropping closes the rest.
        let _ = tokio::time::timeout(patience, &mut self.task).await;
    }

    pub(crate) async fn stop(mut self) {
        self.task.abort();
        // An error only says that it was aborted.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Accepting {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept<F, Served>(listener: TcpListener, cores: Option<Cores>, draining: Arc<Notify>, serve: F)
where
    F: Fn(TcpStream, SocketAddr) -> Served + Send + 'static,
    Served: Future<Output = ()> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((tcp, peer)) => {
                    // Without it a stream of small chunks waits for acknowledgements. A socket that is already gone
                    // is no reason to stop.
                    let _ = tcp.set_nodelay(true);
                    match &cores {
                        Some(cores) => connections.spawn_on(serve(tcp, peer), cores.next()),
                        None => connections.spawn(serve(tcp, peer)),
                    };
                }
                Err(_) => tokio::time::sleep(OUT_OF_SOCKETS).await,
            },
            Some(_) = connections.join_next() => {}
            () = draining.notified() => break,
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}
