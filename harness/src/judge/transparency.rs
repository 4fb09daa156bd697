//! Whether the instrumentor changed what the application saw or sent, against the same steps without one.

use std::collections::{BTreeMap, BTreeSet};

use super::difference::first_difference;
use super::view::model_requests;
use super::{Boundary, Finding, JudgeInput, Section};
use crate::protocol::{ApplicationError, Outcome};
use crate::wire::WireExchange;

/// Headers that carry trace context: adding one is a finding of its own, because some want it.
const TRACE_HEADERS: &[&str] =
    &["traceparent", "tracestate", "baggage", "b3", "x-b3-traceid", "x-b3-spanid", "x-b3-sampled"];

/// Headers whose value is another at every request, or follows from the body.
const VOLATILE_HEADERS: &[&str] = &["authorization", "content-length", "x-ms-client-request-id"];

/// Headers whose value must not be shown.
const SECRET_HEADERS: &[&str] = &["api-key", "authorization", "proxy-authorization", "ocp-apim-subscription-key"];

pub(super) fn check(input: &JudgeInput<'_>) -> Vec<Finding> {
    let Some(baseline) = input.baseline else { return Vec::new() };
    let steps = input.capture.sections.iter().filter_map(|section| match &section.boundary {
        Boundary::Step(id) => Some((id, section, baseline.step(id)?)),
        Boundary::Group(_) | Boundary::Parallel(_) | Boundary::Close => None,
    });
    steps
        .flat_map(|(id, ours, theirs)| {
            outcome(id.as_str(), ours, theirs).into_iter().chain(requests(id.as_str(), ours, theirs))
        })
        .collect()
}

fn outcome(step: &str, ours: &Section, theirs: &Section) -> Option<Finding> {
    let (ours, theirs) = (ours.outcome.as_ref()?, theirs.outcome.as_ref()?);
    let (part, message) = match (ours, theirs) {
        (Outcome::Response { body: ours }, Outcome::Response { body: theirs }) => {
            ("body", first_difference(ours, theirs)?.describe("here", "without the instrumentor"))
        }
        (
            Outcome::Stream { chunks: ours, ended, error },
            Outcome::Stream { chunks: theirs, ended: their_end, error: their_error },
        ) => {
            let chunk = || chunks(ours, theirs).map(|message| ("chunks", message));
            let end = || {
                (ended != their_end).then(|| {
                    ("ended", format!("reading ended with {ended:?}, without the instrumentor with {their_end:?}"))
                })
            };
            chunk().or_else(end).or_else(|| Some(("error", errors(error.as_ref(), their_error.as_ref())?)))?
        }
        (Outcome::Error { error: ours }, Outcome::Error { error: theirs }) => {
            ("error", errors(Some(ours), Some(theirs))?)
        }
        _ => ("kind", format!("the application saw {}, without the instrumentor {}", kind(ours), kind(theirs))),
    };
    Some(Finding::new("transparency.outcome", format!("{step}/{part}"), message))
}

fn chunks(ours: &[serde_json::Value], theirs: &[serde_json::Value]) -> Option<String> {
    if ours.len() != theirs.len() {
        return Some(format!("{} chunks, without the instrumentor {}", ours.len(), theirs.len()));
    }
    ours.iter().zip(theirs).enumerate().find_map(|(index, (ours, theirs))| {
        let difference = first_difference(ours, theirs)?;
        Some(format!("chunk {}: {}", index + 1, difference.describe("here", "without the instrumentor")))
    })
}

fn errors(ours: Option<&ApplicationError>, theirs: Option<&ApplicationError>) -> Option<String> {
    if ours == theirs {
        return None;
    }
    let as_json = |error: Option<&ApplicationError>| serde_json::to_value(error).unwrap_or_default();
    Some(first_difference(&as_json(ours), &as_json(theirs))?.describe("here", "without the instrumentor"))
}

