//! Where a live service and the mock differ: keys, types, headers, and how a stream is framed.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::{JsonType, Shape};
use crate::diagnose::words;
use crate::wire::{Answered, AnsweredBody, Framing};

/// Headers that depend on the connection or the moment, not on the service.
const PASSING_HEADERS: &[&str] = &[
    "age",
    "alt-svc",
    "connection",
    "content-length",
    "date",
    "keep-alive",
    "retry-after",
    "retry-after-ms",
    "server",
    "set-cookie",
    "transfer-encoding",
    "via",
];

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Drift {
    /// What was called, such as `chat` or `responses stream`.
    pub surface: String,
    /// Which part of the answer.
    pub part: DriftPart,
    /// Where: a path, a header's name, or a fact about the framing.
    pub place: String,
    /// What the live service has there.
    pub live: String,
    /// What the mock has there.
    pub mock: String,
}

/// A part of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DriftPart {
    /// The status.
    Status,
    /// A header.
    Header,
    /// How a stream is cut into frames.
    Framing,
    /// A key of the JSON.
    Body,
}

words!(DriftPart);

/// All differences of a run, each with the cells that saw it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DriftReport {
    /// Answers that were compared.
    pub compared: usize,
    /// Differences with the ids of cells.
    pub drifts: BTreeMap<Drift, BTreeSet<String>>,
}

impl DriftReport {
    /// Adds the differences of one answer.
    pub fn add(&mut self, cell: &str, drifts: impl IntoIterator<Item = Drift>) {
        self.compared += 1;
        for drift in drifts {
            self.drifts.entry(drift).or_default().insert(cell.to_owned());
        }
    }
}

/// How the live answer to a request differs in shape from the mock's answer to the same request.
pub fn drift(surface: &str, live: &Answered, mock: &Answered) -> Vec<Drift> {
    let found = Found { surface, drifts: Vec::new() };
    if live.status != mock.status {
        return found.with(DriftPart::Status, "status", &live.status.to_string(), &mock.status.to_string()).drifts;
    }
    let mut found = found;
    found.headers(live, mock);
    match (&live.body, &mock.body) {
        (AnsweredBody::Json(live), AnsweredBody::Json(mock)) => {
            found.documents(std::slice::from_ref(live), std::slice::from_ref(mock));
        }
        (AnsweredBody::Stream(framing, live), AnsweredBody::Stream(other, mock)) => {
            found.framing(framing, other);
            found.documents(live, mock);
        }
        (live, mock) if live.kind() == mock.kind() => {}
        (live, mock) => found = found.with(DriftPart::Body, "$", live.kind(), mock.kind()),
    }
    found.drifts.sort();
    found.drifts
}

struct Found<'a> {
    surface: &'a str,
    drifts: Vec<Drift>,
}

