//! The forwarding upstream behind the tap, against a service on this machine: what passes, when, and what does not.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use azmatrix::wire::{
    CellService, Credential, LiveUpstream, Route, SecretText, Upstream, UpstreamResource, WireExchange, WireResponse,
    secrets,
};
use azure_openai_mock::{
    CertificateAuthority, Cloud, CloudConfig, CloudOptions, Deployment, Exchange, ExchangeEnd, Listener, Pacing,
    Resource, SharedCloud, Tap,
};
use reqwest::{Certificate, Client, Proxy, RequestBuilder};
use serde_json::{Value, json};

const HOST: &str = "contoso-east.openai.azure.com";
const KEY: &str = "livekey0f7b9d3a1c5e8642b0d9f1e3a7c5b8d2";

fn cloud(resource: &str, key: &str, deployment: &str) -> CloudConfig {
    CloudConfig {
        resources: vec![Resource::new(resource, "eastus2", &[key])],
        deployments: vec![Deployment::new(deployment, resource, "gpt-4o-2024-11-20")],
        ..CloudConfig::default()
    }
}

/// A live service, the edge to it, a tap before that, and a client that believes in the scenario's host.
struct Scene {
    live: Arc<SharedCloud>,
    listener: Listener,
    service: Arc<CellService>,
    tap: Tap,
    client: Client,
}

impl Scene {
    /// With a live service that waits so long before each chunk, and an upstream that makes so many calls.
    async fn start(gap: Duration, calls: u64) -> Self {
        let pacing = Pacing { first_chunk: gap, gap, jitter: Duration::ZERO };
        let options = CloudOptions { pacing, ..CloudOptions::default() };
        let live = Arc::new(SharedCloud::new(Cloud::with_options(cloud("fabrikam", KEY, "talk-live"), options)));
        let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = Listener::start(loopback, Arc::clone(&live) as _).await.expect("it starts");
        let resource = UpstreamResource {
            address: format!("http://{}", listener.address()),
            host: "127.0.0.1".to_owned(),
            credential: Credential::Key(SecretText::new(KEY.to_owned())),
        };
        let upstream = LiveUpstream::new([("main".to_owned(), resource)], Some("2024-06-01".to_owned()), None, calls);
        let upstream = upstream.unwrap_or_else(|error| panic!("{error}"));
        assert!(!format!("{upstream:?}").contains(KEY), "the upstream does not show its key");
        let service = Arc::new(CellService::new(Upstream::Live(Arc::new(upstream))));
        service.begin(
            cloud("contoso-east", &secrets::resource_key("east"), "chat-prod"),
            CloudOptions::default(),
            Vec::new(),
        );
        let text = str::to_owned;
        service.route(vec![Route {
            host: text(HOST),
            deployment: text("chat-prod"),
            resource: text("main"),
            real: text("talk-live"),
        }]);
        let authority = Arc::new(CertificateAuthority::generate().expect("an authority can be made"));
        let tap = Tap::start(Arc::clone(&authority), Arc::clone(&service) as _).await.expect("it starts");
        let certificate = Certificate::from_pem(authority.certificate_pem().as_bytes()).expect("it is one");
        let proxy = Proxy::all(format!("http://{}", tap.address())).expect("it is a proxy");
        let client = Client::builder().tls_certs_only([certificate]).proxy(proxy).build().expect("it can be made");
        Self { live, listener, service, tap, client }
    }

    fn chat(&self, key: &str, body: &Value) -> RequestBuilder {
        let url = format!("https://{HOST}/openai/deployments/chat-prod/chat/completions?api-version=2024-10-21");
        self.client.post(url).header("api-key", key).body(body.to_string())
    }

    /// What the service was asked.
    async fn asked(&self) -> Vec<Exchange> {
        self.listener.quiesce().await;
        self.live.take_journal()
    }

    async fn recorded(&self) -> Vec<WireExchange> {
        self.tap.quiesce().await;
        self.service.take_exchanges()
    }
}

fn body(stream: bool) -> Value {
    json!({ "model": "chat-prod", "messages": [{ "role": "user", "content": "Name five winds." }], "stream": stream })
}

