//! A bare hyper server that answers the same bytes as the mock: what `benches/compare.sh` measures the mock against.
//!
//! It reads the body of each request and looks at nothing. The answers are the mock's own, made once.

use std::convert::Infallible;
use std::io::Write as _;
use std::net::Ipv4Addr;

use azure_openai_mock::{Cloud, CloudConfig, ReplyBody, Request, Scheme};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::BoxBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// An answer, ready to be sent.
#[derive(Clone)]
struct Answer {
    headers: HeaderMap,
    frames: Vec<Bytes>,
    streamed: bool,
}

fn answer(body: &'static str) -> Answer {
    let mut headers = HeaderMap::new();
    headers.insert("api-key", HeaderValue::from_static("mock-key-east"));
    let reply = Cloud::new(CloudConfig::sample()).reply(&Request {
        method: Method::POST,
        scheme: Scheme::Http,
        host: "127.0.0.1".to_owned(),
        port: 80,
        path: "/openai/deployments/chat-prod/chat/completions".to_owned(),
        query: Some("api-version=2024-10-21".to_owned()),
        headers,
        body: Bytes::from_static(body.as_bytes()),
    });
    let mut headers = HeaderMap::new();
    for (name, value) in &reply.headers {
        let name = http::HeaderName::try_from(&**name).expect("a name");
        headers.append(name, HeaderValue::try_from(&**value).expect("a value"));
    }
    match reply.body {
        ReplyBody::Whole(bytes) => Answer { headers, frames: vec![bytes], streamed: false },
        ReplyBody::Stream { frames, .. } => {
            let frames = frames.into_iter().map(|frame| frame.bytes).collect();
            Answer { headers, frames, streamed: true }
        }
    }
}

async fn reply(
    request: hyper::Request<Incoming>,
    whole: Answer,
    stream: Answer,
) -> Result<hyper::Response<BoxBody<Bytes, Infallible>>, Infallible> {
    let streamed = request.headers().contains_key("x-stream");
    // Only read.
    let _ = request.into_body().collect().await;
    let answer = if streamed { stream } else { whole };
    let body = if answer.streamed {
        let frames = answer.frames.into_iter().map(|bytes| Ok(Frame::data(bytes)));
        StreamBody::new(futures_util::stream::iter(frames)).boxed()
    } else {
        Full::new(answer.frames.into_iter().next().unwrap_or_default()).boxed()
    };
    let mut response = hyper::Response::new(body);
    *response.headers_mut() = answer.headers;
    Ok(response)
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let whole = answer(include_str!("../benches/chat.json"));
    let stream = answer(include_str!("../benches/stream.json"));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "http://{}", listener.local_addr()?)?;
    out.flush()?;
    drop(out);
    loop {
        let (tcp, _) = listener.accept().await?;
        tcp.set_nodelay(true)?;
        let (whole, stream) = (whole.clone(), stream.clone());
        tokio::spawn(async move {
            let service = service_fn(move |request| reply(request, whole.clone(), stream.clone()));
            // The load tool closes its connections as it likes.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(tcp), service).await;
        });
    }
}
