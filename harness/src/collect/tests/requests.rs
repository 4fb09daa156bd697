use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use prost::Message;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::bodies::gzip;
use super::encode;
use crate::collect::{Inbox, Receiver};
use crate::telemetry::{MetricData, Payload, Span, SpanKind, Status, Value, arbitrary};

/// Status line and body of the answer to one request on its own connection.
async fn send(port: u16, head: &str, body: &[u8]) -> (String, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.expect("the receiver listens");
    let head = format!("{head}\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).await.expect("the receiver reads");
    // The receiver may answer before it has read a body that it refuses.
    let _ = stream.write_all(body).await;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("the receiver answers");
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
    (head.lines().next().unwrap_or_default().to_owned(), body.to_owned())
}

async fn post(inbox: &Inbox, path: &str, headers: &str, body: &[u8]) -> (String, String) {
    let endpoint = inbox.endpoint();
    let (host, name) = endpoint.strip_prefix("http://").and_then(|rest| rest.split_once('/')).expect("a loopback URL");
    let port = host.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).expect("a port");
    send(port, &format!("POST /{name}{path} HTTP/1.1\r\n{headers}"), body).await
}

const PROTOBUF: &str = "Content-Type: application/x-protobuf";
const JSON: &str = "Content-Type: application/json; charset=utf-8";

/// Some span, the same in every run.
fn span() -> Span {
    arbitrary::span().new_tree(&mut TestRunner::deterministic()).expect("the strategy gives spans").current()
}

#[tokio::test]
async fn all_signals_and_encodings_arrive() {
    let receiver = Receiver::start().await.expect("a loopback port");
    let inbox = receiver.inbox("py-1");
    let message = encode::traces(&[span()]);
    let body = message.encode_to_vec();
    let json = serde_json::to_vec(&message).expect("OTLP messages are JSON");
    let ok = "HTTP/1.1 200 OK";
    assert_eq!(post(&inbox, "/v1/traces", PROTOBUF, &body).await, (ok.to_owned(), String::new()));
    assert_eq!(post(&inbox, "/otel/project/v1/traces", JSON, &json).await, (ok.to_owned(), "{}".to_owned()));
    let packed = format!("{PROTOBUF}\r\nContent-Encoding: gzip");
    assert_eq!(post(&inbox, "/v1/traces", &packed, &gzip(&body)).await.0, ok);
    assert_eq!(post(&inbox, "/v1/logs", PROTOBUF, &[]).await.0, ok);
    assert_eq!(post(&inbox, "/v1/metrics", JSON, b"{}").await.0, ok);
    let taken = inbox.take();
    assert_eq!(taken.telemetry.spans, [span(), span(), span()]);
    assert_eq!(taken.problems, Vec::<String>::new());
    assert_eq!(taken.raw_bytes, [&body[..], &json, &body, b"", b"{}"]);
    assert_eq!(inbox.take(), crate::collect::Received::default());
}

#[tokio::test]
async fn a_vendors_session_is_answered_and_kept() {
    let receiver = Receiver::start().await.expect("a loopback port");
    let inbox = receiver.inbox("py-1");
    let body = r#"{"session":{"session_id":"session-1","user_properties":{"user_id":"ingrid"}}}"#;
    let (status, answer) = post(&inbox, "/session/start", JSON, body.as_bytes()).await;
    assert_eq!(status, "HTTP/1.1 200 OK");
    let answer: serde_json::Value = serde_json::from_str(&answer).expect("the answer is JSON");
    assert_eq!(answer["session_id"], "session-1");
    let members: Vec<&str> = answer.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    assert_eq!(members, ["event_id", "org_id", "project_id", "session_id", "workspace_id"]);
    let taken = inbox.take();
    let payload = Payload { request: "POST /session/start".to_owned(), body: body.to_owned() };
    assert_eq!((taken.telemetry.payloads, taken.problems), (vec![payload], Vec::new()));
    // A secret must not be in it either.
    assert_eq!(taken.raw_bytes, [body.as_bytes()]);

    post(&inbox, "/session/start", JSON, b"{}").await;
    inbox.forget_payloads();
    assert!(inbox.take().telemetry.is_empty());
}

