//! The tap, through a client that believes it talks to Azure.

use std::error::Error as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use azure_openai_mock::{
    CertificateAuthority, Cloud, CloudConfig, ExchangeEnd, ExchangeKind, Request, Scheme, SharedCloud, StreamFaultKind,
    Tap,
};
use futures_util::StreamExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{CHAT, HELLO, STREAM, Scene, scene};

#[tokio::test]
async fn a_whole_answer_is_recorded_before_the_client_has_it() {
    let scene = scene().await;
    for round in 0..50 {
        let response = scene.chat(HELLO).await;
        assert_eq!(response.headers()["x-ms-deployment-name"], "chat-prod");
        let body = response.bytes().await.expect("a body");
        let journal = scene.cloud.take_journal();
        let [exchange] = journal.as_slice() else { panic!("one exchange, not {}", journal.len()) };
        assert_eq!(
            (exchange.ordinal, exchange.kind, exchange.end),
            (round, ExchangeKind::Model, ExchangeEnd::Complete)
        );
        assert_eq!(exchange.status, Some(200));
        assert_eq!(exchange.response_body, body);
        let Request { host, port, scheme, path, query, .. } = &exchange.request;
        assert_eq!((host.as_str(), *port, *scheme), ("contoso-east.openai.azure.com", 443, Scheme::Https));
        assert_eq!(path, "/openai/deployments/chat-prod/chat/completions");
        assert_eq!(query.as_deref(), Some("api-version=2024-10-21"));
        assert_eq!(exchange.request.body, HELLO);
    }
}

#[tokio::test]
async fn headers_are_those_of_the_cloud_and_no_others() {
    let scene = scene().await;
    let response = scene.chat(HELLO).await;
    let received: Vec<String> = response.headers().keys().map(|name| name.as_str().to_owned()).collect();
    let journal = scene.cloud.take_journal();
    let sent: Vec<String> = journal[0].response_headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    assert_eq!(received, sent);
}

#[tokio::test]
async fn frames_arrive_one_by_one_with_their_gaps() {
    let scene = scene().await;
    let gap = Duration::from_millis(40);
    scene.script(gap, None);
    let mut chunks = scene.chat(STREAM).await.bytes_stream();
    let mut times = Vec::new();
    let mut body = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.expect("a chunk");
        times.push(Instant::now());
        body.extend_from_slice(&chunk);
    }
    // On a busy machine two events may come in one read, but never all of them.
    let (first, last) = (times[0], times[times.len() - 1]);
    assert!(times.len() > 2 && last - first >= gap * 3, "{} reads in {:?}", times.len(), last - first);
    let journal = scene.cloud.take_journal();
    assert_eq!(journal[0].end, ExchangeEnd::Complete);
    assert_eq!(journal[0].response_body, body);
    // Counted from the first frame, so that small delays do not add up.
    let frames = &journal[0].frames;
    assert!(frames.iter().zip(0_u32..).all(|(frame, position)| frame.at >= frames[0].at + gap * position));
}

#[tokio::test]
async fn a_reset_is_an_error_of_the_connection_after_all_that_was_sent() {
    let scene = scene().await;
    scene.script(Duration::ZERO, Some((StreamFaultKind::Reset, 1)));
    let mut chunks = scene.chat(STREAM).await.bytes_stream();
    let mut body = Vec::new();
    let error = loop {
        match chunks.next().await.expect("an error before the end") {
            Ok(chunk) => body.extend_from_slice(&chunk),
            Err(error) => break error,
        }
    };
    assert!(String::from_utf8_lossy(&body).contains("Why"));
    let mut chain = String::new();
    let mut cause = error.source();
    while let Some(inner) = cause {
        chain = format!("{chain} / {inner}");
        cause = inner.source();
    }
    assert!(chain.contains("reset"), "{chain}");
    let journal = scene.cloud.take_journal();
    assert_eq!((journal[0].end, journal[0].frames.len()), (ExchangeEnd::Reset, 3));
    assert_eq!(journal[0].response_body, body);
}

#[tokio::test]
async fn a_stream_without_an_end_is_an_incomplete_message() {
    let scene = scene().await;
    scene.script(Duration::ZERO, Some((StreamFaultKind::Eof, 1)));
    let response = scene.chat(STREAM).await;
    assert!(response.bytes().await.is_err());
    assert_eq!(scene.cloud.take_journal()[0].end, ExchangeEnd::Eof);
}

