//! Every text in a capture's telemetry, with its place: where a secret or a prompt could leak to.

use super::view::boundary_name;
use super::{Capture, Section};
use crate::telemetry::{Attributes, MetricData, Scope, Value};

/// A text and where it stands, such as `ask/openai.chat/gen_ai.input.messages`.
pub(super) struct PlacedText<'a> {
    pub(super) place: String,
    pub(super) text: std::borrow::Cow<'a, str>,
}

/// Every text of every signal: names and values of attributes, span names, status, bodies, scopes.
pub(super) fn texts(capture: &Capture) -> Vec<PlacedText<'_>> {
    let mut found = Texts(Vec::new());
    for section in &capture.sections {
        found.section(section);
    }
    found.0
}

/// Every list of numbers in an attribute or body, with its place.
pub(super) fn numbers(capture: &Capture) -> Vec<(String, Vec<f64>)> {
    let mut found = Vec::new();
    for section in &capture.sections {
        let boundary = boundary_name(&section.boundary);
        for span in &section.telemetry.spans {
            let events = span.events.iter().flat_map(|event| &event.attributes);
            for (name, value) in span.attributes.iter().chain(events) {
                lists(&format!("{boundary}/{}/{name}", span.name), value, &mut found);
            }
        }
        for record in &section.telemetry.logs {
            lists(&format!("{boundary}/log {}/body", record.event_name), &record.body, &mut found);
        }
    }
    found
}

fn lists(place: &str, value: &Value, found: &mut Vec<(String, Vec<f64>)>) {
    match value {
        Value::Array(values) => {
            let numbers: Option<Vec<f64>> = values
                .iter()
                .map(|value| match value {
                    Value::Double(number) => Some(*number),
                    _ => None,
                })
                .collect();
            match numbers {
                Some(numbers) => found.push((place.to_owned(), numbers)),
                None => values.iter().for_each(|value| lists(place, value, found)),
            }
        }
        Value::Map(attributes) => attributes.values().for_each(|value| lists(place, value, found)),
        _ => {}
    }
}

struct Texts<'a>(Vec<PlacedText<'a>>);

impl<'a> Texts<'a> {
    fn add(&mut self, place: &str, text: &'a str) {
        if !text.is_empty() {
            self.0.push(PlacedText { place: place.to_owned(), text: text.into() });
        }
    }

    fn section(&mut self, section: &'a Section) {
        let boundary = boundary_name(&section.boundary);
        for span in &section.telemetry.spans {
            let place = format!("{boundary}/{}", span.name);
            self.add(&format!("{place}/name"), &span.name);
            if let crate::telemetry::Status::Error(description) = &span.status {
                self.add(&format!("{place}/status"), description);
            }
            self.attributes(&place, &span.attributes);
            for event in &span.events {
                self.add(&format!("{place}/{}", event.name), &event.name);
                self.attributes(&format!("{place}/{}", event.name), &event.attributes);
            }
            for link in &span.links {
                self.attributes(&format!("{place}/link"), &link.attributes);
            }
            self.scope(&place, &span.scope);
        }
        for record in &section.telemetry.logs {
            let place = format!("{boundary}/log {}", record.event_name);
            self.value(&format!("{place}/body"), &record.body);
            self.add(&place, &record.event_name);
            self.attributes(&place, &record.attributes);
            self.scope(&place, &record.scope);
        }
        for metric in &section.telemetry.metrics {
            let place = format!("{boundary}/metric {}", metric.name);
            self.add(&place, &metric.name);
            self.add(&format!("{place}/unit"), &metric.unit);
            self.points(&place, &metric.data);
            self.scope(&place, &metric.scope);
        }
        for payload in &section.telemetry.payloads {
            self.add(&format!("{boundary}/{}", payload.request), &payload.body);
        }
    }

    fn points(&mut self, place: &str, data: &'a MetricData) {
        let attributes: Vec<&'a Attributes> = match data {
            MetricData::Sum { points, .. } | MetricData::Gauge(points) => {
                points.iter().map(|point| &point.attributes).collect()
            }
            MetricData::Histogram(points) | MetricData::ExponentialHistogram(points) => {
                points.iter().map(|point| &point.attributes).collect()
            }
        };
        for attributes in attributes {
            self.attributes(place, attributes);
        }
    }

    fn scope(&mut self, place: &str, scope: &'a Scope) {
        let place = format!("{place}/scope");
        self.add(&place, &scope.name);
        self.add(&place, &scope.version);
        self.add(&place, &scope.schema_url);
        self.attributes(&place, &scope.attributes);
    }

    fn attributes(&mut self, place: &str, attributes: &'a Attributes) {
        for (name, value) in attributes {
            let place = format!("{place}/{name}");
            self.add(&place, name);
            self.value(&place, value);
        }
    }

    fn value(&mut self, place: &str, value: &'a Value) {
        match value {
            Value::String(text) => self.add(place, text),
            Value::Bytes(bytes) => {
                self.0.push(PlacedText { place: place.to_owned(), text: String::from_utf8_lossy(bytes) });
            }
            Value::Array(values) => values.iter().for_each(|value| self.value(place, value)),
            Value::Map(attributes) => {
                for (name, value) in attributes {
                    self.add(place, name);
                    self.value(place, value);
                }
            }
            Value::Bool(_) | Value::Int(_) | Value::Double(_) | Value::Empty => {}
        }
    }
}
