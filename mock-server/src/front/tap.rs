//! The tap: one listener that is an HTTPS proxy, an HTTP proxy and an origin, and lets nothing through.

use std::future::{Future, poll_fn};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method};
use rustls::server::Acceptor;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::{LazyConfigAcceptor, TlsAcceptor};

use super::authority::Target;
use super::connect::{LONGEST_HEAD, VERB, target};
use super::exchange::{ExchangeEnd, ExchangeKind};
use super::head::head_length;
use super::journal::{OpenExchange, SharedState};
use super::listener::{Accepting, listen};
use super::quiescence::ConnectionGuard;
use super::serve::{Origin, connection};
use super::service::Service;
use super::socket::{Prefixed, Socket, Transport};
use super::tls::CertificateAuthority;
use crate::cloud::{Reply, ReplyBody, Request, Scheme};

/// The first byte of a TLS connection: a record of the handshake.
const TLS: u8 = 0x16;
/// Time for a client to say what it wants, and to shake hands.
const OPENING_TIME: Duration = Duration::from_secs(30);

/// A client that has this as its proxy believes that it talks to the hosts of the service: `CONNECT` is answered, TLS
/// ended with a certificate of the authority, and the requests inside given to the [`Service`]. Requests for other hosts
/// are refused and recorded. Requests to the tap's own address reach the metadata endpoints. A client that begins with TLS,
/// because a hosts file or a DNS of its own sent it here, is answered in the name that it asks for.
///
/// [`Service::record`] is called for an exchange before the client can see its end: for whole bodies before the head of
/// the response is handed to the socket, for streams before the last frame is. Only when the client leaves first does it
/// come later; [`Tap::quiesce`] waits for that.
///
/// Dropping the tap closes all connections.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// use std::sync::Arc;
///
/// use azure_openai_mock::{CertificateAuthority, Cloud, CloudConfig, SharedCloud, Tap};
///
/// let authority = Arc::new(CertificateAuthority::generate()?);
/// let cloud = Arc::new(SharedCloud::new(Cloud::new(CloudConfig::sample())));
/// let tap = Tap::start(Arc::clone(&authority), cloud).await?;
/// println!("HTTPS_PROXY=http://{}\n{}", tap.address(), authority.certificate_pem());
/// # Ok(())
/// # })
/// # }
/// ```
#[derive(Debug)]
pub struct Tap {
    address: SocketAddr,
    accepting: Accepting,
    shared: Arc<SharedState>,
}

impl Tap {
    /// Starts a tap on a free port of 127.0.0.1.
    pub async fn start(authority: Arc<CertificateAuthority>, service: Arc<dyn Service>) -> io::Result<Self> {
        Self::start_at((Ipv4Addr::LOCALHOST, 0).into(), authority, service).await
    }

    /// Starts a tap on an address, for example port 443, where clients find it that a hosts file sends to this machine.
    #[expect(clippy::unused_async, reason = "it starts tasks: awaiting it says that a runtime must be there")]
    pub async fn start_at(
        address: SocketAddr,
        authority: Arc<CertificateAuthority>,
        service: Arc<dyn Service>,
    ) -> io::Result<Self> {
        let listener = listen(address)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(SharedState::new(service));
        let connections = Arc::clone(&shared);
        let accepting = Accepting::start(listener, None, move |tcp, peer| {
            let guard = connections.quiescence.accept(&tcp, peer, connections.service.keeps_bodies());
            let (shared, authority) = (Arc::clone(&connections), Arc::clone(&authority));
            async move {
                let Some(guard) = guard else { return };
                let opened = async {
                    // A connection that fails before its first request has nothing to record.
                    let _ = open(shared, authority, &guard, tcp, address.port()).await;
                };
                guard.attend(opened).await;
            }
        });
        Ok(Self { address, accepting, shared })
    }

    /// Where it listens: `http://<address>` is the proxy to set.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until every request that had been sent before the call is recorded, even when its client left at once.
    /// Connections without a request do not count, however long they stay open; a reply that stalls counts until its
    /// client leaves.
    pub async fn quiesce(&self) {
        self.shared.quiescence.quiesce(self.address).await;
    }

    /// Closes the listener and all connections. Exchanges that were open are recorded as left.
    pub async fn stop(self) {
        self.accepting.stop().await;
    }
}

