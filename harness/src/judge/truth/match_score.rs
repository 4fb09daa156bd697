//! How well a span describes a call: what it takes to tell whose span it is when no id says so.

use serde_json::Value as Json;

use super::CallFacts;
use super::value::Truth;
use crate::convention::{Concept, Convention, Evidence, Reading, Release};
use crate::judge::Section;
use crate::judge::view::model_requests;
use crate::protocol::{Outcome, StreamEnded};
use crate::scenario::{Operation, Step};
use crate::telemetry::{Span, Status, Value};

/// What is true of a step's call.
pub(in crate::judge) struct MatchScore<'a> {
    step: &'a Step,
    failed: bool,
    truths: Vec<(Concept, Truth)>,
}

/// What a span says: concept by concept, and all its texts.
pub(in crate::judge) struct Said {
    values: Vec<(Concept, Json)>,
    texts: String,
}

/// That a text of the step stands in the span tells more than any number.
const TEXT: i32 = 20;
/// So does its being a failure or none.
const FAILURE: i32 = 5;
/// That it claims to be another operation tells most; but a span may be wrong about that, too.
const OPERATION: i32 = 40;

impl<'a> MatchScore<'a> {
    pub(in crate::judge) fn new(step: &'a Step, section: &'a Section) -> Self {
        let outcome = section.outcome.as_ref();
        let exchange = model_requests(section).last();
        let facts = CallFacts::of_call(exchange, outcome);
        let failed = matches!(outcome, Some(Outcome::Error { .. } | Outcome::Stream { ended: StreamEnded::Error, .. }));
        let concepts = Concept::ALL.iter().filter(|concept| **concept != Concept::StreamFirstChunk);
        Self { step, failed, truths: concepts.map(|concept| (*concept, facts.truth(*concept))).collect() }
    }

    /// What a span says.
    pub(in crate::judge) fn said(evidence: &Evidence<'_>, convention: &Convention, release: Option<&Release>) -> Said {
        let values = Concept::ALL.iter().filter_map(|concept| match convention.read(evidence, *concept, release) {
            Reading::Present { value, .. } => Some((*concept, value)),
            _ => None,
        });
        let mut texts = String::new();
        let events = evidence.span.events.iter().flat_map(|event| event.attributes.values());
        let logs = evidence.logs.iter().flat_map(|log| log.attributes.values().chain([&log.body]));
        for value in evidence.span.attributes.values().chain(events).chain(logs) {
            collect(value, &mut texts);
        }
        Said { values: values.collect(), texts }
    }

    /// How much of what a span says is true of the call; what is not, counts against it.
    pub(in crate::judge) fn of(&self, span: &Span, operation: Operation, said: &Said) -> i32 {
        let mut score = 0;
        for (concept, value) in &said.values {
            let truth = self.truths.iter().find(|(known, _)| known == concept).map(|(_, truth)| truth);
            score += match truth {
                None | Some(Truth::Unknown) => 0,
                Some(truth) if truth.agrees(concept.kind(), value) => 1,
                Some(_) => -1,
            };
        }
        if self.step.marker().is_some_and(|marker| said.texts.contains(marker)) {
            score += TEXT;
        }
        if self.step.call().is_some_and(|call| call.operation() != operation) {
            score -= OPERATION;
        }
        let is_error = matches!(span.status, Status::Error(_));
        score + if is_error == self.failed { FAILURE } else { -FAILURE }
    }
}

fn collect(value: &Value, texts: &mut String) {
    match value {
        Value::String(text) => {
            texts.push_str(text);
            texts.push('\n');
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, texts)),
        Value::Map(members) => members.values().for_each(|value| collect(value, texts)),
        Value::Bool(_) | Value::Int(_) | Value::Double(_) | Value::Bytes(_) | Value::Empty => {}
    }
}
