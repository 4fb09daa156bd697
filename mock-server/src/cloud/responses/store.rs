//! Responses that were answered, for those who come back to them.

use std::collections::VecDeque;

use http::StatusCode;

use crate::cloud::call::Call;
use crate::cloud::errors::{invalid_request, not_found};
use crate::cloud::headers::json_reply;
use crate::cloud::json::{Json, object};
use crate::cloud::reply::Reply;
use crate::cloud::route::ResponsesVerb;

/// Responses that are kept; the oldest goes when one more comes.
const KEPT: usize = 256;

/// A response that was answered.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) id: String,
    pub(crate) body: Json,
    /// What the object says if it is cancelled before it was looked at.
    pub(crate) cancelled: Json,
    /// Whether it runs in the background, and nobody has seen its end yet.
    pub(crate) background: bool,
    pub(crate) input: Vec<Json>,
}

/// The responses of one cloud.
#[derive(Debug, Default)]
pub(crate) struct Store {
    responses: VecDeque<Stored>,
}

impl Store {
    /// Keeps a response.
    pub(crate) fn keep(&mut self, response: Stored) {
        if self.responses.len() == KEPT {
            self.responses.pop_front();
        }
        self.responses.push_back(response);
    }

    /// Whether a response is kept.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.responses.iter().any(|stored| stored.id == id)
    }

    /// Answers a request about a response that exists, or does not.
    pub(crate) fn reply(&mut self, call: &Call, verb: &ResponsesVerb) -> Reply {
        let (ResponsesVerb::Get(id)
        | ResponsesVerb::Delete(id)
        | ResponsesVerb::Cancel(id)
        | ResponsesVerb::InputItems(id)) = verb
        else {
            return missing(call, "");
        };
        let Some(position) = self.responses.iter().position(|stored| stored.id == *id) else {
            return missing(call, id);
        };
        let stored = &mut self.responses[position];
        let ok = |body: &Json| json_reply(call, StatusCode::OK, body);
        match verb {
            ResponsesVerb::Delete(_) => {
                self.responses.remove(position);
                let deleted = [("deleted", true.into()), ("id", id.into()), ("object", "response.deleted".into())];
                ok(&object(deleted))
            }
            ResponsesVerb::Cancel(_) if stored.background => {
                stored.body = stored.cancelled.clone();
                stored.background = false;
                ok(&stored.body)
            }
            ResponsesVerb::Cancel(_) => invalid_request(call, "Cannot cancel a synchronous response.", None, None),
            ResponsesVerb::InputItems(_) => ok(&listed(&stored.input)),
            _ => {
                stored.background = false;
                ok(&stored.body)
            }
        }
    }
}

/// Newest first, as the service lists by default.
fn listed(items: &[Json]) -> Json {
    let id = |item: Option<&Json>| {
        let text = item.map(Json::compact).unwrap_or_default();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        value.get("id").and_then(serde_json::Value::as_str).map(str::to_owned)
    };
    object([
        ("data", Json::List(items.iter().rev().cloned().collect())),
        ("first_id", id(items.last()).into()),
        ("has_more", false.into()),
        ("last_id", id(items.first()).into()),
        ("object", "list".into()),
    ])
}

fn missing(call: &Call, id: &str) -> Reply {
    not_found(call, &format!("Response with id '{id}' not found."))
}
