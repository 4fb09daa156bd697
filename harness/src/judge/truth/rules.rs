//! `truth.wrong`, `truth.invented`, `truth.missing`, and `truth.contradiction` within a span and its log records.

use serde_json::Value as Json;

use super::matching::stands_alone;
use super::value::{Truth, equal, is_nothing, shown};
use super::{CallFacts, exchange_of};
use crate::convention::{Concept, Evidence, Reading, Release, Sensitivity};
use crate::judge::Finding;
use crate::judge::view::{CallSpan, CellView, StepView};

/// What a span says about a concept, held against the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::judge) enum TruthOf {
    /// It says what the wire says.
    True,
    /// It says something else.
    Wrong,
    /// It says nothing, although there is something to say.
    Missing,
}

/// Concepts that points of metrics repeat.
pub(super) const REPEATED: &[Concept] = &[
    Concept::Operation,
    Concept::Provider,
    Concept::RequestModel,
    Concept::ResponseModel,
    Concept::ResponseServiceTier,
    Concept::ResponseFingerprint,
    Concept::ServerHost,
    Concept::ServerPort,
    Concept::ErrorType,
];

/// Every concept of every call's span.
pub(in crate::judge) fn check(view: &CellView<'_>, release: Option<&Release>) -> Vec<Finding> {
    let calls = view.steps.iter().flat_map(|step| step.calls.iter().map(move |call| (step, call)));
    let of_calls = calls.flat_map(|(step, call)| check_call(view, release, step, call));
    of_calls.chain(check_groups(view, release)).collect()
}

/// What the application's own spans say about the session and the user that the application gave them.
fn check_groups<'a>(view: &'a CellView<'_>, release: Option<&'a Release>) -> impl Iterator<Item = Finding> {
    let groups = view.input.scenario.group.iter().filter_map(|group| Some((group, view.group_span(group)?)));
    groups.flat_map(move |(group, span)| {
        let given = [(Concept::Session, &group.session), (Concept::User, &group.user)];
        given.into_iter().filter_map(move |(concept, given)| {
            let given = Json::from(given.as_deref()?);
            let reading = view.input.convention.read(&Evidence::of_span(span), concept, release);
            let Reading::Present { value, source } = reading else { return None };
            let subject = format!("group {}/{}/{concept}", group.id, group.name);
            let message = format!("emitted {} in {source}; the application gave {}", shown(&value), shown(&given));
            (value != given).then(|| Finding::new("truth.wrong", subject, message))
        })
    })
}

fn check_call<'a>(
    view: &CellView<'a>,
    release: Option<&Release>,
    step: &'a StepView<'a>,
    call: &'a CallSpan<'a>,
) -> Vec<Finding> {
    let rule = Rule::new(view, release, step, call);
    let concepts = Concept::ALL.iter().filter(|concept| rule.may_be_recorded(**concept));
    let on_the_span = concepts.flat_map(|concept| rule.concept(*concept));
    on_the_span.chain(rule.log_records()).collect()
}

/// The facts of a call's span.
pub(super) fn facts_of<'a>(view: &CellView<'a>, step: &'a StepView<'a>, call: &CallSpan<'a>) -> CallFacts<'a> {
    // What the application saw is about the one call; of several nobody knows which saw it.
    let outcome = step.section.outcome.as_ref().filter(|_| stands_alone(step));
    let facts = CallFacts::new(exchange_of(view, step, call), outcome, step.group, Some(call.span));
    let is_unsent = stands_alone(step) && step.model_requests().next().is_none();
    if is_unsent { facts.unsent() } else { facts }
}

/// How a span's word on each concept holds against the wire; concepts of which there is nothing to say, or nobody can
/// tell, are left out.
pub(in crate::judge) fn truths_of<'a>(
    view: &CellView<'a>,
    release: Option<&Release>,
    step: &'a StepView<'a>,
    call: &'a CallSpan<'a>,
) -> Vec<(Concept, TruthOf)> {
    let rule = Rule::new(view, release, step, call);
    let concepts = Concept::ALL.iter().filter(|concept| rule.may_be_recorded(**concept));
    concepts.filter_map(|concept| Some((*concept, rule.holds(*concept)?))).collect()
}

struct Rule<'r, 'a> {
    view: &'r CellView<'a>,
    release: Option<&'r Release>,
    step: &'a StepView<'a>,
    call: &'a CallSpan<'a>,
    evidence: Evidence<'a>,
    facts: CallFacts<'a>,
}

impl<'r, 'a> Rule<'r, 'a> {
    fn new(
        view: &'r CellView<'a>,
        release: Option<&'r Release>,
        step: &'a StepView<'a>,
        call: &'a CallSpan<'a>,
    ) -> Self {
        Self { view, release, step, call, evidence: view.evidence(call.span), facts: facts_of(view, step, call) }
    }

    fn holds(&self, concept: Concept) -> Option<TruthOf> {
        let truth = self.facts.truth(concept);
        let convention = self.view.input.convention;
        match (convention.read(&self.evidence, concept, self.release), &truth) {
            (_, Truth::Unknown) | (Reading::AbsentByDesign(_), _) => None,
            (Reading::Present { value, .. }, Truth::Nothing { .. }) => (!is_nothing(&value)).then_some(TruthOf::Wrong),
            (Reading::Present { .. }, _) => {
                // Every spelling counts: who reads the second one is misled as well.
                let each = convention.read_each(&self.evidence, concept, self.release);
                let agrees = |reading: &Reading| matches!(reading, Reading::Present { value, .. } if truth.agrees(concept.kind(), value));
                Some(if each.iter().all(agrees) { TruthOf::True } else { TruthOf::Wrong })
            }
            (Reading::Unreadable { .. }, _) => Some(TruthOf::Wrong),
            (Reading::Missing { .. }, _) => {
                let is_owed = truth.is_owed() && !convention.is_optional(concept, self.release);
                is_owed.then_some(TruthOf::Missing)
            }
        }
    }

