//! Whether what was exported is in the form that OTLP and the SDKs have: what had to be tolerated to read it, and values
//! that say nothing to whoever reads them.

use std::collections::BTreeSet;

use super::view::boundary_name;
use super::{Finding, JudgeInput, Section};
use crate::telemetry::canonical::{has_address, without_address};
use crate::telemetry::{Attributes, Flaw, FlawKind, MetricData, Scope, Value};

pub(super) fn check(input: &JudgeInput<'_>) -> Vec<Finding> {
    input
        .capture
        .sections
        .iter()
        .flat_map(|section| Form { input, boundary: boundary_name(&section.boundary) }.of(section))
        .collect()
}

struct Form<'a> {
    input: &'a JudgeInput<'a>,
    boundary: String,
}

impl Form<'_> {
    fn of(&self, section: &Section) -> Vec<Finding> {
        let telemetry = &section.telemetry;
        let mut findings: Vec<Finding> = telemetry.flaws.iter().map(|flaw| self.flaw(flaw)).collect();
        for span in &telemetry.spans {
            findings.extend(self.attributes(&span.name, &span.attributes));
            for event in &span.events {
                findings.extend(self.attributes(&format!("{}/{}", span.name, event.name), &event.attributes));
            }
        }
        for record in &telemetry.logs {
            findings.extend(self.attributes(&format!("log {}", record.event_name), &record.attributes));
        }
        for metric in &telemetry.metrics {
            let place = format!("metric {}", metric.name);
            let points: Vec<&Attributes> = match &metric.data {
                MetricData::Histogram(points) | MetricData::ExponentialHistogram(points) => {
                    points.iter().map(|point| &point.attributes).collect()
                }
                MetricData::Sum { points, .. } | MetricData::Gauge(points) => {
                    points.iter().map(|point| &point.attributes).collect()
                }
            };
            findings.extend(points.into_iter().flat_map(|attributes| self.attributes(&place, attributes)));
        }
        let scopes = telemetry.spans.iter().map(|span| &span.scope);
        let scopes = scopes.chain(telemetry.logs.iter().map(|record| &record.scope));
        let scopes: BTreeSet<&str> = scopes
            .chain(telemetry.metrics.iter().map(|metric| &metric.scope))
            .map(|Scope { name, .. }| name.as_str())
            .collect();
        findings.extend(scopes.into_iter().filter_map(|scope| self.scope(scope)));
        findings
    }

    fn finding(&self, id: &str, place: &str, message: impl Into<String>) -> Finding {
        Finding::new(id, format!("{}/{place}", self.boundary), message)
    }

    fn flaw(&self, flaw: &Flaw) -> Finding {
        let id = match flaw.kind {
            FlawKind::NotOtlp => "telemetry.not-otlp",
            FlawKind::DuplicateAttribute => "telemetry.duplicate-attribute",
            FlawKind::AgainstResource => "telemetry.against-resource",
            FlawKind::InvalidId => "telemetry.invalid-id",
            FlawKind::LostLog => "telemetry.lost-log",
        };
        self.finding(id, &flaw.place, flaw.message.as_str())
    }

    /// A scope that is named after an object in memory is another in every process.
    fn scope(&self, name: &str) -> Option<Finding> {
        let plain = without_address(name);
        (plain != name).then(|| {
            let message = "the scope is named by the address of an object, so that it is another in every process";
            self.finding("telemetry.object-address", &format!("scope {plain}"), message)
        })
    }

    fn attributes(&self, place: &str, attributes: &Attributes) -> Vec<Finding> {
        attributes.iter().filter_map(|(name, value)| self.attribute(place, name, value)).collect()
    }

    fn attribute(&self, place: &str, name: &str, value: &Value) -> Option<Finding> {
        let (id, message) = match value {
            // Whether an attribute of a concept can be read is for `truth` to say.
            Value::Empty if !self.input.convention.spells(name) => {
                ("telemetry.empty-value", "the attribute has no value: there is nothing to say, and it is said")
            }
            // What failed has its own words.
            Value::String(_) if name.starts_with("exception.") => return None,
            Value::String(text) if has_address(text) => {
                ("telemetry.object-address", "the value is the text of an object with its address in memory")
            }
            Value::String(text) if looks_like_json(text) && !self.input.convention.spells(name) && is_broken(text) => {
                ("telemetry.broken-json", "the value begins like JSON and is none")
            }
            _ => return None,
        };
        Some(self.finding(id, &format!("{place}/{name}"), message))
    }
}

/// Whether a text begins as an object or an array of JSON, or what a language prints for one, does; `[Errno 111]` and the
/// like are words.
fn looks_like_json(text: &str) -> bool {
    let mut signs = text.chars().filter(|sign| !sign.is_whitespace());
    match (signs.next(), signs.next()) {
        (Some('{'), next) => next.is_none_or(|next| matches!(next, '"' | '\'' | '}' | '{')),
        (Some('['), next) => {
            next.is_none_or(|next| matches!(next, '"' | '\'' | '{' | '[' | ']' | '-') || next.is_ascii_digit())
        }
        _ => false,
    }
}

fn is_broken(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_err()
}
