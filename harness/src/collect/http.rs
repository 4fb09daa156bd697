//! One request of an exporter: which inbox, which signal, which encoding, and the answer.

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::request::Parts;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;

use super::application_insights;
use super::decode::{DecodeError, inflate};
use super::inbox::Inbox;
use super::signal::{Encoding, Signal};
use super::vendor;

/// Bytes of one body, packed or unpacked.
pub(super) const BODY_LIMIT: usize = 32 * 1024 * 1024;

/// Why a request is refused.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("there is nothing at this path; a path ends in /v1/traces, /v1/logs, /v1/metrics or /track")]
    Path,
    #[error("the method is not POST")]
    Method,
    #[error("the content type `{0}` is neither application/x-protobuf nor application/json")]
    ContentType(String),
    #[error("the content encoding `{0}` is neither gzip nor identity")]
    ContentEncoding(String),
    #[error("the body did not arrive: {0}")]
    Body(String),
    #[error("{0}")]
    Decode(String),
    #[error(transparent)]
    Unpack(#[from] DecodeError),
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Path => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::ContentType(_) | Self::ContentEncoding(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Unpack(DecodeError::TooLarge { .. }) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Body(_) | Self::Decode(_) | Self::Unpack(_) => StatusCode::BAD_REQUEST,
        }
    }
}

/// Answers a request to an inbox. A refusal is recorded there.
pub(super) async fn answer(request: Request<Incoming>, inbox: &Inbox) -> Response<Full<Bytes>> {
    let line = format!("{} {}", request.method(), request.uri().path());
    match receive(request, inbox).await {
        Ok(Accepted::Otlp(encoding)) => accepted(encoding),
        Ok(Accepted::Payload(reply)) => response(StatusCode::OK, "application/json", reply.to_string().into()),
        Ok(Accepted::ApplicationInsights(count)) => {
            response(StatusCode::OK, "application/json", application_insights::accepted(count).into())
        }
        Err(refusal) => {
            let text = format!("{line}: {refusal}");
            inbox.problem(text.clone());
            refused(refusal.status(), text)
        }
    }
}

/// An answer with a reason in words.
pub(super) fn refused(status: StatusCode, text: String) -> Response<Full<Bytes>> {
    response(status, "text/plain; charset=utf-8", Bytes::from(text))
}

/// The empty message of the signal, which is the same for all three.
fn accepted(encoding: Encoding) -> Response<Full<Bytes>> {
    match encoding {
        Encoding::Protobuf => response(StatusCode::OK, "application/x-protobuf", Bytes::new()),
        Encoding::Json => response(StatusCode::OK, "application/json", Bytes::from_static(b"{}")),
    }
}

fn response(status: StatusCode, content_type: &'static str, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// What was done with a request that is not refused.
enum Accepted {
    /// It was OTLP, and was decoded.
    Otlp(Encoding),
    /// It was for a vendor's back end, which answers this.
    Payload(serde_json::Value),
    /// It was so many envelopes for Application Insights.
    ApplicationInsights(usize),
}

/// Reads and unpacks the body before anything is refused: a secret must not be in what a vendor sends elsewhere.
async fn receive(request: Request<Incoming>, inbox: &Inbox) -> Result<Accepted, Refusal> {
    let (head, body) = request.into_parts();
    let body = unpack(&head, read(body).await?, inbox)?;
    let path = path_in_inbox(head.uri.path());
    if let Some(reply) = vendor::reply(&head.method, path, &body) {
        inbox.accept_payload(format!("{} {path}", head.method), body);
        return Ok(Accepted::Payload(reply));
    }
    if head.method == Method::POST && head.uri.path().trim_end_matches('/').ends_with("/track") {
        return inbox.accept_envelopes(body).map(Accepted::ApplicationInsights).map_err(Refusal::Decode);
    }
    match target(&head) {
        Ok((signal, encoding)) => {
            inbox.accept(signal, encoding, body).map_err(Refusal::Decode)?;
            Ok(Accepted::Otlp(encoding))
        }
        Err(refusal) => {
            inbox.keep(body);
            Err(refusal)
        }
    }
}

/// The path below the inbox's own segment.
fn path_in_inbox(path: &str) -> &str {
    let path = path.trim_start_matches('/');
    path.find('/').map_or("/", |end| &path[end..])
}

async fn read(body: Incoming) -> Result<Bytes, Refusal> {
    let body = Limited::new(body, BODY_LIMIT).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() {
            Refusal::Unpack(DecodeError::TooLarge { limit: BODY_LIMIT })
        } else {
            Refusal::Body(error.to_string())
        }
    })?;
    Ok(body.to_bytes())
}

/// The body without its content encoding. One that cannot be unpacked is kept as it came.
fn unpack(head: &Parts, body: Bytes, inbox: &Inbox) -> Result<Bytes, Refusal> {
    let unpacked = match header(&head.headers, &CONTENT_ENCODING).trim() {
        "" | "identity" => return Ok(body),
        "gzip" => inflate(&body, BODY_LIMIT).map_err(Refusal::from),
        other => Err(Refusal::ContentEncoding(other.to_owned())),
    };
    unpacked.map(Bytes::from).inspect_err(|_| inbox.keep(body))
}

fn target(head: &Parts) -> Result<(Signal, Encoding), Refusal> {
    let signal = signal(head.uri.path()).ok_or(Refusal::Path)?;
    if head.method != Method::POST {
        return Err(Refusal::Method);
    }
    Ok((signal, encoding(&head.headers)?))
}

/// The signal that a path ends in, whatever a vendor puts before it.
fn signal(path: &str) -> Option<Signal> {
    let path = path.trim_end_matches('/');
    [("/v1/traces", Signal::Traces), ("/v1/logs", Signal::Logs), ("/v1/metrics", Signal::Metrics)]
        .into_iter()
        .find(|(end, _)| path.ends_with(end))
        .map(|(_, signal)| signal)
}

fn encoding(headers: &HeaderMap) -> Result<Encoding, Refusal> {
    let text = header(headers, &CONTENT_TYPE);
    match text.split(';').next().unwrap_or_default().trim() {
        "application/x-protobuf" => Ok(Encoding::Protobuf),
        "application/json" => Ok(Encoding::Json),
        _ => Err(Refusal::ContentType(text)),
    }
}

fn header(headers: &HeaderMap, name: &http::HeaderName) -> String {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).unwrap_or_default()
}
