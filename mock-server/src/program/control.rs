//! The control path: what a test in any language tells the cloud, and asks it.
//!
//! Off unless asked for, on this machine only, and only for those who have the token.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};

use crate::cloud::{Reply, ReplyBody, Request, Rule};
use crate::front::SharedCloud;
use crate::replies::{Entry, Replies};
use crate::testing::Received;

/// Where it is.
pub(super) const PATH: &str = "/_mock";
/// Headers whose values are nobody's business.
const SECRET: [&str; 3] = ["api-key", "authorization", "x-identity-header"];

/// The control path of one server.
pub(super) struct Control {
    pub(super) token: String,
    /// What the file of replies says, which is there again after a reset.
    pub(super) rules: Vec<Rule>,
}

/// A token that nobody can guess who is not told.
pub(super) fn new_token() -> String {
    // Seeded by the system for every process and counted from there on, for hash maps that nobody can attack.
    let word = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", word(), word())
}

impl Control {
    /// Whether a request is for it.
    pub(super) fn is_asked(request: &Request) -> bool {
        request.path.strip_prefix(PATH).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Answers a request for it.
    pub(super) fn reply(&self, cloud: &SharedCloud, request: &Request) -> Reply {
        // A page in a browser can call this machine by a name of its own.
        if !request.is_loopback() {
            return said(StatusCode::FORBIDDEN, "the control path is for this machine alone");
        }
        if request.bearer() != Some(&self.token) {
            return said(StatusCode::UNAUTHORIZED, "`Authorization: Bearer …` is not the token that was printed");
        }
        match (request.method.as_str(), request.path.strip_prefix(PATH).unwrap_or_default()) {
            ("POST", "/replies") => match read(&request.body) {
                Ok(rules) => {
                    let count = rules.len();
                    for rule in rules {
                        cloud.cloud().answer(rule);
                    }
                    answer(StatusCode::OK, &json!({ "added": count }))
                }
                Err(error) => said(StatusCode::BAD_REQUEST, &error),
            },
            ("GET", "/requests") => {
                let requests: Vec<Value> =
                    cloud.journal().into_iter().map(|exchange| shown(&Received::from(exchange))).collect();
                answer(StatusCode::OK, &json!({ "requests": requests }))
            }
            ("POST", "/reset") => {
                cloud.cloud().reset();
                cloud.take_journal();
                for rule in &self.rules {
                    cloud.cloud().answer(rule.clone());
                }
                answer(StatusCode::OK, &json!({}))
            }
            _ => said(StatusCode::NOT_FOUND, "there are POST /replies, GET /requests and POST /reset"),
        }
    }
}

/// One reply, a list of them, or what a file would say.
fn read(body: &[u8]) -> Result<Vec<Rule>, String> {
    let value: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let bad = |error: serde_json::Error| error.to_string();
    let replies = match value {
        Value::Array(_) => Replies { replies: serde_json::from_value(value).map_err(bad)? },
        Value::Object(ref members) if members.contains_key("reply") => serde_json::from_value(value).map_err(bad)?,
        _ => Replies { replies: vec![serde_json::from_value::<Entry>(value).map_err(bad)?] },
    };
    replies.rules().map_err(|error| error.to_string())
}

/// A request as a test wants to look at it. Credentials are not shown.
fn shown(request: &Received) -> Value {
    let headers = request.headers.iter().map(|(name, value)| {
        let value = if SECRET.contains(&name.as_str()) { "<secret>" } else { value };
        (name.clone(), Value::from(value))
    });
    json!({
        "ordinal": request.exchange.ordinal,
        "method": request.method,
        "host": request.exchange.request.host,
        "path": request.path,
        "query": request.query,
        "deployment": request.deployment,
        "headers": headers.collect::<serde_json::Map<_, _>>(),
        "body": request.body,
        "status": request.status,
    })
}

fn said(status: StatusCode, message: &str) -> Reply {
    answer(status, &json!({ "error": message }))
}

fn answer(status: StatusCode, body: &Value) -> Reply {
    let body = format!("{body}\n");
    Reply {
        status,
        reason: None,
        headers: vec![
            ("Content-Length".into(), body.len().to_string().into()),
            ("Content-Type".into(), "application/json".into()),
        ],
        body: ReplyBody::Whole(body.into()),
        delay: Duration::ZERO,
    }
}
