//! One HTTP/1.1 connection: hyper's requests to ours, our replies to hyper's.

use std::convert::Infallible;
use std::error::Error;
use std::future::{Future as _, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, Uri};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::ext::ReasonPhrase;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::time::{sleep, timeout};

use super::authority::{Target, authority_target};
use super::body::SendBody;
use super::exchange::{ExchangeEnd, ExchangeKind};
use super::journal::{OpenExchange, SharedState};
use super::relay::{RelayStream, Relayed};
use super::socket::{Overrides, Socket};
use crate::cloud::{Reply, ReplyBody, Request, Scheme};

/// Longer bodies are refused.
const LONGEST_BODY: usize = 64 * 1024 * 1024;
/// Time for a client to send its body.
const BODY_TIME: Duration = Duration::from_secs(60);
/// Time for a client to send a head; also how long an idle connection is kept.
const HEAD_TIME: Duration = Duration::from_secs(300);

/// How a connection came to be, which decides what its requests mean.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    /// A tunnel to this target, opened by the tap.
    #[cfg(feature = "tls")]
    Tunnel(Target),
    /// A plain connection to this port of ours.
    Direct(u16),
}

/// Serves a connection until either side ends it.
pub(crate) async fn connection(shared: Arc<SharedState>, socket: Socket, origin: Origin) {
    let overrides = socket.overrides();
    let watched = Arc::clone(&shared);
    let service = service_fn(move |request| {
        // Begun at once, not when the answer is first awaited: hyper drops it unawaited when the client has gone.
        let (exchange, body) = begin(&shared, &origin, request);
        let (shared, overrides) = (Arc::clone(&shared), overrides.clone());
        async move { Ok::<_, Infallible>(answer(&shared, exchange, overrides, body).await) }
    });
    // An error here is the client's leaving or the ending that a reply asked for: the exchange says which.
    let served = http1::Builder::new()
        .auto_date_header(false)
        // Heads are written apart from bodies then, which is where ours are looked for.
        .writev(true)
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .serve_connection(TokioIo::new(socket), service);
    let mut served = pin!(served);
    let mut told = false;
    poll_fn(|context| {
        // What was begun is finished, and nothing else is taken.
        if !told && watched.is_closing() {
            told = true;
            served.as_mut().graceful_shutdown();
        }
        served.as_mut().poll(context).map(drop)
    })
    .await;
}

fn begin(shared: &Arc<SharedState>, origin: &Origin, incoming: hyper::Request<Incoming>) -> (OpenExchange, Incoming) {
    let (head, body) = incoming.into_parts();
    let place = place(origin, &head.uri, &head.headers);
    let owned = head.method != http::Method::CONNECT && shared.service.owns(&place.host, place.port);
    let request = Request {
        method: head.method,
        scheme: place.scheme,
        host: place.host,
        port: place.port,
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(str::to_owned),
        headers: head.headers,
        body: Bytes::new(),
    };
    let kind = if owned { ExchangeKind::of_owned(&request) } else { ExchangeKind::Egress };
    (OpenExchange::begin(shared, request, kind), body)
}

async fn answer(
    shared: &SharedState,
    mut exchange: OpenExchange,
    overrides: Overrides,
    body: Incoming,
) -> hyper::Response<SendBody> {
    let read = timeout(BODY_TIME, Limited::new(body, LONGEST_BODY).collect()).await;
    let body = match read {
        Ok(Ok(collected)) => collected.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            return refuse(exchange, overrides, StatusCode::PAYLOAD_TOO_LARGE, "the body is too long");
        }
        Ok(Err(error)) if is_departure(error.as_ref()) => return left(exchange),
        Ok(Err(_)) => return refuse(exchange, overrides, StatusCode::BAD_REQUEST, "the body is malformed"),
        Err(_) => {
            return refuse(exchange, overrides, StatusCode::REQUEST_TIMEOUT, "the body took too long");
        }
    };
    let Some(request) = exchange.owned_request(body) else {
        return refuse(exchange, overrides, StatusCode::FORBIDDEN, "this host is not part of the cloud");
    };
    if let Some(relay) = shared.service.relay(request) {
        return relayed(exchange, overrides, relay.await);
    }
    let reply = shared.service.reply(request);
    if !reply.delay.is_zero() {
        sleep(reply.delay).await;
    }
    respond(exchange, overrides, reply, ExchangeEnd::Complete)
}

