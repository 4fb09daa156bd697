//! What was prepared for the requests to come, other than for whichever is next.

use std::collections::VecDeque;

use serde_json_borrow::Value;

use super::script::ScriptedReply;

/// Replies to the requests that hold a text, whenever they come.
#[derive(Clone, Debug)]
pub(crate) struct Reserved {
    text: String,
    replies: VecDeque<(u64, ScriptedReply)>,
}

impl Reserved {
    /// Replies to one request after the other that holds `text`; they are the answers with the ordinals from `first` on.
    pub(crate) fn new(text: &str, first: u64, replies: Vec<ScriptedReply>) -> Self {
        Self { text: text.to_owned(), replies: (first..).zip(replies).collect() }
    }

    /// The reply to a request, with its ordinal: of all that are waiting for a text that the request holds, the one that
    /// was reserved last, since a conversation that goes on holds the texts of its beginning, too.
    pub(crate) fn take(waiting: &mut Vec<Self>, request: &Value) -> Option<(u64, ScriptedReply)> {
        let place = waiting.iter().rposition(|reserved| holds(request, &reserved.text))?;
        let reply = waiting[place].replies.pop_front();
        if waiting[place].replies.is_empty() {
            waiting.remove(place);
        }
        reply
    }
}

/// Whether one of the texts in a document is this one.
fn holds(document: &Value, text: &str) -> bool {
    match document {
        Value::Str(found) => found == text,
        Value::Array(values) => values.iter().any(|value| holds(value, text)),
        Value::Object(members) => members.values().any(|value| holds(value, text)),
        _ => false,
    }
}

/// Replies to all requests that fit, or to some of them. The first rule that fits and has something left answers.
///
/// ```
/// use azure_openai_mock::{ChatReply, Cloud, CloudConfig, Rule};
///
/// let cloud = Cloud::new(CloudConfig::sample());
/// cloud.answer(Rule {
///     text: Some("weather".to_owned()),
///     replies: vec![ChatReply::text("It is 18 °C in Oslo.").into()],
///     ..Rule::default()
/// });
/// ```
#[derive(Clone, Debug, Default)]
pub struct Rule {
    /// Only requests to this deployment.
    pub deployment: Option<String>,
    /// Only requests with a string in the body that contains this.
    pub text: Option<String>,
    /// Only the request with this number, counted from 1 among those that fit otherwise.
    pub ordinal: Option<u64>,
    /// How often it answers; without this, always.
    pub times: Option<u64>,
    /// The replies, one for each request: several make one time together, for clients that try again.
    pub replies: Vec<ScriptedReply>,
}

/// A rule with what became of it.
#[derive(Debug)]
pub(super) struct Standing {
    rule: Rule,
    /// Requests that fitted.
    met: u64,
    /// Replies that were given.
    given: usize,
}

impl From<Rule> for Standing {
    fn from(rule: Rule) -> Self {
        Self { rule, met: 0, given: 0 }
    }
}

impl Standing {
    /// Counts a request if it fits, and says whether the rule has a reply for it. `suits` says whether a reply is of the
    /// request's kind.
    pub(super) fn meets(&mut self, deployment: &str, request: &Value, suits: impl Fn(&ScriptedReply) -> bool) -> bool {
        let Rule { deployment: wanted, text, ordinal, times, replies } = &self.rule;
        let Some(place) = self.given.checked_rem(replies.len()) else { return false };
        let fits = wanted.as_ref().is_none_or(|wanted| wanted == deployment)
            && suits(&replies[place])
            && text.as_ref().is_none_or(|text| contains(request, text));
        if !fits {
            return false;
        }
        self.met += 1;
        // What was begun goes on, whatever the number of the request that comes next.
        place > 0 || (ordinal.is_none_or(|ordinal| ordinal == self.met) && self.has_left(*times))
    }

    fn has_left(&self, times: Option<u64>) -> bool {
        times.is_none_or(|times| ((self.given / self.rule.replies.len()) as u64) < times)
    }

    /// The next reply.
    pub(super) fn give(&mut self) -> Option<ScriptedReply> {
        let reply = self.rule.replies.get(self.given.checked_rem(self.rule.replies.len())?).cloned();
        self.given += 1;
        reply
    }
}

/// Whether one of the texts in a document contains this one.
fn contains(document: &Value, text: &str) -> bool {
    match document {
        Value::Str(found) => found.contains(text),
        Value::Array(values) => values.iter().any(|value| contains(value, text)),
        Value::Object(members) => members.values().any(|value| contains(value, text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
