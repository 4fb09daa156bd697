//! Responses that were answered, for those who come back to them.

use std::collections::VecDeque;

use http::StatusCode;

use crate::cloud::call::Call;
use crate::cloud::errors::{Refusal, not_found};
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

    /// Does what a client wants with a response, and says what there is to tell it.
    pub(crate) fn visit(&mut self, verb: &ResponsesVerb) -> Visit {
        let (ResponsesVerb::Get(id)
        | ResponsesVerb::Delete(id)
        | ResponsesVerb::Cancel(id)
        | ResponsesVerb::InputItems(id)) = verb
        else {
            return Visit::Missing(String::new());
        };
        let Some(position) = self.responses.iter().position(|stored| stored.id == *id) else {
            return Visit::Missing(id.clone());
        };
        let stored = &mut self.responses[position];
        match verb {
            ResponsesVerb::Delete(_) => {
                self.responses.remove(position);
                Visit::Deleted(id.clone())
            }
            ResponsesVerb::Cancel(_) if stored.background => {
                stored.body = stored.cancelled.clone();
                stored.background = false;
                Visit::Response(stored.body.clone())
            }
            ResponsesVerb::Cancel(_) => Visit::Synchronous,
            ResponsesVerb::InputItems(_) => Visit::Input(stored.input.clone()),
            ResponsesVerb::Get(_) | ResponsesVerb::Create => {
                stored.background = false;
                Visit::Response(stored.body.clone())
            }
        }
    }
}

/// What a client is told about a response that was made before.
#[derive(Debug)]
pub(crate) enum Visit {
    /// There is none with this id.
    Missing(String),
    /// It is gone now.
    Deleted(String),
    /// Here it is.
    Response(Json),
    /// What it was made from.
    Input(Vec<Json>),
    /// Only those that run in the background can be cancelled.
    Synchronous,
}

impl Visit {
    /// The reply that tells it.
    pub(crate) fn reply(self, call: &Call) -> Reply {
        let ok = |body: &Json| json_reply(call, StatusCode::OK, body);
        match self {
            Self::Missing(id) => not_found(call, &format!("Response with id '{id}' not found.")),
            Self::Deleted(id) => {
                ok(&object([("deleted", true.into()), ("id", id.into()), ("object", "response.deleted".into())]))
            }
            Self::Response(body) => ok(&body),
            Self::Input(items) => ok(&listed(&items)),
            Self::Synchronous => Refusal::invalid("Cannot cancel a synchronous response.", None, None).reply(call),
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