fn canary() -> String {
    secrets::resource_key("east")
}

#[tokio::test]
async fn an_exchange_has_the_scenarios_names_on_one_side_and_the_real_ones_on_the_other() {
    let scene = Scene::start(Duration::ZERO, 9).await;
    let answer = scene.chat(&canary(), &body(false)).send().await.expect("it answers");
    assert_eq!(answer.status(), 200);
    let asked = scene.asked().await;
    let request = &asked[0].request;
    assert_eq!(request.path, "/openai/deployments/talk-live/chat/completions");
    assert_eq!(request.query.as_deref(), Some("api-version=2024-06-01"));
    assert_eq!(request.header("api-key"), Some(KEY));
    let sent: Value = serde_json::from_slice(&request.body).expect("it is JSON");
    assert_eq!(sent["model"], "talk-live");

    let recorded = scene.recorded().await;
    let exchange = &recorded[0];
    assert_eq!((exchange.host.as_str(), exchange.status, exchange.complete), (HOST, Some(200), true));
    assert_eq!(exchange.request.as_ref().expect("it is JSON")["model"], "chat-prod");
    let shown = format!("{recorded:?}");
    assert!(shown.contains(&canary()) && !shown.contains(KEY) && !shown.contains("talk-live"), "{shown}");
    assert_eq!(exchange.response_header("x-ms-deployment-name"), Some("chat-prod"));
}

#[tokio::test]
async fn a_stream_is_passed_on_before_it_is_over() {
    let scene = Scene::start(Duration::from_millis(40), 9).await;
    let mut answer = scene.chat(&canary(), &body(true)).send().await.expect("it answers");
    let mut pieces = Vec::new();
    while let Some(piece) = answer.chunk().await.expect("it is whole") {
        if pieces.is_empty() {
            // The service records an exchange when it is over.
            assert_eq!(scene.live.journal().len(), 0, "the first piece came while the service was still speaking");
        }
        pieces.push(piece);
    }
    assert!(pieces.len() > 3, "{} pieces", pieces.len());
    let asked = scene.asked().await;
    assert_eq!(pieces.concat(), asked[0].response_body, "not one byte differs");
    let recorded = scene.recorded().await;
    assert!(matches!(&recorded[0].response, WireResponse::Events(events) if events.len() > 3));
    assert!(recorded[0].complete);
}

#[tokio::test]
async fn a_client_that_leaves_is_gone_on_both_sides() {
    let scene = Scene::start(Duration::from_millis(40), 9).await;
    let mut answer = scene.chat(&canary(), &body(true)).send().await.expect("it answers");
    answer.chunk().await.expect("it comes").expect("it is not over");
    drop(answer);
    assert_eq!(scene.asked().await[0].end, ExchangeEnd::ClientLeft);
    assert!(!scene.recorded().await[0].complete);
}

#[tokio::test]
async fn a_key_that_is_wrong_on_purpose_stays_wrong() {
    let scene = Scene::start(Duration::ZERO, 9).await;
    let answer = scene.chat(secrets::WRONG_KEY, &body(false)).send().await.expect("it answers");
    assert_eq!(answer.status(), 401);
    assert_eq!(scene.asked().await[0].request.header("api-key"), Some(secrets::WRONG_KEY));
    assert_eq!(scene.service.take_problem(), None, "the service has answered");
}

#[tokio::test]
async fn nothing_but_configured_hosts_is_reached_and_no_more_than_agreed() {
    let scene = Scene::start(Duration::ZERO, 1).await;
    let elsewhere = scene.client.get("https://example.com/").send().await;
    assert!(elsewhere.is_err(), "another host is refused");
    let first = scene.chat(&canary(), &body(false)).send().await.expect("it answers");
    assert_eq!(first.status(), 200);
    let second = scene.chat(&canary(), &body(false)).send().await.expect("it answers");
    assert_eq!(second.status(), 502);
    let problem = scene.service.take_problem();
    assert_eq!(problem.as_deref(), Some("as many calls as were agreed to have been made"));
    assert_eq!(scene.asked().await.len(), 1);
}