#[tokio::test]
async fn what_is_wrong_is_answered_and_recorded() {
    let receiver = Receiver::start().await.expect("a loopback port");
    let inbox = receiver.inbox("py-1");
    let cases: [(&str, &str, &[u8], &str, &str); 6] = [
        (
            "/v1/traces",
            JSON,
            b"{",
            "400 Bad Request",
            "the body is not the JSON of its path: EOF while parsing an object at line 1 column 1",
        ),
        (
            "/v1/traces",
            "X-A: b",
            b"a",
            "415 Unsupported Media Type",
            "the content type `` is neither application/x-protobuf nor application/json",
        ),
        (
            "/v1/spans",
            PROTOBUF,
            b"b",
            "404 Not Found",
            "there is nothing at this path; a path ends in /v1/traces, /v1/logs, /v1/metrics or /track",
        ),
        (
            "/v1/logs",
            "Content-Type: application/x-protobuf\r\nContent-Encoding: br",
            b"c",
            "415 Unsupported Media Type",
            "the content encoding `br` is neither gzip nor identity",
        ),
        (
            "/v1/logs",
            "Content-Type: application/x-protobuf\r\nContent-Encoding: gzip",
            b"no",
            "400 Bad Request",
            "the body is not gzip: unexpected end of file",
        ),
        (
            "/v1/traces",
            PROTOBUF,
            b"\xff",
            "400 Bad Request",
            "the body is no OTLP protobuf message: failed to decode Protobuf message: invalid varint",
        ),
    ];
    let mut expected = Vec::new();
    for (path, headers, body, status, problem) in cases {
        let problem = format!("POST /py-1{path}: {problem}");
        assert_eq!(post(&inbox, path, headers, body).await, (format!("HTTP/1.1 {status}"), problem.clone()));
        expected.push(problem);
    }
    let taken = inbox.take();
    assert_eq!(taken.problems, expected);
    assert_eq!(taken.raw_bytes, [&b"{"[..], b"a", b"b", b"c", b"no", b"\xff"]);
    let get = send(receiver.port(), "GET /py-1/v1/traces HTTP/1.1", b"").await;
    assert_eq!(get.0, "HTTP/1.1 405 Method Not Allowed");
}

