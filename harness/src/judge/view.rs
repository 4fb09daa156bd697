//! A capture arranged for the checks: which span stands for which call.

use std::collections::BTreeMap;

use super::balance::open_too_long;
use super::{Boundary, JudgeInput, Section};
use crate::convention::{Concept, Evidence, Reading};
use crate::scenario::{Group, Operation, Step};
use crate::telemetry::{LogRecord, Span, SpanId, Telemetry};
use crate::wire::{WireExchange, WireKind};

/// One cell.
pub(super) struct CellView<'a> {
    pub(super) input: &'a JudgeInput<'a>,
    /// Steps that were performed, in the order of the scenario.
    pub(super) steps: Vec<StepView<'a>>,
    /// Every span of the cell with the index of the section in which it arrived.
    pub(super) spans: Vec<(usize, &'a Span)>,
    logs: Vec<&'a LogRecord>,
}

/// One step.
pub(super) struct StepView<'a> {
    pub(super) step: &'a Step,
    pub(super) group: Option<&'a Group>,
    pub(super) section: &'a Section,
    /// The spans that stand for its call of the model; one, if all is well.
    pub(super) calls: Vec<CallSpan<'a>>,
}

/// A span that stands for a call of the model.
#[derive(Clone)]
pub(super) struct CallSpan<'a> {
    pub(super) span: &'a Span,
    pub(super) operation: Operation,
    /// Its name, numbered from the second of the same name in the step on.
    pub(super) label: String,
}

impl<'a> CellView<'a> {
    pub(super) fn new(input: &'a JudgeInput<'a>) -> Self {
        let sections = &input.capture.sections;
        let spans: Vec<_> = sections
            .iter()
            .enumerate()
            .flat_map(|(index, section)| section.telemetry.spans.iter().map(move |span| (index, span)))
            .collect();
        let logs = sections.iter().flat_map(|section| &section.telemetry.logs).collect();
        Self { input, steps: steps(input), spans, logs }
    }

    /// A span with its log records and ancestors.
    pub(super) fn evidence(&self, span: &'a Span) -> Evidence<'a> {
        let logs = self.logs.iter().copied();
        Evidence {
            span,
            logs: logs.filter(|record| record.span == Some(span.id) && record.trace == Some(span.trace)).collect(),
            ancestors: self.ancestors(span),
        }
    }

    fn ancestors(&self, span: &'a Span) -> Vec<&'a Span> {
        let mut ancestors: Vec<&Span> = Vec::new();
        let mut next = span.parent;
        while let Some((_, parent)) = next.and_then(|id| self.span(id)) {
            if parent.id == span.id || ancestors.iter().any(|ancestor| ancestor.id == parent.id) {
                break;
            }
            ancestors.push(parent);
            next = parent.parent;
        }
        ancestors
    }

    /// A span by its id, with the section in which it arrived.
    pub(super) fn span(&self, id: SpanId) -> Option<(usize, &'a Span)> {
        self.spans.iter().copied().find(|(_, span)| span.id == id)
    }

    /// Whether a span stands for a call of the model.
    pub(super) fn is_call(&self, span: &Span) -> bool {
        self.steps.iter().any(|step| step.calls.iter().any(|call| call.span.id == span.id))
    }

    /// The application's own span of a group.
    pub(super) fn group_span(&self, group: &Group) -> Option<&'a Span> {
        let section =
            self.input.capture.sections.iter().find(|section| section.boundary == Boundary::Group(group.id.clone()))?;
        section.telemetry.spans.iter().find(|span| span.name == group.name)
    }
}

impl StepView<'_> {
    /// Requests to the model service that belong to the step.
    pub(super) fn model_requests(&self) -> impl Iterator<Item = &WireExchange> {
        model_requests(self.section)
    }
}

/// Requests to the model service between two flush boundaries.
pub(super) fn model_requests(section: &Section) -> impl Iterator<Item = &WireExchange> {
    section.exchanges.iter().filter(|exchange| exchange.kind == WireKind::Model)
}

/// A flush boundary as it stands in the subject of a finding.
pub(super) fn boundary_name(boundary: &Boundary) -> String {
    match boundary {
        Boundary::Step(id) => id.to_string(),
        Boundary::Group(id) => format!("group {id}"),
        Boundary::Parallel(id) => format!("parallel {id}"),
        Boundary::Close => "close".to_owned(),
    }
}