impl Found<'_> {
    fn with(mut self, part: DriftPart, place: &str, live: &str, mock: &str) -> Self {
        self.add(part, place, live, mock);
        self
    }

    fn add(&mut self, part: DriftPart, place: &str, live: &str, mock: &str) {
        let [surface, place, live, mock] = [self.surface, place, live, mock].map(str::to_owned);
        self.drifts.push(Drift { surface, part, place, live, mock });
    }

    fn headers(&mut self, live: &Answered, mock: &Answered) {
        let names = |answered: &Answered| -> BTreeSet<String> {
            let names = answered.headers.iter().map(|(name, _)| name.to_ascii_lowercase());
            names.filter(|name| !PASSING_HEADERS.contains(&name.as_str())).collect()
        };
        let (ours, theirs) = (names(live), names(mock));
        for name in ours.symmetric_difference(&theirs) {
            let said = |names: &BTreeSet<String>| if names.contains(name) { "present" } else { "absent" };
            self.add(DriftPart::Header, name, said(&ours), said(&theirs));
        }
        let kind = |answered: &Answered| {
            let value = answered.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
            value.map(|(_, value)| value.replace(' ', "").to_ascii_lowercase())
        };
        if let (Some(ours), Some(theirs)) = (kind(live), kind(mock))
            && ours != theirs
        {
            self.add(DriftPart::Header, "content-type", &ours, &theirs);
        }
    }

    fn framing(&mut self, live: &Framing, mock: &Framing) {
        let said = |framing: &Framing, feature| if framing.features.contains(feature) { "present" } else { "absent" };
        for feature in live.features.symmetric_difference(&mock.features) {
            self.add(DriftPart::Framing, feature.as_str(), said(live, feature), said(mock, feature));
        }
    }

    /// Documents by their type: the events of one stream have different keys.
    fn documents(&mut self, live: &[Value], mock: &[Value]) {
        let same_kind = reasons(live) == reasons(mock);
        let (ours, theirs) = (by_type(live), by_type(mock));
        let types: BTreeSet<&str> = ours.keys().chain(theirs.keys()).copied().collect();
        for kind in types {
            match (ours.get(kind), theirs.get(kind)) {
                (Some(live), Some(mock)) => self.shapes(kind, live, mock, same_kind),
                (live, _) if same_kind => {
                    let said = |truth: bool| if truth { "present" } else { "absent" };
                    let place = if kind.is_empty() { "events without a type" } else { &format!("event `{kind}`") };
                    self.add(DriftPart::Framing, place, said(live.is_some()), said(live.is_none()));
                }
                _ => {}
            }
        }
    }

    fn shapes(&mut self, kind: &str, live: &[&Value], mock: &[&Value], same_kind: bool) {
        let (ours, theirs) = (Shape::of(live.iter().copied()), Shape::of(mock.iter().copied()));
        let of_kind = |path: &str| if kind.is_empty() { path.to_owned() } else { format!("{kind} {path}") };
        let paths: BTreeSet<&String> = ours.places.keys().chain(theirs.places.keys()).collect();
        for path in paths {
            if !same_kind && depends_on_the_answer(path) {
                continue;
            }
            match (ours.places.get(path), theirs.places.get(path)) {
                (Some(live), Some(mock)) if types_differ(live, mock) => {
                    self.add(DriftPart::Body, &of_kind(path), &words(live), &words(mock));
                }
                (Some(live), None) if has_parent(path, &theirs) => {
                    self.add(DriftPart::Body, &of_kind(path), &words(live), "absent");
                }
                (None, Some(mock)) if has_parent(path, &ours) => {
                    self.add(DriftPart::Body, &of_kind(path), "absent", &words(mock));
                }
                _ => {}
            }
        }
    }
}

/// Documents by their `type`; of one without, the empty text.
fn by_type(documents: &[Value]) -> BTreeMap<&str, Vec<&Value>> {
    let mut found: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for document in documents {
        found.entry(document["type"].as_str().unwrap_or_default()).or_default().push(document);
    }
    found
}

/// Why the model stopped, and what kinds of items it answered with: other kinds have other keys.
fn reasons(documents: &[Value]) -> BTreeSet<String> {
    let choices = documents.iter().filter_map(|document| document["choices"].as_array()).flatten();
    let reasons = choices.filter_map(|choice| choice["finish_reason"].as_str());
    let output = |document: &Value| {
        let whole = document["output"].as_array().or_else(|| document["response"]["output"].as_array());
        whole.cloned().unwrap_or_default()
    };
    let items = documents.iter().flat_map(output).filter_map(|item| item["type"].as_str().map(str::to_owned));
    reasons.map(str::to_owned).chain(items).collect()
}

fn depends_on_the_answer(path: &str) -> bool {
    ["$.choices[].", "$.output[].", "$.response.output[].", "$.item.", "$.part."]
        .iter()
        .any(|place| path.starts_with(place))
}

/// Whether the object that a key belongs to is there at all. An item that is missing says only that a list is empty.
fn has_parent(path: &str, other: &Shape) -> bool {
    let Some((parent, _)) = path.rsplit_once('.').filter(|_| !path.ends_with("[]")) else { return false };
    other.places.get(parent).is_some_and(|types| types.contains(&JsonType::Object))
}

/// `null` goes with anything, and a whole number with any number.
fn types_differ(live: &BTreeSet<JsonType>, mock: &BTreeSet<JsonType>) -> bool {
    let known = |types: &BTreeSet<JsonType>| -> BTreeSet<JsonType> {
        let types = types.iter().filter(|kind| **kind != JsonType::Null);
        types.map(|kind| if *kind == JsonType::Integer { JsonType::Number } else { *kind }).collect()
    };
    let (live, mock) = (known(live), known(mock));
    !live.is_empty() && !mock.is_empty() && live.is_disjoint(&mock)
}

fn words(types: &BTreeSet<JsonType>) -> String {
    types.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(" or ")
}