fn kind(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Response { .. } => "an answer".to_owned(),
        Outcome::Stream { .. } => "a stream".to_owned(),
        Outcome::Error { error } => format!("`{}`: {}", error.kind, error.message),
    }
}

fn requests(step: &str, ours: &Section, theirs: &Section) -> Vec<Finding> {
    let ours: Vec<_> = model_requests(ours).collect();
    let theirs: Vec<_> = model_requests(theirs).collect();
    if ours.len() != theirs.len() {
        let message = format!("{} requests, without the instrumentor {}", ours.len(), theirs.len());
        return vec![Finding::new("transparency.requests", step, message)];
    }
    ours.iter()
        .zip(&theirs)
        .enumerate()
        .flat_map(|(index, (ours, theirs))| request(&format!("{step}/request {}", index + 1), ours, theirs))
        .collect()
}

fn request(subject: &str, ours: &WireExchange, theirs: &WireExchange) -> Vec<Finding> {
    let mut findings = headers(subject, ours, theirs);
    if target(ours) != target(theirs) {
        let message = format!("went to {}, without the instrumentor to {}", target(ours), target(theirs));
        findings.push(Finding::new("transparency.request-url", subject, message));
    }
    // A client that gives up may not have sent all of it.
    let is_cut_off = |exchange: &WireExchange| exchange.request.is_none() && !exchange.complete;
    if is_cut_off(ours) || is_cut_off(theirs) {
        return findings;
    }
    let as_json = |exchange: &WireExchange| serde_json::to_value(&exchange.request).unwrap_or_default();
    if let Some(difference) = first_difference(&as_json(ours), &as_json(theirs)) {
        let message = difference.describe("here", "without the instrumentor");
        findings.push(Finding::new("transparency.request-body", subject, message));
    }
    findings
}

fn target(exchange: &WireExchange) -> String {
    let query = exchange.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
    // Each performer has a port of its own on this machine.
    let origin = if exchange.is_loopback() {
        format!("http://{}", exchange.host)
    } else {
        format!("https://{}:{}", exchange.host, exchange.port)
    };
    format!("{} {origin}{}{query}", exchange.method, exchange.path)
}

fn headers(subject: &str, ours: &WireExchange, theirs: &WireExchange) -> Vec<Finding> {
    let (ours, theirs) = (by_name(ours), by_name(theirs));
    let names: BTreeSet<_> = ours.keys().chain(theirs.keys()).copied().collect();
    names
        .into_iter()
        .filter_map(|name| {
            let (id, message) = header(name, ours.get(name), theirs.get(name))?;
            Some(Finding::new(id, format!("{subject}/{name}"), message))
        })
        .collect()
}

fn header(name: &str, ours: Option<&String>, theirs: Option<&String>) -> Option<(&'static str, String)> {
    let shown = |value: &str| if SECRET_HEADERS.contains(&name) { "a secret".to_owned() } else { format!("`{value}`") };
    match (ours, theirs) {
        (None, None) => None,
        (Some(_), None) if TRACE_HEADERS.contains(&name) => {
            Some(("transparency.injected-header", "trace context was added to the request".to_owned()))
        }
        (Some(value), None) => Some(("transparency.request-header", format!("added: {}", shown(value)))),
        (None, Some(value)) => Some(("transparency.request-header", format!("removed: {}", shown(value)))),
        (Some(ours), Some(theirs)) if ours == theirs || VOLATILE_HEADERS.contains(&name) => None,
        (Some(ours), Some(theirs)) => {
            let message = format!("{}, without the instrumentor {}", shown(ours), shown(theirs));
            Some(("transparency.request-header", message))
        }
    }
}

fn by_name(exchange: &WireExchange) -> BTreeMap<&str, String> {
    let mut headers: BTreeMap<&str, String> = BTreeMap::new();
    for (name, value) in &exchange.request_headers {
        if name == "host" && exchange.is_loopback() {
            continue;
        }
        let joined = headers.entry(name).or_default();
        if !joined.is_empty() {
            joined.push_str(", ");
        }
        joined.push_str(value);
    }
    headers
}
