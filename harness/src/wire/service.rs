//! What stands behind a worker's tap: the cloud of the cell that is running, and the record of its exchanges.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use azure_openai_mock as mock;
use serde_json::Value;

use super::{Answered, Compared, LiveUpstream, Route, WireExchange, WireKind, WireResponse, events};

/// Who answers for the model service. Sign-in is always the mock's: workers hold nothing that opens anything else.
#[derive(Clone, Debug, Default)]
pub enum Upstream {
    /// The mock cloud.
    #[default]
    Mock,
    /// Real resources. The mock answers too, unheard, to be compared.
    Live(Arc<LiveUpstream>),
}

/// The cloud behind one tap. A worker runs one cell at a time, so there is one cloud at a time.
pub struct CellService {
    upstream: Upstream,
    state: Arc<Mutex<State>>,
}

struct State {
    cloud: mock::Cloud,
    exchanges: Vec<mock::Exchange>,
    /// Where live calls go.
    routes: Arc<[Route]>,
    /// Whether the cell says what the cloud answers.
    scripted: bool,
    compared: Vec<Compared>,
    /// Why a request got no live answer: the first of its kind.
    problem: Option<String>,
    prefixes: Vec<String>,
    /// What was contacted before the first cell began, when packages were imported: a fact about every cell that runs
    /// in that process.
    at_start: Option<Vec<mock::Exchange>>,
}

/// What is right or wrong with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Nothing is wrong.
    Valid,
    /// Its time is over.
    Expired,
    /// It is for another service.
    ForeignAudience,
    /// Its application has no role on any resource.
    WithoutRole,
}

impl Default for CellService {
    fn default() -> Self {
        Self::new(Upstream::Mock)
    }
}

impl CellService {
    /// A service with nothing in its cloud yet.
    pub fn new(upstream: Upstream) -> Self {
        let state = State {
            cloud: mock::Cloud::new(mock::CloudConfig::default()),
            exchanges: Vec::new(),
            routes: Arc::default(),
            scripted: false,
            compared: Vec::new(),
            problem: None,
            prefixes: Vec::new(),
            at_start: None,
        };
        Self { upstream, state: Arc::new(Mutex::new(state)) }
    }

    /// A new cell begins: a new cloud, and nothing recorded but hosts that the process has contacted by itself, when it
    /// started or since the last flush boundary.
    ///
    /// `prefixes` are paths that a gateway takes off.
    pub fn begin(&self, config: mock::CloudConfig, options: mock::CloudOptions, prefixes: Vec<String>) {
        let mut state = self.state();
        let state = &mut *state;
        state.exchanges.retain(|exchange| exchange.kind == mock::ExchangeKind::Egress);
        match &state.at_start {
            Some(at_start) => state.exchanges.extend_from_slice(at_start),
            None => state.at_start = Some(state.exchanges.clone()),
        }
        state.cloud = mock::Cloud::with_options(config, options);
        state.routes = Arc::default();
        state.scripted = false;
        state.compared.clear();
        state.problem = None;
        state.prefixes = prefixes;
    }

    /// Where the live calls of the cell go.
    pub fn route(&self, routes: Vec<Route>) {
        self.state().routes = routes.into();
    }

    /// Takes the live answers of the cell, each with the mock's.
    pub fn take_compared(&self) -> Vec<Compared> {
        std::mem::take(&mut self.state().compared)
    }

    /// Why a request of the cell got no live answer.
    pub fn take_problem(&self) -> Option<String> {
        self.state().problem.take()
    }

    /// What the deployment answers next.
    pub fn script(&self, deployment: &str, replies: Vec<mock::ScriptedReply>) {
        let mut state = self.state();
        state.scripted = true;
        for reply in replies {
            state.cloud.script(deployment, reply);
        }
    }

    /// What the deployment answers to the requests that hold a text.
    pub fn script_for(&self, deployment: &str, text: &str, replies: Vec<mock::ScriptedReply>) {
        let mut state = self.state();
        state.scripted = true;
        state.cloud.script_for(deployment, text, replies);
    }

    /// A token of the application, which the cloud accepts or has a reason to refuse.
    pub fn issue_token(&self, kind: TokenKind) -> String {
        const LIFETIME: u64 = 3600;
        let now = now();
        let role = "Cognitive Services OpenAI User".to_owned();
        let service =
            if kind == TokenKind::ForeignAudience { "graph.microsoft.com" } else { "cognitiveservices.azure.com" };
        self.state().cloud.issue_token(mock::TokenSpec {
            tenant: super::secrets::TENANT.to_owned(),
            client_id: super::secrets::CLIENT_ID.to_owned(),
            object_id: "aaaaaaaa-0000-4000-8000-000000000001".to_owned(),
            audience: format!("https://{service}"),
            roles: if kind == TokenKind::WithoutRole { Vec::new() } else { vec![role] },
            issued_at: if kind == TokenKind::Expired { now.saturating_sub(2 * LIFETIME) } else { now },
            expires_in: LIFETIME,
        })
    }