#[tokio::test]
async fn a_request_to_no_inbox_is_a_problem_of_the_receiver() {
    let receiver = Receiver::start().await.expect("a loopback port");
    let (status, _) = send(receiver.port(), "POST /nobody/v1/traces HTTP/1.1", b"").await;
    assert_eq!(status, "HTTP/1.1 404 Not Found");
    assert_eq!(receiver.take_problems(), ["POST /nobody/v1/traces: there is no such inbox"]);
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_unread() {
    let receiver = Receiver::start().await.expect("a loopback port");
    let inbox = receiver.inbox("py-1");
    let packed = gzip(&vec![0; crate::collect::http::BODY_LIMIT + 1]);
    let (status, _) = post(&inbox, "/v1/traces", &format!("{PROTOBUF}\r\nContent-Encoding: gzip"), &packed).await;
    assert_eq!(status, "HTTP/1.1 413 Payload Too Large");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_inboxes_at_once_stay_apart() {
    let receiver = Receiver::start().await.expect("a loopback port");
    let mut tasks = tokio::task::JoinSet::new();
    for worker in 0..16 {
        let inbox = receiver.inbox(&format!("worker-{worker}"));
        tasks.spawn(async move {
            for step in 0..8 {
                let mut span = span();
                span.name = format!("{worker}-{step}");
                let body = encode::traces(&[span]).encode_to_vec();
                post(&inbox, "/v1/traces", PROTOBUF, &body).await;
                // The answer came, so the span must be there: no waiting.
                let names: Vec<_> = inbox.take().telemetry.spans.into_iter().map(|span| span.name).collect();
                assert_eq!(names, [format!("{worker}-{step}")]);
            }
        });
    }
    while let Some(result) = tasks.join_next().await {
        result.expect("no task fails");
    }
    assert_eq!(receiver.take_problems(), Vec::<String>::new());
}

#[tokio::test]
async fn one_connection_serves_many_requests() {
    let receiver = Receiver::start().await.expect("a loopback port");
    let inbox = receiver.inbox("py-1");
    let mut stream = TcpStream::connect(("127.0.0.1", receiver.port())).await.expect("the receiver listens");
    for _ in 0..3 {
        let request =
            format!("POST /py-1/v1/logs HTTP/1.1\r\nHost: localhost\r\n{PROTOBUF}\r\nContent-Length: 0\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("the receiver reads");
        let mut answer = [0; 1024];
        let length = stream.read(&mut answer).await.expect("the receiver answers");
        assert!(answer[..length].starts_with(b"HTTP/1.1 200 OK"));
    }
    assert_eq!(inbox.take().raw_bytes.len(), 3);
}

#[tokio::test]
async fn envelopes_for_application_insights_are_read_and_counted() {
    let receiver = Receiver::start().await.expect("a loopback port");
    let inbox = receiver.inbox("py-1");
    let tags = r#"{"ai.operation.id":"01010101010101010101010101010101","ai.operation.parentId":"0202020202020202","ai.session.id":"s-1"}"#;
    let dependency = format!(
        r#"{{"time":"2026-11-20T06:00:00.250000Z","tags":{tags},"data":{{"baseType":"RemoteDependencyData","baseData":{{"name":"chat","id":"0303030303030303","duration":"0.00:00:01.002","success":false,"type":"GenAI | openai","properties":{{"gen_ai.usage.input_tokens":"27"}}}}}}}}"#
    );
    let inside = tags.replace("0202020202020202", "0303030303030303");
    let event = format!(
        r#"{{"time":"2026-11-20T06:00:00.3Z","tags":{inside},"data":{{"baseType":"ExceptionData","baseData":{{"exceptions":[{{"typeName":"E","message":"no"}}]}}}}}}"#
    );
    let log = format!(
        r#"{{"time":"2026-11-20T06:00:00.4Z","tags":{inside},"data":{{"baseType":"MessageData","baseData":{{"message":"n/a","severityLevel":"Information"}}}}}}"#
    );
    let metric = r#"{"time":"2026-11-20T06:00:00Z","data":{"baseType":"MetricData","baseData":{"metrics":[{"name":"tokens","value":27.0,"count":1,"min":27.0,"max":27.0}]}}}"#;
    let array = format!("[{dependency},{event},{log},{metric}]");
    let (status, answer) = post(&inbox, "/v2.1/track", JSON, array.as_bytes()).await;
    assert_eq!(status, "HTTP/1.1 200 OK");
    assert_eq!(answer, r#"{"appId":null,"errors":[],"itemsAccepted":4,"itemsReceived":4}"#);
    let taken = inbox.take();
    assert_eq!(taken.problems, Vec::<String>::new());
    let [span] = taken.telemetry.spans.as_slice() else { panic!("one span: {:?}", taken.telemetry.spans) };
    assert_eq!((span.start.0, span.end.0 - span.start.0), (1_795_154_400_250_000_000, 1_002_000_000));
    assert_eq!((span.kind, &span.status), (SpanKind::Client, &Status::Error(String::new())));
    assert_eq!(span.attributes["gen_ai.usage.input_tokens"], Value::String("27".to_owned()));
    assert_eq!(span.attributes["ai.session.id"], Value::String("s-1".to_owned()));
    assert_eq!(span.events[0].name, "exception");
    assert_eq!((taken.telemetry.logs[0].span, taken.telemetry.logs[0].severity), (Some(span.id), 9));
    assert!(matches!(&taken.telemetry.metrics[0].data, MetricData::Histogram(points) if points[0].count == 1));

    let lines = format!("{dependency}\n{metric}\n");
    let (_, answer) = post(&inbox, "/v2.1/track", JSON, lines.as_bytes()).await;
    assert!(answer.contains(r#""itemsAccepted":2"#), "{answer}");
    let unknown = r#"[{"time":"soon","data":{"baseType":"PageViewData","baseData":{}}}]"#;
    post(&inbox, "/v2.1/track", JSON, unknown.as_bytes()).await;
    let problems = inbox.take().problems;
    assert_eq!(problems, ["`soon` of a PageViewData is no time", "an envelope of the unknown type `PageViewData`"]);
}
