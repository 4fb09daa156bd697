//! What stands behind a worker's tap: the cloud of the cell that is running, and the record of its exchanges.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use azure_openai_mock as mock;
use serde_json::Value;

use super::{WireExchange, WireKind, WireResponse};

/// The mock cloud behind one tap. A worker runs one cell at a time, so there is one cloud at a time.
pub struct CellService {
    state: Mutex<State>,
}

struct State {
    cloud: mock::Cloud,
    exchanges: Vec<mock::Exchange>,
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
        let cloud = mock::Cloud::new(mock::CloudConfig::default());
        Self { state: Mutex::new(State { cloud, exchanges: Vec::new(), prefixes: Vec::new(), at_start: None }) }
    }
}

impl CellService {
    /// A new cell begins: a new cloud, and nothing recorded but hosts that the process has contacted by itself, when it
    /// started or since the last fence.
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
        state.prefixes = prefixes;
    }

    /// What the deployment answers next.
    pub fn script(&self, deployment: &str, replies: Vec<mock::ScriptedReply>) {
        let mut state = self.state();
        for reply in replies {
            state.cloud.script(deployment, reply);
        }
    }

    /// What the deployment answers to the requests that hold a text.
    pub fn script_for(&self, deployment: &str, text: &str, replies: Vec<mock::ScriptedReply>) {
        self.state().cloud.script_for(deployment, text, replies);
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
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
        let mut state = self.state();
        state.cloud.set_now(now());
        let behind = state.prefixes.iter().find_map(|prefix| request.path.strip_prefix(prefix.as_str()));
        match behind.filter(|path| path.starts_with('/')).map(str::to_owned) {
            Some(path) => state.cloud.reply(&mock::Request { path, ..request.clone() }),
            None => state.cloud.reply(request),
        }
    }

    fn record(&self, exchange: mock::Exchange) {
        self.state().exchanges.push(exchange);
    }
}

fn fact(exchange: mock::Exchange) -> WireExchange {
    let streamed =
        header(&exchange.response_headers, "content-type").is_some_and(|kind| kind.starts_with("text/event-stream"));
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

fn response(body: &[u8], streamed: bool) -> WireResponse {
    if body.is_empty() {
        return WireResponse::None;
    }
    let text = String::from_utf8_lossy(body);
    if streamed {
        return WireResponse::Events(events(&text));
    }
    match serde_json::from_slice(body) {
        Ok(json) => WireResponse::Json(json),
        Err(_) => WireResponse::Text(text.into_owned()),
    }
}

/// The JSON of every whole `data:` frame, without `[DONE]`.
fn events(text: &str) -> Vec<Value> {
    text.split("\n\n")
        .filter_map(|frame| frame.lines().find_map(|line| line.strip_prefix("data:")))
        .filter_map(|data| serde_json::from_str(data.trim()).ok())
        .collect()
}