async fn open(
    shared: Arc<SharedState>,
    authority: Arc<CertificateAuthority>,
    guard: &ConnectionGuard,
    mut tcp: TcpStream,
    port: u16,
) -> io::Result<()> {
    let (opening, rest) = timeout(OPENING_TIME, read_opening(&mut tcp, guard)).await??;
    let target = match opening {
        Opening::Plain => {
            let socket = Socket::new(Transport::Plain(Prefixed::new(rest, tcp)));
            ready(guard, connection(shared, socket, Origin::Direct(port))).await;
            return Ok(());
        }
        Opening::Tls => {
            let accepting = LazyConfigAcceptor::new(Acceptor::default(), Prefixed::new(rest, tcp));
            let hello = timeout(OPENING_TIME, accepting).await??;
            // Who calls an address instead of a name says no name.
            let host = hello.client_hello().server_name().unwrap_or("127.0.0.1").to_owned();
            let configuration = authority.configuration(&host).map_err(io::Error::other)?;
            let tls = timeout(OPENING_TIME, hello.into_stream(configuration)).await??;
            let socket = Socket::new(Transport::Tls(Box::new(tls)));
            ready(guard, connection(shared, socket, Origin::Tunnel(Target { host, port }))).await;
            return Ok(());
        }
        Opening::Malformed => return tcp.write_all(BAD_REQUEST).await,
        Opening::Tunnel(target) => target,
    };
    if !shared.service.owns(&target.host, target.port) {
        refuse(&shared, target);
        return tcp.write_all(FORBIDDEN).await;
    }
    let configuration = authority.configuration(&target.host).map_err(io::Error::other)?;
    tcp.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    let accepting = TlsAcceptor::from(configuration).accept(Prefixed::new(rest, tcp));
    let tls = timeout(OPENING_TIME, accepting).await??;
    ready(guard, connection(shared, Socket::new(Transport::Tls(Box::new(tls))), Origin::Tunnel(target))).await;
    Ok(())
}

/// Runs a connection, and says that it is ready once it has looked at its socket: what came with the opening must not be
/// missed.
async fn ready(guard: &ConnectionGuard, connection: impl Future<Output = ()>) {
    let mut connection = pin!(connection);
    let at_once = poll_fn(|context| Poll::Ready(connection.as_mut().poll(context).is_ready())).await;
    guard.opening(false);
    if !at_once {
        connection.await;
    }
}

const BAD_REQUEST: &[u8] = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
const FORBIDDEN: &[u8] = b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/// What a connection begins with.
enum Opening {
    Tunnel(Target),
    /// TLS at once, from clients that know of no proxy.
    Tls,
    Plain,
    Malformed,
}

/// Reads until it is clear what the connection is: not one byte more than needed for a plain one, the whole head for a
/// tunnel. Gives back the bytes that belong to what follows.
async fn read_opening(tcp: &mut TcpStream, guard: &ConnectionGuard) -> io::Result<(Opening, Bytes)> {
    let mut read = BytesMut::with_capacity(1024);
    loop {
        if tcp.read_buf(&mut read).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        guard.opening(true);
        if read[0] == TLS {
            return Ok((Opening::Tls, read.freeze()));
        }
        let compared = read.len().min(VERB.len());
        if read[..compared] != VERB[..compared] {
            return Ok((Opening::Plain, read.freeze()));
        }
        if let Some(length) = head_length(&read).filter(|length| *length <= LONGEST_HEAD) {
            let head = read.split_to(length);
            let opening = target(&head).map_or(Opening::Malformed, Opening::Tunnel);
            return Ok((opening, read.freeze()));
        }
        if read.len() > LONGEST_HEAD {
            return Ok((Opening::Malformed, Bytes::new()));
        }
    }
}

/// Records a tunnel that was not opened.
fn refuse(shared: &Arc<SharedState>, target: Target) {
    let request = Request {
        method: Method::CONNECT,
        scheme: Scheme::Https,
        host: target.host,
        port: target.port,
        path: String::new(),
        query: None,
        headers: HeaderMap::new(),
        body: Bytes::new(),
    };
    let mut exchange = OpenExchange::begin(shared, request, ExchangeKind::Egress);
    exchange.head(&Reply {
        status: http::StatusCode::FORBIDDEN,
        reason: None,
        headers: Vec::new(),
        body: ReplyBody::Whole(Bytes::new()),
        delay: Duration::ZERO,
    });
    exchange.finish(ExchangeEnd::Refused);
}
