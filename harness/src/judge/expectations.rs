//! `[[expect]]`: what the scenario's author says must be true, in concepts.

use std::collections::BTreeSet;

use serde_json::Value;

use super::view::{CallSpan, CellView, StepView};
use super::{Answers, Finding};
use crate::convention::{Concept, Reading, Release, Sensitivity};
use crate::scenario::{Expect, ExpectParent, ExpectStatus, Operation};
use crate::telemetry::Status;

pub(super) fn check(view: &CellView<'_>, release: Option<&Release>) -> Vec<Finding> {
    let expectations = &view.input.scenario.expect;
    expectations.iter().flat_map(|expect| Expectation { view, release, expect }.check()).collect()
}

struct Expectation<'a> {
    view: &'a CellView<'a>,
    release: Option<&'a Release>,
    expect: &'a Expect,
}

/// A call span with the step that it belongs to.
type Held<'a> = (&'a StepView<'a>, &'a CallSpan<'a>);

impl<'a> Expectation<'a> {
    fn check(&self) -> Vec<Finding> {
        let held = self.held();
        let mut findings: Vec<_> = self.count(&held).into_iter().chain(self.traces(&held)).collect();
        for (step, call) in &held {
            let has = self.expect.has.iter().filter_map(|(name, expected)| self.has(step, call, name, expected));
            let lacks = self.expect.lacks.iter().filter_map(|name| self.lacks(step, call, name));
            findings.extend(has.chain(lacks).chain(self.parent(step, call)).chain(self.status(step, call)));
        }
        findings
    }