    /// Takes what was recorded since this was last called.
    pub fn take_exchanges(&self) -> Vec<WireExchange> {
        let mut exchanges = std::mem::take(&mut self.state().exchanges);
        exchanges.sort_by_key(|exchange| exchange.ordinal);
        exchanges.into_iter().map(fact).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// Tokens expire by the real clock, because the real identity libraries measure with it.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

impl mock::Service for CellService {
    fn owns(&self, host: &str, port: u16) -> bool {
        self.state().cloud.owns(host, port)
    }

    fn reply(&self, request: &mock::Request) -> mock::Reply {
        let state = self.state();
        state.cloud.set_now(now());
        let behind = state.behind_gateway(request);
        state.cloud.reply(&behind)
    }

    fn relay(&self, request: &mock::Request) -> Option<mock::Relay> {
        let Upstream::Live(upstream) = &self.upstream else { return None };
        let state = self.state();
        let routes = Arc::clone(&state.routes);
        let is_routed = routes.iter().any(|route| route.host.eq_ignore_ascii_case(&request.host));
        if !is_routed || mock::ExchangeKind::of_owned(request) != mock::ExchangeKind::Model {
            return None;
        }
        let request = state.behind_gateway(request).into_owned();
        drop(state);
        let (upstream, state) = (Arc::clone(upstream), Arc::clone(&self.state));
        Some(Box::pin(async move {
            upstream.forward(request, &routes).await.unwrap_or_else(|error| {
                lock(&state).problem.get_or_insert_with(|| error.to_string());
                unanswered()
            })
        }))
    }

    fn record(&self, exchange: mock::Exchange) {
        let mut state = self.state();
        if matches!(self.upstream, Upstream::Live(_)) {
            let compared = state.compared(&exchange);
            state.compared.extend(compared);
        }
        state.exchanges.push(exchange);
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the application sees when there is no live answer; the cell is broken, and says why.
fn unanswered() -> mock::Relayed {
    let body = r#"{"error":{"code":"NoLiveAnswer","message":"the live service gave no answer"}}"#;
    mock::Relayed::Whole(mock::Reply {
        status: http::StatusCode::BAD_GATEWAY,
        reason: None,
        headers: vec![
            ("Content-Length".into(), body.len().to_string().into()),
            ("Content-Type".into(), "application/json".into()),
        ],
        body: mock::ReplyBody::Whole(body.into()),
        delay: std::time::Duration::ZERO,
    })
}

impl State {
    /// The request as it is behind a gateway that takes its own path off.
    fn behind_gateway<'a>(&self, request: &'a mock::Request) -> Cow<'a, mock::Request> {
        let behind = self.prefixes.iter().find_map(|prefix| request.path.strip_prefix(prefix.as_str()));
        match behind.filter(|path| path.starts_with('/')).map(str::to_owned) {
            Some(path) => Cow::Owned(mock::Request { path, ..request.clone() }),
            None => Cow::Borrowed(request),
        }
    }

    /// A live answer with the mock's to the same request. An answer that is not whole says nothing about shapes, and a
    /// refusal nothing where the mock has an answer ready: it must not be used up.
    fn compared(&mut self, exchange: &mock::Exchange) -> Option<Compared> {
        let status = exchange.status.filter(|_| exchange.kind == mock::ExchangeKind::Model)?;
        let request: Option<Value> = serde_json::from_slice(&exchange.request.body).ok();
        // What the live service remembers, the mock never heard.
        let goes_on = request.is_some_and(|request| request["previous_response_id"].is_string());
        if exchange.end != mock::ExchangeEnd::Complete || (status >= 400 && self.scripted) || goes_on {
            return None;
        }
        self.cloud.set_now(now());
        let request = self.behind_gateway(&exchange.request);
        let reply = self.cloud.reply(&request);
        let body = reply.bytes();
        let live = Answered::new(status, exchange.response_headers.clone(), &exchange.response_body);
        let headers = reply.headers.into_iter().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        let mock = Answered::new(reply.status.as_u16(), headers, &body);
        Some(Compared { surface: surface(exchange), live, mock })
    }
}

/// What was called, in a word or two.
fn surface(exchange: &mock::Exchange) -> String {
    let segments: Vec<&str> = exchange.request.path.split('/').filter(|segment| !segment.is_empty()).collect();
    let what = match segments.as_slice() {
        [.., "chat", "completions"] => "chat",
        [.., "embeddings"] => "embeddings",
        path if path.contains(&"responses") => "responses",
        [.., last] => last,
        [] => "the root",
    };
    let refused = exchange.status.filter(|status| *status >= 400);
    match refused {
        Some(status) => format!("{what} {status}"),
        None if is_stream(&exchange.response_headers) => format!("{what} stream"),
        None => what.to_owned(),
    }
}

fn fact(exchange: mock::Exchange) -> WireExchange {
    let streamed = is_stream(&exchange.response_headers);
    WireExchange {
        kind: match exchange.kind {
            mock::ExchangeKind::Model => WireKind::Model,
            mock::ExchangeKind::Identity => WireKind::Identity,
            mock::ExchangeKind::Egress => WireKind::Egress,
        },
        host: exchange.request.host.clone(),
        port: exchange.request.port,
        method: exchange.request.method.to_string(),
        path: exchange.request.path.clone(),
        query: exchange.request.query.clone(),
        request_headers: exchange
            .request
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect(),
        request: serde_json::from_slice(&exchange.request.body).ok(),
        status: exchange.status,
        response: response(&exchange.response_body, streamed),
        response_headers: exchange
            .response_headers
            .into_iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .collect(),
        complete: exchange.end == mock::ExchangeEnd::Complete,
    }
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// Whether the headers are those of server-sent events.
pub(super) fn is_stream(headers: &[(String, String)]) -> bool {
    header(headers, "content-type").is_some_and(|kind| kind.starts_with("text/event-stream"))
}

pub(super) fn response(body: &[u8], streamed: bool) -> WireResponse {
    if body.is_empty() {
        return WireResponse::None;
    }
    let text = String::from_utf8_lossy(body);
    if streamed {
        return WireResponse::Events(events::documents(&text));
    }
    match serde_json::from_slice(body) {
        Ok(json) => WireResponse::Json(json),
        Err(_) => WireResponse::Text(text.into_owned()),
    }
}