struct Place {
    scheme: Scheme,
    host: String,
    port: u16,
}

/// The host that a request is for: the tunnel's, the one in its absolute form, or the one in its `Host`.
fn place(origin: &Origin, uri: &Uri, headers: &HeaderMap) -> Place {
    let port = match origin {
        #[cfg(feature = "tls")]
        Origin::Tunnel(target) => {
            return Place { scheme: Scheme::Https, host: target.host.clone(), port: target.port };
        }
        Origin::Direct(port) => *port,
    };
    if let Some(host) = uri.host() {
        let (scheme, default) =
            if uri.scheme_str() == Some("https") { (Scheme::Https, 443) } else { (Scheme::Http, 80) };
        return Place { scheme, host: host.to_ascii_lowercase(), port: uri.port_u16().unwrap_or(default) };
    }
    let named = headers.get(http::header::HOST).and_then(|value| value.to_str().ok()).unwrap_or("127.0.0.1");
    let target = authority_target(named)
        .or_else(|| authority_target(&format!("{named}:{port}")))
        .unwrap_or(Target { host: "127.0.0.1".to_owned(), port });
    Place { scheme: Scheme::Http, host: target.host, port: target.port }
}

/// Whether a body could not be read because its sender is gone, rather than because it is no body.
fn is_departure(error: &(dyn Error + 'static)) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    let mut cause = Some(error);
    while let Some(current) = cause {
        let kind = current.downcast_ref::<io::Error>().map(io::Error::kind);
        if matches!(kind, Some(BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)) {
            return true;
        }
        cause = current.source();
    }
    false
}

/// The client went away before its request was complete. Nobody reads this answer.
fn left(mut exchange: OpenExchange) -> hyper::Response<SendBody> {
    exchange.finish(ExchangeEnd::ClientLeft);
    hyper::Response::new(SendBody::Whole(None))
}

/// A refusal of the edge itself.
fn refuse(exchange: OpenExchange, overrides: Overrides, status: StatusCode, why: &str) -> hyper::Response<SendBody> {
    let body = format!("azure-openai-mock: {why}\n");
    let reply = Reply {
        status,
        reason: None,
        headers: vec![
            ("Connection".into(), "close".into()),
            ("Content-Length".into(), body.len().to_string().into()),
            ("Content-Type".into(), "text/plain".into()),
        ],
        body: ReplyBody::Whole(Bytes::from(body)),
        delay: Duration::ZERO,
    };
    respond(exchange, overrides, reply, ExchangeEnd::Refused)
}

/// Passes on an answer from elsewhere.
fn relayed(mut exchange: OpenExchange, overrides: Overrides, relayed: Relayed) -> hyper::Response<SendBody> {
    let (head, pieces) = match relayed {
        Relayed::Whole(reply) => return respond(exchange, overrides, reply, ExchangeEnd::Complete),
        Relayed::Stream { head, pieces } => (head, pieces),
    };
    exchange.head(&head);
    let mut response = hyper::Response::new(SendBody::Whole(None));
    *response.status_mut() = head.status;
    *response.headers_mut() = overrides.head(&head.headers, None);
    *response.body_mut() = SendBody::Relay(Box::new(RelayStream::new(pieces, exchange, overrides)));
    response
}

fn respond(
    mut exchange: OpenExchange,
    overrides: Overrides,
    reply: Reply,
    end: ExchangeEnd,
) -> hyper::Response<SendBody> {
    exchange.head(&reply);
    let mut response = hyper::Response::new(SendBody::Whole(None));
    *response.status_mut() = reply.status;
    *response.headers_mut() = overrides.head(&reply.headers, Some(&reply.body));
    if let Some(reason) = reply.reason.and_then(|reason| ReasonPhrase::try_from(reason).ok()) {
        response.extensions_mut().insert(reason);
    }
    *response.body_mut() = match reply.body {
        ReplyBody::Whole(bytes) => {
            exchange.whole(&bytes);
            exchange.finish(end);
            SendBody::Whole(Some(bytes))
        }
        ReplyBody::Stream { frames, end } => SendBody::stream(frames, end, exchange, overrides),
    };
    response
}
