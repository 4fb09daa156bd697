//! What the back ends of vendors answer to requests that are not OTLP: as little as their clients need to go on.

use http::Method;
use serde_json::{Value, json};

/// An id as a back end makes them, the same at every run.
const EVENT: &str = "5e55104e-0000-4000-8000-000000000001";

/// The JSON that a vendor's back end answers, if this is a request that a vendor's client sends to one; `path` without
/// what the client was told to put before it.
pub(super) fn reply(method: &Method, path: &str, body: &[u8]) -> Option<Value> {
    match (method.as_str(), path) {
        // HoneyHive: the session that a tracer or an application begins, and what is said about it afterwards.
        ("POST", "/session/start") => Some(session_started(body)),
        ("PUT", "/events") => Some(json!({ "success": true })),
        _ => None,
    }
}

/// The session's own id where the client chose one.
fn session_started(body: &[u8]) -> Value {
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let chosen = request.pointer("/session/session_id").and_then(Value::as_str);
    let session = chosen.unwrap_or(EVENT);
    json!({
        "event_id": session,
        "session_id": session,
        "org_id": "azmatrix",
        "workspace_id": "azmatrix",
        "project_id": "azmatrix",
    })
}
