//! Snapshots of live runs: compared by keys and types, because a live model never says the same twice.

use crate::telemetry::canonical::{
    Document, DocumentAttributes, DocumentLog, DocumentPoint, DocumentSpan, DocumentStatus, DocumentValue, Double,
    HistogramSum, Measure, ParseError, Text, parse, render,
};

/// The text of a snapshot with every value replaced by one that says its type only. Names of spans, kinds, statuses,
/// parents and scopes stay; what repeats as often as the model pleases stands once.
pub(crate) fn snapshot_shape(text: &str) -> Result<String, ParseError> {
    let mut document = parse(text)?;
    shape(&mut document);
    Ok(render(&document))
}

fn shape(document: &mut Document) {
    for section in &mut document.sections {
        section.spans.iter_mut().for_each(span);
        section.logs.iter_mut().for_each(log);
        section.logs.dedup();
        for metric in &mut section.metrics {
            metric.points.iter_mut().for_each(point);
            metric.points.dedup();
        }
    }
}

fn span(span: &mut DocumentSpan) {
    attributes(&mut span.attributes);
    if let DocumentStatus::Error(message) = &mut span.status {
        *message = some_text();
    }
    for event in &mut span.events {
        attributes(&mut event.attributes);
    }
    // One event per chunk: how many there are is the service's business.
    span.events.dedup();
    for link in &mut span.links {
        attributes(&mut link.attributes);
    }
}

fn log(log: &mut DocumentLog) {
    value(&mut log.body);
    attributes(&mut log.attributes);
}

fn point(point: &mut DocumentPoint) {
    attributes(&mut point.attributes);
    match &mut point.measure {
        Measure::Number(number) => value(number),
        Measure::Histogram { count, sum, buckets, .. } => {
            *count = 0;
            buckets.clear();
            if let HistogramSum::Number(number) = sum {
                *number = Double(0.0);
            }
        }
    }
}

/// Values, and names that count: `gen_ai.completion.0.role` and `gen_ai.completion.1.role` are one key.
fn attributes(attributes: &mut DocumentAttributes) {
    for (name, mut found) in std::mem::take(attributes) {
        if matches!(found, DocumentValue::Json(_)) && is_written_by_a_model(&name) {
            found = DocumentValue::Text(some_text());
        }
        value(&mut found);
        let segments = name.split('.').map(|segment| {
            let counts = !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit());
            if counts { "n" } else { segment }
        });
        attributes.insert(segments.collect::<Vec<_>>().join("."), found);
    }
}

fn value(found: &mut DocumentValue) {
    match found {
        DocumentValue::Text(text) | DocumentValue::BrokenJson(text) => *text = some_text(),
        DocumentValue::Bool(truth) => *truth = true,
        DocumentValue::Int(_) | DocumentValue::IntPlaceholder(_) => *found = DocumentValue::Int(0),
        DocumentValue::Double(_) | DocumentValue::DoublePlaceholder(_) => *found = DocumentValue::Double(Double(0.0)),
        DocumentValue::Bytes(bytes) => bytes.clear(),
        DocumentValue::Empty => {}
        DocumentValue::Array(items) => {
            let mut shapes: Vec<DocumentValue> = Vec::new();
            for mut item in std::mem::take(items) {
                value(&mut item);
                if !shapes.contains(&item) {
                    shapes.push(item);
                }
            }
            *items = shapes;
        }
        DocumentValue::Map(map) => {
            for (key, member) in map {
                if matches!(member, DocumentValue::Json(_)) && is_written_by_a_model(key) {
                    *member = DocumentValue::Text(some_text());
                }
                value(member);
            }
        }
        DocumentValue::Json(inner) => value(inner),
    }
}

/// Whether a text that happens to be JSON is what a model said: its keys are its own.
fn is_written_by_a_model(key: &str) -> bool {
    ["content", "text"].contains(&key.rsplit('.').next().unwrap_or_default())
}

fn some_text() -> Text {
    Text::literal("text")
}