#[tokio::test]
async fn a_stall_lasts_until_the_client_leaves() {
    let scene = scene().await;
    scene.script(Duration::ZERO, Some((StreamFaultKind::Stall, 2)));
    let mut chunks = scene.chat(STREAM).await.bytes_stream();
    let mut body = Vec::new();
    while !String::from_utf8_lossy(&body).contains(" not") {
        body.extend_from_slice(&chunks.next().await.expect("more").expect("a chunk"));
    }
    assert!(tokio::time::timeout(Duration::from_millis(50), chunks.next()).await.is_err());
    assert!(scene.cloud.take_journal().is_empty());
    drop(chunks);
    scene.tap.quiesce().await;
    let journal = scene.cloud.take_journal();
    assert_eq!((journal[0].end, journal[0].frames.len()), (ExchangeEnd::Stalled, 4));
}

#[tokio::test]
async fn quiescence_waits_for_a_client_that_left_and_not_for_one_that_idles() {
    let scene = scene().await;
    scene.script(Duration::from_secs(30), None);
    let mut chunks = scene.chat(STREAM).await.bytes_stream();
    let first = chunks.next().await.expect("a chunk").expect("no error");
    drop(chunks);
    scene.tap.quiesce().await;
    let journal = scene.cloud.take_journal();
    assert_eq!(journal[0].end, ExchangeEnd::ClientLeft);
    assert_eq!(journal[0].response_body, first);
    // This connection stays open in the client's pool.
    let _ = scene.chat(HELLO).await.bytes().await;
    scene.tap.quiesce().await;
    assert_eq!(scene.cloud.take_journal().len(), 1);
}

#[tokio::test]
async fn a_client_that_gives_up_waiting_for_the_head_is_recorded_without_a_status() {
    let scene = scene().await;
    let reply =
        azure_openai_mock::ChatReply { delay: Duration::from_secs(30), ..azure_openai_mock::ChatReply::text("late") };
    scene.cloud.cloud().script("chat-prod", azure_openai_mock::ScriptedReply::Chat(reply));
    let request = scene.client.post(CHAT).header("api-key", "mock-key-east").body(HELLO);
    assert!(request.timeout(Duration::from_millis(300)).send().await.is_err());
    scene.tap.quiesce().await;
    let journal = scene.cloud.take_journal();
    assert_eq!((journal[0].end, journal[0].status), (ExchangeEnd::ClientLeft, None));
    assert_eq!(journal[0].request.body, HELLO);
}

#[tokio::test]
async fn hosts_of_others_are_refused_and_recorded() {
    let scene = scene().await;
    assert!(scene.client.get("https://example.com/secret").send().await.is_err());
    let plain = scene.client.get("http://example.com/secret").send().await.expect("a response");
    assert_eq!(plain.status(), 403);
    let journal = scene.cloud.take_journal();
    let seen: Vec<_> = journal
        .iter()
        .map(|exchange| (exchange.kind, exchange.end, exchange.request.host.as_str(), exchange.request.port))
        .collect();
    let refused = |port| (ExchangeKind::Egress, ExchangeEnd::Refused, "example.com", port);
    assert_eq!(seen, [refused(443), refused(80)]);
}

/// Sends bytes to the tap and gives back what it answers until it closes, which the request asks it to do.
async fn raw(scene: &Scene, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(scene.tap.address()).await.expect("a connection");
    stream.write_all(bytes).await.expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("an answer");
    String::from_utf8_lossy(&answer).into_owned()
}

/// Sends bytes that may be no request at all, and then nothing more.
async fn nonsense(scene: &Scene, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(scene.tap.address()).await.expect("a connection");
    // The tap may close before it has read everything.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn the_tap_is_the_metadata_service_of_its_machine() {
    let scene = scene().await;
    let answer = raw(
        &scene,
        b"GET /metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://ai.azure.com HTTP/1.1\r\nHost: 127.0.0.1:1\r\nMetadata: true\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    let journal = scene.cloud.take_journal();
    assert_eq!((journal[0].kind, journal[0].request.host.as_str()), (ExchangeKind::Identity, "127.0.0.1"));
}

#[tokio::test]
async fn the_reason_phrase_is_the_services_own() {
    let scene = scene().await;
    let answer = raw(
        &scene,
        b"POST /openai/deployments/chat-prod/chat/completions?api-version=2024-10-21 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 401 PermissionDenied\r\n"), "{answer}");
}

