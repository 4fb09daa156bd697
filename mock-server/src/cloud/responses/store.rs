//! Responses that were answered, for those who come back to them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use super::create::Making;
use crate::cloud::call::Call;
use crate::cloud::errors::{Refusal, not_found};
use crate::cloud::headers::{self, Content, json_reply};
use crate::cloud::json::{Json, object};
use crate::cloud::reply::Reply;
use crate::cloud::route::ResponsesVerb;

/// Responses that are kept; the oldest goes when one more comes.
const KEPT: usize = 256;

/// A response that was answered.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) id: String,
    /// Tokens of the conversation up to and with it, which those who go on from it pay for.
    pub(crate) context: u64,
    /// Whether it runs in the background, and nobody has seen its end yet.
    pub(crate) background: bool,
    pub(crate) cancelled: bool,
    pub(crate) making: Arc<Making>,
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

    /// Tokens of the conversation up to and with a response, if it is kept.
    pub(crate) fn context(&self, id: &str) -> Option<u64> {
        self.responses.iter().find(|stored| stored.id == id).map(|stored| stored.context)
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
                stored.cancelled = true;
                stored.background = false;
                Visit::Response(stored.clone())
            }
            ResponsesVerb::Cancel(_) => Visit::Synchronous,
            ResponsesVerb::InputItems(_) => Visit::Input(Arc::clone(&stored.making)),
            ResponsesVerb::Get(_) | ResponsesVerb::Create => {
                stored.background = false;
                Visit::Response(stored.clone())
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
    Response(Stored),
    /// What it was made from.
    Input(Arc<Making>),
    /// Only those that run in the background can be cancelled.
    Synchronous,
}

/// How a client wants to see a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// As an object.
    Object,
    /// As its events, of which those up to this number were seen already.
    Events(Option<usize>),
}

impl Visit {
    /// The reply that tells it.
    pub(crate) fn reply(self, call: &Call, view: View) -> Reply {
        let ok = |body: &Json| json_reply(call, StatusCode::OK, body);
        match self {
            Self::Missing(id) => not_found(call, &format!("Response with id '{id}' not found.")),
            Self::Deleted(id) => {
                ok(&object([("deleted", true.into()), ("id", id.into()), ("object", "response.deleted".into())]))
            }
            Self::Response(stored) if stored.cancelled => ok(&stored.making.cancelled()),
            Self::Response(stored) => match view {
                View::Object => ok(&stored.making.finished()),
                View::Events(seen) => Reply {
                    status: StatusCode::OK,
                    reason: None,
                    headers: headers::gateway(call, Content::Events),
                    body: stored.making.events(seen),
                    delay: Duration::ZERO,
                },
            },
            Self::Input(making) => ok(&listed(&making.input_items())),
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