    /// The spans that the expectation is about.
    fn held(&self) -> Vec<Held<'a>> {
        let operation = self.expect.spans.as_ref().and_then(|spans| spans.operation);
        let steps = self.view.steps.iter();
        steps
            .filter(|step| self.expect.step.as_ref().is_none_or(|wanted| *wanted == step.step.id))
            .flat_map(|step| step.calls.iter().map(move |call| (step, call)))
            .filter(|(_, call)| operation.is_none_or(|operation| call.operation == operation))
            .collect()
    }

    fn finding(&self, subject: String, message: String) -> Finding {
        Finding::new(format!("expect.{}", self.expect.id), subject, message)
    }

    fn scope(&self) -> &str {
        self.expect.step.as_deref().unwrap_or("all steps")
    }

    fn count(&self, held: &[Held<'_>]) -> Option<Finding> {
        let expected = self.expect.spans.as_ref()?;
        let count = held.len();
        if count == expected.count as usize {
            return None;
        }
        let what = expected.operation.map_or("model-call", Operation::as_str);
        let message = format!("{count} {what} spans, expected {}", expected.count);
        Some(self.finding(format!("{}/spans", self.scope()), message))
    }

    fn traces(&self, held: &[Held<'_>]) -> Option<Finding> {
        let expected = self.expect.traces? as usize;
        let traces: BTreeSet<_> = held.iter().map(|(_, call)| call.span.trace).collect();
        // Without any span there is nothing to count: `shape.missing` says so.
        if held.is_empty() || traces.len() == expected {
            return None;
        }
        let message = format!("the spans belong to {} traces, expected {expected}", traces.len());
        Some(self.finding(format!("{}/traces", self.scope()), message))
    }

    fn reading(&self, call: &CallSpan<'_>, concept: Concept) -> Option<Reading> {
        if concept.sensitivity() == Sensitivity::Content && !self.view.input.variant.content {
            return None;
        }
        // The evidence is looked up by id, because the view's own borrow outlives the call's.
        let (_, span) = self.view.spans.iter().find(|(_, span)| std::ptr::eq(*span, call.span))?;
        Some(self.view.input.convention.read(&self.view.evidence(span), concept, self.release))
    }

    fn has(&self, step: &StepView<'_>, call: &CallSpan<'_>, name: &str, expected: &Value) -> Option<Finding> {
        let concept = Concept::parse(name)?;
        let message = match self.reading(call, concept)? {
            Reading::AbsentByDesign(_) => return None,
            Reading::Present { value, .. } if value == *expected => return None,
            Reading::Present { value, .. } if self.is_live(concept) && of_one_type(&value, expected) => return None,
            Reading::Present { value, source } => format!("emitted {value} in {source}, expected {expected}"),
            Reading::Unreadable { source, problem } => format!("{source}: {problem}; expected {expected}"),
            Reading::Missing { looked_for, other_release: None } => {
                format!("not emitted: no {looked_for}; expected {expected}")
            }
            Reading::Missing { looked_for, other_release: Some(other) } => {
                format!("not emitted: no {looked_for}, only {other} of another release; expected {expected}")
            }
        };
        Some(self.finding(subject(step, call, name), message))
    }

    /// Whether the value is another than the scenario's, because a live service gave it.
    fn is_live(&self, concept: Concept) -> bool {
        const ANSWERED: [&str; 8] = [
            "response.",
            "finish_reasons",
            "usage.",
            "output.",
            "error.",
            "input.assistant",
            "input.tool_",
            "embeddings.",
        ];
        self.view.input.answers == Answers::Live
            && ANSWERED.iter().any(|beginning| concept.as_str().starts_with(beginning))
    }

    fn lacks(&self, step: &StepView<'_>, call: &CallSpan<'_>, name: &str) -> Option<Finding> {
        let concept = Concept::parse(name)?;
        let message = match self.reading(call, concept)? {
            // The scenario's answer lacks it; whether this one does is for the wire to say.
            _ if self.is_live(concept) => return None,
            Reading::Present { value, source } => format!("emitted {value} in {source}, expected nothing"),
            Reading::Unreadable { source, problem } => format!("{source}: {problem}; expected nothing"),
            Reading::Missing { .. } | Reading::AbsentByDesign(_) => return None,
        };
        Some(self.finding(subject(step, call, name), message))
    }

    fn parent(&self, step: &StepView<'_>, call: &CallSpan<'_>) -> Option<Finding> {
        let message = match (self.expect.parent?, call.span.parent) {
            (ExpectParent::None, None) => return None,
            (ExpectParent::None, Some(parent)) => {
                format!("its parent is {}, expected none", self.parent_name(parent))
            }
            (ExpectParent::Group, parent) => {
                let group = step.group?;
                let wanted = self.view.group_span(group).map(|span| span.id);
                if wanted.is_some() && parent == wanted {
                    return None;
                }
                let actual = parent.map_or_else(|| "none".to_owned(), |parent| self.parent_name(parent));
                format!("its parent is {actual}, expected the application's span `{}`", group.name)
            }
        };
        Some(self.finding(subject(step, call, "parent"), message))
    }

    fn parent_name(&self, parent: crate::telemetry::SpanId) -> String {
        self.view
            .span(parent)
            .map_or_else(|| "a span that did not arrive".to_owned(), |(_, span)| format!("`{}`", span.name))
    }

    fn status(&self, step: &StepView<'_>, call: &CallSpan<'_>) -> Option<Finding> {
        let message = match (self.expect.status?, &call.span.status) {
            (ExpectStatus::Ok, Status::Error(description)) => {
                format!("the status is error (`{description}`), expected none")
            }
            (ExpectStatus::Error, Status::Unset) => "the status is unset, expected error".to_owned(),
            (ExpectStatus::Error, Status::Ok) => "the status is ok, expected error".to_owned(),
            _ => return None,
        };
        Some(self.finding(subject(step, call, "status"), message))
    }
}

/// Whether two values have the same type; lists also one of their items.
fn of_one_type(value: &Value, expected: &Value) -> bool {
    match (value, expected) {
        (Value::Array(values), Value::Array(expected)) => match (values.first(), expected.first()) {
            (Some(value), Some(expected)) => of_one_type(value, expected),
            (value, expected) => value.is_none() == expected.is_none(),
        },
        _ => std::mem::discriminant(value) == std::mem::discriminant(expected),
    }
}

fn subject(step: &StepView<'_>, call: &CallSpan<'_>, part: &str) -> String {
    format!("{}/{}/{part}", step.step.id, call.label)
}
