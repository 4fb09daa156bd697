//! The shape of traces: every span ended once, parents exist, one span per call, status as the application saw it.

use std::collections::{BTreeMap, BTreeSet};

use super::balance::open_too_long;
use super::view::{CallSpan, CellView, StepView, boundary_name, exported};
use super::{Boundary, Finding, JudgeInput};
use crate::protocol::{Outcome, StreamEnded};
use crate::scenario::ThenStop;
use crate::telemetry::Status;
use crate::wire::WireExchange;

pub(super) fn check(view: &CellView<'_>) -> Vec<Finding> {
    let mut findings = unended(view);
    findings.extend(ended_twice(view));
    findings.extend(parents(view));
    findings.extend(backwards(view));
    findings.extend(logs(view));
    let never_arrived = never_arrived(view);
    for step in &view.steps {
        findings.extend(call_count(step).filter(|finding| {
            // A span that never ended is found by the counts: one mistake, one finding.
            finding.id != MISSING || !never_arrived.contains(step.step.id.as_str())
        }));
        findings.extend(step.calls.iter().filter_map(|call| place(view, step, call)));
        findings.extend(step.calls.iter().filter_map(|call| status(step, call)));
    }
    findings
}

/// The id of the finding that a call has no span.
const MISSING: &str = "shape.missing";

/// Steps at whose flush boundary a span was open that had not been open before.
fn never_arrived<'a>(view: &CellView<'a>) -> BTreeSet<&'a str> {
    let open = open_too_long(view.input);
    let before = std::iter::once(0).chain(open.iter().copied());
    let sections = view.input.capture.sections.iter().zip(open.iter().copied().zip(before));
    let opened = sections.filter(|(_, (now, before))| now > before);
    opened
        .flat_map(|(section, _)| match &section.boundary {
            Boundary::Step(id) => vec![id.as_str()],
            // Nobody knows which of them it was.
            Boundary::Parallel(id) => {
                let block = view.input.scenario.parallel.iter().find(|block| block.id == *id);
                block.into_iter().flat_map(|block| &block.steps).map(String::as_str).collect()
            }
            Boundary::Group(_) | Boundary::Close => Vec::new(),
        })
        .collect()
}

/// A call's span belongs under the application's span of its group, and under none that is not its own.
fn place(view: &CellView<'_>, step: &StepView<'_>, call: &CallSpan<'_>) -> Option<Finding> {
    let subject = format!("{}/{}", step.step.id, call.label);
    let ancestors = view.evidence(call.span).ancestors;
    let Some(group) = step.group else {
        let groups = &view.input.scenario.group;
        let spans = groups.iter().filter_map(|group| view.group_span(group));
        let leaked = spans.into_iter().find(|span| call.span.parent == Some(span.id))?;
        let message =
            format!("its parent `{}` is a span of the application that was over: the context leaked", leaked.name);
        return Some(Finding::new("shape.leaked-context", subject, message));
    };
    let application = view.group_span(group)?;
    if call.span.parent.is_none() {
        let message = format!("it has no parent, although the application's span `{}` was the current one", group.name);
        return Some(Finding::new("shape.sibling-root", subject, message));
    }
    // A parent that never arrived, or that is the call of another step, has a finding of its own.
    let last = ancestors.last()?;
    let is_under = ancestors.iter().any(|ancestor| ancestor.id == application.id);
    let is_explained = last.parent.is_some() || ancestors.iter().any(|ancestor| view.is_call(ancestor));
    (!is_under && !is_explained).then(|| {
        let message = format!("it is under `{}`, not under the application's span `{}`", last.name, group.name);
        Finding::new("shape.wrong-parent", subject, message)
    })
}

/// Spans that did not end by the flush boundary of their step.
/// What came although everything is switched off.
pub(super) fn nothing(input: &JudgeInput<'_>) -> Vec<Finding> {
    let sections = input.capture.sections.iter().filter_map(|section| {
        let message = format!("the variant exports nothing, and there came {}", exported(&section.telemetry)?);
        Some(Finding::new("shape.switched-off", boundary_name(&section.boundary), message))
    });
    sections.collect()
}

fn unended(view: &CellView<'_>) -> Vec<Finding> {
    let sections = &view.input.capture.sections;
    let mut findings = Vec::new();
    // Flush boundaries at which a span was open too long, one entry per span, oldest first.
    let mut pending: Vec<&Boundary> = Vec::new();
    for (section, open) in sections.iter().zip(open_too_long(view.input)) {
        while (pending.len() as u64) < open {
            pending.push(&section.boundary);
        }
        while pending.len() as u64 > open {
            let boundary = pending.remove(0);
            if !holds_its_stream(view, boundary) {
                let message =
                    format!("a span that was started here ended only at `{}`", boundary_name(&section.boundary));
                findings.push(Finding::new("shape.ended-late", boundary_name(boundary), message));
            }
        }
    }
    let mut never: BTreeMap<&Boundary, u32> = BTreeMap::new();
    for boundary in pending {
        *never.entry(boundary).or_default() += 1;
    }
    findings.extend(never.into_iter().map(|(boundary, count)| {
        let message = match count {
            1 => "a span that was started here never ended".to_owned(),
            count => format!("{count} spans that were started here never ended"),
        };
        Finding::new("shape.never-ended", boundary_name(boundary), message)
    }));
    findings
}

/// Whether the application kept the stream of that step, so that its span cannot be over.
fn holds_its_stream(view: &CellView<'_>, boundary: &Boundary) -> bool {
    let Boundary::Step(id) = boundary else { return false };
    let step = view.input.scenario.step.iter().find(|step| step.id == id.as_str());
    let read = step.and_then(|step| step.chat.as_ref()).and_then(|chat| chat.read.as_ref());
    read.is_some_and(|read| read.then == ThenStop::Hold)
}

