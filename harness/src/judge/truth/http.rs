//! What spans and metrics of HTTP clients, and calls' spans that say as much, tell of the request: its method, its URL, its
//! status.
//! These names are the general conventions' own, whatever family a flavor belongs to.

use serde_json::Value as Json;

use super::value::shown;
use crate::convention::to_json;
use crate::judge::view::{CellView, boundary_name};
use crate::judge::{Boundary, Finding, Section};
use crate::telemetry::{Attributes, HistogramPoint, MetricData, Value};
use crate::wire::{WireExchange, WireKind};

/// What an attribute says of an exchange.
#[derive(Clone, Copy)]
enum Part {
    Method,
    Url,
    Path,
    Status,
    /// The status as a text: custom dimensions are texts.
    StatusText,
}

const ATTRIBUTES: &[(&str, Part)] = &[
    ("ai.dependency.data", Part::Url),
    ("ai.resultCode", Part::StatusText),
    ("dependency/resultCode", Part::StatusText),
    ("http.method", Part::Method),
    ("http.request.method", Part::Method),
    ("http.response.status_code", Part::Status),
    ("http.status_code", Part::Status),
    ("http.target", Part::Path),
    ("http.url", Part::Url),
    ("url.full", Part::Url),
    ("url.path", Part::Path),
];

/// Every span of every step that says something of HTTP.
pub(in crate::judge) fn check(view: &CellView<'_>) -> Vec<Finding> {
    let sections = view.input.capture.sections.iter();
    let steps = sections.filter(|section| matches!(section.boundary, Boundary::Step(_)));
    steps.flat_map(|section| said(section).into_iter().flat_map(|(name, said)| about(section, &name, said))).collect()
}

/// Attributes with the name of what they belong to: spans, and points of metrics.
fn said(section: &Section) -> Vec<(String, &Attributes)> {
    let spans = section.telemetry.spans.iter().map(|span| (span.name.clone(), &span.attributes));
    let points = section.telemetry.metrics.iter().flat_map(|metric| {
        let points: &[HistogramPoint] = match &metric.data {
            MetricData::Histogram(points) => points,
            _ => &[],
        };
        points.iter().map(|point| (format!("metric {}", metric.name), &point.attributes))
    });
    spans.chain(points).collect()
}

/// Each is about one of the exchanges: the one of which the least is wrong.
fn about(section: &Section, owner: &str, attributes: &Attributes) -> Vec<Finding> {
    let said: Vec<(&str, Part, &Value)> =
        ATTRIBUTES.iter().filter_map(|(name, part)| Some((*name, *part, attributes.get(*name)?))).collect();
    // A connection that never came about has no method and no path.
    if said.is_empty() || section.exchanges.iter().any(|exchange| exchange.method.is_empty()) {
        return Vec::new();
    }
    // Of those of which as much is wrong, a call of the model is the likeliest.
    let mut exchanges: Vec<&WireExchange> = section.exchanges.iter().collect();
    exchanges.sort_by_key(|exchange| exchange.kind != WireKind::Model);
    let each = exchanges.into_iter().map(|exchange| wrong(section, owner, &said, exchange));
    each.min_by_key(Vec::len).unwrap_or_default()
}

fn wrong(section: &Section, owner: &str, said: &[(&str, Part, &Value)], exchange: &WireExchange) -> Vec<Finding> {
    let wrong = said.iter().filter(|(_, part, value)| !part.agrees(value, exchange));
    wrong
        .map(|(name, part, value)| {
            let subject = format!("{}/{owner}/{name}", boundary_name(&section.boundary));
            let message =
                format!("emitted {} in `{name}`; the wire says {}", shown(&to_json(value)), shown(&part.of(exchange)));
            Finding::new("truth.wrong", subject, message)
        })
        .collect()
}

impl Part {
    /// What the wire says.
    fn of(self, exchange: &WireExchange) -> Json {
        match self {
            Self::Method => exchange.method.as_str().into(),
            Self::Status => exchange.status.into(),
            Self::StatusText => exchange.status.map(|status| status.to_string()).into(),
            Self::Path => exchange.path.as_str().into(),
            Self::Url => {
                let scheme = if exchange.is_loopback() { "http" } else { "https" };
                let query = exchange.query.as_ref().map_or_else(String::new, |query| format!("?{query}"));
                format!("{scheme}://{}{}{query}", exchange.host, exchange.path).into()
            }
        }
    }

    /// Whether a value says the same. A query may be left out or made unreadable, a port may be the usual one.
    fn agrees(self, value: &Value, exchange: &WireExchange) -> bool {
        match (self, value) {
            (Self::Status, Value::Int(status)) => exchange.status.is_some_and(|known| i64::from(known) == *status),
            (Self::StatusText, Value::String(status)) => {
                exchange.status.is_some_and(|known| known.to_string() == *status)
            }
            (Self::Method, Value::String(method)) => *method == exchange.method,
            (Self::Path, Value::String(path)) => without_query(path) == exchange.path,
            (Self::Url, Value::String(url)) => url.split_once("://").is_some_and(|(_, rest)| {
                let rest = without_query(rest);
                let (authority, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
                let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
                let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
                host == exchange.host && path == exchange.path
            }),
            _ => false,
        }
    }
}

fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}