#[tokio::test]
async fn nonsense_ends_its_own_connection_and_nothing_else() {
    let scene = scene().await;
    let long = [b"CONNECT ".as_slice(), &vec![b'a'; 20_000], b":443 HTTP/1.1\r\n\r\n"].concat();
    for bytes in [
        b"CONNECT nowhere HTTP/1.1\r\n\r\n".as_slice(),
        b"CONN",
        b"CONNECT contoso-east.openai.azure.com:443 HTTP/1.1\r\n\r\nnot a client hello",
        b"\x16\x03\x01\x00\x00",
        b"GET http://[::/ HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: \xff\r\n\r\n",
        b"",
        &long,
    ] {
        let _ = nonsense(&scene, bytes).await;
    }
    let answer = nonsense(&scene, &long).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 Bad Request"), "{answer}");
    assert_eq!(scene.chat(HELLO).await.status(), 200);
    scene.tap.quiesce().await;
}

#[tokio::test]
async fn stopping_closes_what_is_open() {
    let scene = scene().await;
    scene.script(Duration::ZERO, Some((StreamFaultKind::Stall, 0)));
    let response = scene.chat(STREAM).await;
    scene.tap.stop().await;
    assert!(response.bytes().await.is_err());
    assert_eq!(scene.cloud.take_journal()[0].end, ExchangeEnd::Stalled);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quiescence_waits_for_requests_that_nobody_has_read_yet() {
    let scene = scene().await;
    for round in 1..=200 {
        let mut stream = TcpStream::connect(scene.tap.address()).await.expect("a connection");
        let head = b"GET /metadata/identity/oauth2/token HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
        stream.write_all(head).await.expect("a request");
        // Half of the clients leave at once, the others stay.
        let kept = (round % 2 == 0).then_some(stream);
        scene.tap.quiesce().await;
        assert_eq!(scene.cloud.take_journal().len(), 1, "round {round}");
        if let Some(mut stream) = kept {
            stream.write_all(head).await.expect("another request");
            scene.tap.quiesce().await;
            assert_eq!(scene.cloud.take_journal().len(), 1, "round {round}, kept alive");
        }
    }
}

#[tokio::test]
async fn a_body_that_never_came_whole_is_told_from_one_that_is_no_body() {
    let scene = scene().await;
    let check = async |rest: &str, status: Option<u16>, end: ExchangeEnd| {
        let head = "POST /openai/v1/embeddings HTTP/1.1\r\nHost: localhost\r\n";
        let _ = nonsense(&scene, format!("{head}{rest}").as_bytes()).await;
        scene.tap.quiesce().await;
        let journal = scene.cloud.take_journal();
        assert_eq!((journal.len(), journal[0].status, journal[0].end), (1, status, end), "{rest}");
    };
    check("Content-Length: 10\r\n\r\nabc", None, ExchangeEnd::ClientLeft).await;
    check("Transfer-Encoding: chunked\r\n\r\nzz\r\n", Some(400), ExchangeEnd::Refused).await;
}

#[tokio::test]
async fn a_client_that_knows_of_no_proxy_is_answered_in_the_name_it_asks_for() {
    let authority = Arc::new(CertificateAuthority::generate().expect("an authority"));
    let cloud = Arc::new(SharedCloud::new(Cloud::new(CloudConfig::sample())));
    let root = reqwest::Certificate::from_pem(authority.certificate_pem().as_bytes()).expect("a root");
    let tap = Tap::start(authority, Arc::clone(&cloud) as _).await.expect("a port");
    let _ = rustls::crypto::ring::default_provider().install_default();
    // As a hosts file would have it.
    let host = "contoso-east.openai.azure.com";
    let client = reqwest::Client::builder().no_proxy().resolve(host, tap.address()).tls_certs_only([root]);
    let client = client.build().expect("a client");
    let ask = async |host: &str| {
        let path = "openai/deployments/chat-prod/chat/completions?api-version=2024-10-21";
        let url = format!("https://{host}:{}/{path}", tap.address().port());
        client.post(url).header("api-key", "mock-key-east").body(HELLO).send().await.expect("a response").status()
    };
    assert_eq!(ask(host).await, 200);
    assert_eq!(ask("127.0.0.1").await, 200);
    let journal = cloud.take_journal();
    assert_eq!((journal[0].request.host.as_str(), journal[0].request.scheme), (host, Scheme::Https));
}