fn section_name(view: &CellView<'_>, index: usize) -> String {
    boundary_name(&view.input.capture.sections[index].boundary)
}

fn ended_twice(view: &CellView<'_>) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    let twice = view.spans.iter().filter(|(_, span)| !seen.insert((span.trace, span.id)));
    twice
        .map(|(index, span)| {
            let subject = format!("{}/{}", section_name(view, *index), span.name);
            Finding::new("shape.ended-twice", subject, "the same span was exported twice")
        })
        .collect()
}

/// Parents that did not arrive, and spans under a call of another step.
fn parents(view: &CellView<'_>) -> Vec<Finding> {
    let children = view.spans.iter().filter_map(|(index, span)| Some((*index, *span, span.parent?)));
    children
        .filter_map(|(index, span, parent)| {
            let subject = format!("{}/{}", section_name(view, index), span.name);
            let Some((parent_index, parent)) = view.span(parent) else {
                return Some(Finding::new("shape.orphan", subject, "its parent is no span of this cell"));
            };
            let (ours, theirs) = (step_of(view, index, span)?, step_of(view, parent_index, parent)?);
            (ours != theirs).then(|| {
                let message = format!("its parent `{}` belongs to step `{theirs}`: the context leaked", parent.name);
                Finding::new("shape.leaked-context", subject, message)
            })
        })
        .collect()
}

/// The step that a span belongs to: the one whose call it stands for, or else the one in whose section it arrived.
fn step_of<'a>(view: &'a CellView<'_>, index: usize, span: &crate::telemetry::Span) -> Option<&'a str> {
    let is_call = |step: &&StepView<'_>| step.calls.iter().any(|call| std::ptr::eq(call.span, span));
    if let Some(step) = view.steps.iter().find(is_call) {
        return Some(&step.step.id);
    }
    match &view.input.capture.sections[index].boundary {
        Boundary::Step(id) => Some(id.as_str()),
        Boundary::Group(_) | Boundary::Parallel(_) | Boundary::Close => None,
    }
}

fn backwards(view: &CellView<'_>) -> Vec<Finding> {
    let backwards = view.spans.iter().filter(|(_, span)| span.end < span.start);
    backwards
        .map(|(index, span)| {
            let subject = format!("{}/{}", section_name(view, *index), span.name);
            Finding::new("shape.end-before-start", subject, "it ended before it started")
        })
        .collect()
}

/// Log records that tell of a call of the model belong to a span: without one nobody can say which call it was.
fn logs(view: &CellView<'_>) -> Vec<Finding> {
    let sections = view.input.capture.sections.iter();
    let records = sections.flat_map(|section| section.telemetry.logs.iter().map(move |record| (section, record)));
    records
        .filter(|(_, record)| view.input.convention.tells_of_a_call(record))
        .filter(|(_, record)| record.span.is_none() || record.trace.is_none())
        .map(|(section, record)| {
            let subject = format!("{}/log {}", boundary_name(&section.boundary), record.event_name);
            Finding::new("shape.log-without-span", subject, "it tells of a call, but belongs to no span of a trace")
        })
        .collect()
}

fn call_count(step: &StepView<'_>) -> Option<Finding> {
    let requests = step.model_requests().count();
    // The same span exported twice is not two spans: `shape.ended-twice` says so.
    let spans: BTreeSet<_> = step.calls.iter().map(|call| (call.span.trace, call.span.id)).collect();
    match (spans.len(), requests) {
        (0, 0) | (1, _) => None,
        (0, _) => Some(Finding::new(MISSING, &step.step.id, "no span stands for the call that the wire saw")),
        (count, _) => {
            let names: Vec<_> = step.calls.iter().map(|call| format!("`{}`", call.label)).collect();
            let message = format!("{count} spans stand for one call: {}", names.join(", "));
            Some(Finding::new("shape.duplicate", &step.step.id, message))
        }
    }
}

/// A span is an error if, and only if, the application saw one. An application that stops reading saw none; one that got
/// an event which tells of a failure may have.
fn status(step: &StepView<'_>, call: &CallSpan<'_>) -> Option<Finding> {
    let (failed, saw) = match step.section.outcome.as_ref()? {
        Outcome::Response { .. } => (false, "an answer".to_owned()),
        Outcome::Error { error } => (true, format!("`{}`", error.kind)),
        Outcome::Stream { ended: StreamEnded::Error, error, .. } => {
            (true, error.as_ref().map_or_else(|| "an error".to_owned(), |error| format!("`{}`", error.kind)))
        }
        Outcome::Stream { ended, .. } => (false, format!("a stream, which it {}", ended_words(*ended))),
    };
    let told = || step.model_requests().any(WireExchange::tells_of_a_failure);
    let message = match (&call.span.status, failed) {
        (Status::Error(description), false) if !told() => {
            format!("the status is error (`{description}`), but the application saw {saw}")
        }
        (Status::Unset, true) => format!("the status is unset, but the application saw {saw}"),
        (Status::Ok, true) => format!("the status is ok, but the application saw {saw}"),
        _ => return None,
    };
    Some(Finding::new("shape.status", format!("{}/{}", step.step.id, call.label), message))
}

fn ended_words(ended: StreamEnded) -> &'static str {
    match ended {
        StreamEnded::Exhausted => "read to its end",
        StreamEnded::Break => "left",
        StreamEnded::Close => "closed",
        StreamEnded::Cancel => "cancelled",
        StreamEnded::Hold => "kept",
        StreamEnded::Error => "lost",
    }
}
