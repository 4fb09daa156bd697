//! Two live runs of the same steps, made comparable: a live model never says the same twice.

use super::{Shape, shaped};
use crate::judge::{Boundary, Capture, Section};
use crate::protocol::Outcome;
use crate::scenario::ScenarioFile;
use crate::telemetry::Telemetry;
use crate::wire::{WireExchange, WireKind};

/// What two runs say about the instrumentor's effect on the application, without what only the model's mood decides:
/// outcomes become shapes, and are left out where the service itself answered in another shape; requests that carry
/// earlier answers become shapes too.
pub(crate) fn comparable(scenario: &ScenarioFile, ours: &Capture, theirs: &Capture) -> (Capture, Capture) {
    let mut pair = (Capture::default(), Capture::default());
    for section in &ours.sections {
        let Boundary::Step(id) = &section.boundary else { continue };
        let Some(other) = theirs.step(id) else { continue };
        let step = scenario.step.iter().find(|step| step.id == id.as_str());
        let goes_on = step.and_then(|step| step.chat.as_ref()).is_some_and(|chat| chat.continues.is_some());
        let alike = answers(section) == answers(other) && attempts(section) == attempts(other);
        pair.0.sections.push(shaped_section(section, goes_on, alike));
        pair.1.sections.push(shaped_section(other, goes_on, alike));
    }
    pair
}

fn shaped_section(section: &Section, goes_on: bool, alike: bool) -> Section {
    let mut exchanges = section.exchanges.clone();
    if goes_on {
        for exchange in &mut exchanges {
            exchange.request = exchange.request.as_ref().map(shaped);
        }
    }
    if !alike {
        // One attempt more or less is the service's doing.
        exchanges.clear();
    }
    Section {
        boundary: section.boundary.clone(),
        telemetry: Telemetry::default(),
        outcome: section.outcome.as_ref().filter(|_| alike).map(shaped_outcome),
        exchanges,
        spans_started: 0,
        spans_ended: 0,
    }
}

fn shaped_outcome(outcome: &Outcome) -> Outcome {
    match outcome {
        Outcome::Response { body } => Outcome::Response { body: shaped(body) },
        Outcome::Stream { chunks, ended, error } => {
            let mut shapes = Vec::new();
            for shape in chunks.iter().map(shaped) {
                if !shapes.contains(&shape) {
                    shapes.push(shape);
                }
            }
            shapes.sort_by_key(ToString::to_string);
            Outcome::Stream { chunks: shapes, ended: *ended, error: error.clone() }
        }
        Outcome::Error { error } => {
            let mut error = error.clone();
            error.request_id = error.request_id.map(|_| "string".to_owned());
            Outcome::Error { error }
        }
    }
}

/// The shapes of what the service answered.
fn answers(section: &Section) -> Vec<Shape> {
    model(section).map(|exchange| Shape::of(exchange.response.documents())).collect()
}

/// The statuses of all attempts.
fn attempts(section: &Section) -> Vec<Option<u16>> {
    model(section).map(|exchange| exchange.status).collect()
}

fn model(section: &Section) -> impl Iterator<Item = &WireExchange> {
    section.exchanges.iter().filter(|exchange| exchange.kind == WireKind::Model)
}