    fn may_be_recorded(&self, concept: Concept) -> bool {
        concept.sensitivity() == Sensitivity::Metadata || self.view.input.variant.content
    }

    fn finding(&self, id: &str, concept: Concept, message: String) -> Finding {
        Finding::new(id, format!("{}/{}/{concept}", self.step.step.id, self.call.label), message)
    }

    fn concept(&self, concept: Concept) -> Vec<Finding> {
        let convention = self.view.input.convention;
        let truth = self.facts.truth(concept);
        match convention.read(&self.evidence, concept, self.release) {
            Reading::AbsentByDesign(_) => Vec::new(),
            Reading::Missing { looked_for, other_release } => {
                let missing = self.missing(concept, &truth, &looked_for, other_release.as_deref());
                missing.into_iter().collect()
            }
            first => {
                let wrong = self.judged(concept, &truth, &first);
                let each = convention.read_each(&self.evidence, concept, self.release);
                let others = each.iter().filter(|other| **other != first);
                wrong.into_iter().chain(others.filter_map(|other| self.other(concept, &truth, &first, other))).collect()
            }
        }
    }

    fn missing(&self, concept: Concept, truth: &Truth, looked_for: &str, other: Option<&str>) -> Option<Finding> {
        if !truth.is_owed() || self.view.input.convention.is_optional(concept, self.release) {
            return None;
        }
        let other = other.map(|other| format!(", only {other} of another release")).unwrap_or_default();
        let message = format!("not emitted: no {looked_for}{other}; {}", truth.describe());
        Some(self.finding("truth.missing", concept, message))
    }

    fn judged(&self, concept: Concept, truth: &Truth, reading: &Reading) -> Option<Finding> {
        let (value, source) = match reading {
            Reading::Present { value, source } => (value, source),
            Reading::Unreadable { source, problem } => {
                let message = format!("{source}: {problem}; {}", truth.describe());
                return Some(self.finding("truth.wrong", concept, message));
            }
            _ => return None,
        };
        if truth.agrees(concept.kind(), value) {
            return None;
        }
        let id = if matches!(truth, Truth::Nothing { .. }) { "truth.invented" } else { "truth.wrong" };
        // A measured number is another at every run, and the text must not be.
        let value = if matches!(truth, Truth::Between { .. }) { "another time".to_owned() } else { shown(value) };
        Some(self.finding(id, concept, format!("emitted {value} in {source}; {}", truth.describe())))
    }

    /// A second spelling of the same thing that says something else.
    fn other(&self, concept: Concept, truth: &Truth, first: &Reading, other: &Reading) -> Option<Finding> {
        let (Reading::Present { value: one, source: first }, Reading::Present { value, source }) = (first, other)
        else {
            return None;
        };
        // Where the other says the truth, the first has its finding already.
        if equal(concept.kind(), one, value) || (truth.agrees(concept.kind(), value) && *truth != Truth::Unknown) {
            return None;
        }
        let message =
            format!("emitted {} in {source}, but {} in {first}; {}", shown(value), shown(one), truth.describe());
        Some(self.finding("truth.contradiction", concept, message))
    }

    /// Log records of the span that say something else than it does, or, where it says nothing, than the wire does.
    fn log_records(&self) -> Vec<Finding> {
        let convention = self.view.input.convention;
        let mut findings = Vec::new();
        let concepts = || Concept::ALL.iter().filter(|concept| concept.sensitivity() == Sensitivity::Metadata);
        for record in &self.evidence.logs {
            let place = format!("log record `{}`", record.event_name);
            for concept in concepts() {
                let said = convention.read_attributes(&record.attributes, *concept, self.release);
                let Some(Reading::Present { value, .. }) = said else { continue };
                match convention.read(&self.evidence, *concept, self.release) {
                    Reading::Present { value: spans, source }
                        if !same(&self.facts.truth(*concept), *concept, &spans, &value) =>
                    {
                        let message = contradiction(&place, &value, &source, &spans);
                        findings.push(self.finding("truth.contradiction", *concept, message));
                    }
                    Reading::Missing { .. } => {
                        let truth = self.facts.truth(*concept);
                        if !truth.agrees(concept.kind(), &value) {
                            let message = format!("{place} says {}; {}", shown(&value), truth.describe());
                            findings.push(self.finding("truth.wrong", *concept, message));
                        }
                    }
                    _ => {}
                }
            }
        }
        findings
    }
}

/// Whether two places say the same; of an error that has several names, both may be right.
pub(super) fn same(truth: &Truth, concept: Concept, one: &Json, other: &Json) -> bool {
    let kind = concept.kind();
    equal(kind, one, other) || (concept == Concept::ErrorType && truth.agrees(kind, one) && truth.agrees(kind, other))
}

/// Two places that do not agree.
pub(super) fn contradiction(place: &str, value: &Json, source: &str, spans: &Json) -> String {
    format!("{place} says {}, but the span says {} in {source}", shown(value), shown(spans))
}