fn steps<'a>(input: &'a JudgeInput<'a>) -> Vec<StepView<'a>> {
    let sections = &input.capture.sections;
    let calls = assign(input);
    input
        .scenario
        .step
        .iter()
        .filter_map(|step| {
            let is_ours =
                |section: &&Section| matches!(&section.boundary, Boundary::Step(id) if id.as_str() == step.id);
            let index = sections.iter().position(|section| is_ours(&section))?;
            let group = input.scenario.group.iter().find(|group| group.steps.contains(&step.id));
            let calls = labelled(calls.get(&index).cloned().unwrap_or_default());
            Some(StepView { step, group, section: &sections[index], calls })
        })
        .collect()
}

type Calls<'a> = BTreeMap<usize, Vec<(&'a Span, Operation)>>;

/// Call spans by the section of the step that they belong to: the one whose wire has the answer that the span names;
/// else the one in which they arrived, except that a span that arrived too late belongs to the step before it that has
/// none although the wire saw its call and a span was still open.
fn assign<'a>(input: &'a JudgeInput<'a>) -> Calls<'a> {
    let sections = &input.capture.sections;
    let mut calls: Calls<'a> = BTreeMap::new();
    let mut others: BTreeMap<usize, Vec<(&'a Span, Operation)>> = BTreeMap::new();
    for (index, section) in sections.iter().enumerate() {
        for span in &section.telemetry.spans {
            let Some(operation) = input.convention.operation(span) else { continue };
            match section_of_answer(input, span) {
                Some(owner) => calls.entry(owner).or_default().push((span, operation)),
                None => others.entry(index).or_default().push((span, operation)),
            }
        }
    }
    let open = open_too_long(input);
    let mut waiting: Vec<usize> = Vec::new();
    for (index, section) in sections.iter().enumerate() {
        let mut arrived = others.remove(&index).unwrap_or_default();
        arrived.sort_by_key(|(span, _)| (span.start, span.id));
        let has_call = matches!(section.boundary, Boundary::Step(_)) && model_requests(section).next().is_some();
        let own = usize::from(has_call && !calls.contains_key(&index));
        while arrived.len() > own && !waiting.is_empty() {
            calls.entry(waiting.remove(0)).or_default().push(arrived.remove(0));
        }
        if arrived.is_empty() && own == 1 && open[index] > 0 {
            waiting.push(index);
        }
        calls.entry(index).or_default().extend(arrived);
    }
    for spans in calls.values_mut() {
        spans.sort_by_key(|(span, _)| (span.start, span.id));
    }
    calls
}

/// The section of the step whose exchange has the answer that a span names.
fn section_of_answer(input: &JudgeInput<'_>, span: &Span) -> Option<usize> {
    let release = input.variant.release();
    let evidence = Evidence::of_span(span);
    let Reading::Present { value, .. } = input.convention.read(&evidence, Concept::ResponseId, release.as_ref()) else {
        return None;
    };
    let id = value.as_str().filter(|id| !id.is_empty())?;
    let has_it =
        |section: &Section| model_requests(section).any(|exchange| exchange.response_ids().any(|one| one == id));
    input.capture.sections.iter().position(has_it)
}

fn labelled(calls: Vec<(&Span, Operation)>) -> Vec<CallSpan<'_>> {
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    calls
        .into_iter()
        .map(|(span, operation)| {
            let count = seen.entry(&span.name).and_modify(|count| *count += 1).or_insert(1);
            let label = if *count == 1 { span.name.clone() } else { format!("{} {count}", span.name) };
            CallSpan { span, operation, label }
        })
        .collect()
}

/// The scope of the span that a scenario's group puts around its steps: the application's own, not the flavor's.
const APPLICATION_SCOPE: &str = "azmatrix.application";

/// What a flavor exported, counted, for a message; none when it exported nothing.
pub(super) fn exported(telemetry: &Telemetry) -> Option<String> {
    let counts = [
        (telemetry.spans.iter().filter(|span| span.scope.name != APPLICATION_SCOPE).count(), "spans"),
        (telemetry.logs.len(), "log records"),
        (telemetry.metrics.len(), "metrics"),
        (telemetry.payloads.len(), "payloads"),
    ];
    let some: Vec<_> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{count} {}", if *count == 1 { name.trim_end_matches('s') } else { name }))
        .collect();
    (!some.is_empty()).then(|| some.join(", "))
}
