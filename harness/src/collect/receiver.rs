//! The OTLP/HTTP listener of a run.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

use super::http::{answer, refused};
use super::inbox::Inbox;

/// A loopback listener with one inbox per worker. It must outlive every worker: an exporter whose collector is gone
/// blocks its flush for seconds. Dropping it ends the listener and all connections.
#[derive(Debug)]
pub struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
    listener: AbortHandle,
}

#[derive(Debug, Default)]
struct Shared {
    inboxes: Mutex<HashMap<String, Inbox>>,
    /// Requests to no inbox.
    strays: Mutex<Vec<String>>,
}

impl Receiver {
    /// Opens a port of the system's choice. Call it inside a tokio runtime, which then serves the requests.
    ///
    /// # Errors
    /// When no port can be opened.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::<Shared>::default();
        let task = tokio::spawn(listen(listener, Arc::clone(&shared)));
        Ok(Self { address, shared, listener: task.abort_handle() })
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The inbox of a name, which is a path segment; made on first use.
    pub fn inbox(&self, name: &str) -> Inbox {
        let make = || Inbox::new(format!("http://{}/{name}", self.address));
        lock(&self.shared.inboxes).entry(name.to_owned()).or_insert_with(make).clone()
    }

    /// Forgets an inbox. Requests to it are strays from now on.
    pub fn remove(&self, name: &str) {
        lock(&self.shared.inboxes).remove(name);
    }

    /// Takes the problems that belong to no inbox.
    pub fn take_problems(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.shared.strays))
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

/// Accepts connections until it is aborted, which also drops the connections.
async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, Arc::clone(&shared)));
                }
                // Out of file descriptors, most likely: they come back as connections end.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    // Without it small answers wait for the peer's delayed acknowledgement. A peer that is gone already needs none.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move { Ok::<_, Infallible>(shared.answer(request).await) }
    });
    // A connection that breaks is the worker's end; what it had sent completely is in its inbox.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

impl Shared {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let name = request.uri().path().trim_start_matches('/').split('/').next().unwrap_or_default();
        let inbox = lock(&self.inboxes).get(name).cloned();
        if let Some(inbox) = inbox {
            return answer(request, &inbox).await;
        }
        let problem = format!("{} {}: there is no such inbox", request.method(), request.uri().path());
        lock(&self.strays).push(problem.clone());
        refused(StatusCode::NOT_FOUND, problem)
    }
}

/// Nothing panics while a lock is held, so that data behind a poisoned one are whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
