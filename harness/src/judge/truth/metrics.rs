//! Metrics of calls: that they are there, in the family's unit, and say what the spans and the wire say.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::CallFacts;
use super::rules::{REPEATED, contradiction, facts_of, same};
use super::value::Truth;
use crate::convention::{Concept, Evidence, MetricRole, MetricTable, Reading, Release, SplitTable};
use crate::flavor::Exports;
use crate::judge::view::{CallSpan, CellView, StepView, boundary_name};
use crate::judge::{Boundary, Finding, Section};
use crate::telemetry::{Attributes, HistogramPoint, Metric, MetricData, Span, Value};

/// The metrics of every step and of every block of parallel steps.
pub(in crate::judge) fn check(view: &CellView<'_>, release: Option<&Release>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for measured in measured(view).filter(Measured::is_whole) {
        // What is known of a call is worked out once, not for each point.
        let known: Vec<Known<'_>> = measured.calls().map(|(step, call)| Known::new(view, step, call)).collect();
        for (role, table) in &view.input.convention.metric {
            let check = Check { view, release, measured: &measured, known: &known, role: *role, table };
            findings.extend(check.findings());
        }
    }
    findings
}

/// Calls whose points arrived together: of several, nobody knows whose point is whose.
struct Measured<'a> {
    name: String,
    section: &'a Section,
    steps: Vec<&'a StepView<'a>>,
}

/// What arrived between two flush boundaries: that of a step, or of a block.
fn measured<'a>(view: &'a CellView<'a>) -> impl Iterator<Item = Measured<'a>> {
    let scenario = view.input.scenario;
    view.input.capture.sections.iter().filter_map(move |section| {
        let steps = view.steps.iter();
        Some(match &section.boundary {
            Boundary::Step(id) if scenario.parallel_of(id.as_str()).is_none() => {
                let steps = steps.filter(|step| std::ptr::eq(step.section, section)).collect();
                Measured { name: id.to_string(), section, steps }
            }
            Boundary::Parallel(id) => {
                let block = scenario.parallel.iter().find(|block| block.id == *id)?;
                let steps = steps.filter(|step| block.steps.contains(&step.step.id)).collect();
                Measured { name: boundary_name(&section.boundary), section, steps }
            }
            _ => return None,
        })
    })
}

impl<'a> Measured<'a> {
    /// Whether there are calls, and the spans of all of them are there: one that is late has late metrics.
    fn is_whole(&self) -> bool {
        let mut calls = self.calls().peekable();
        let arrived = |(step, call): (&StepView<'_>, &CallSpan<'_>)| {
            step.section.telemetry.spans.iter().any(|span| std::ptr::eq(span, call.span))
        };
        calls.peek().is_some() && calls.all(arrived)
    }

    fn calls(&self) -> impl Iterator<Item = (&'a StepView<'a>, &'a CallSpan<'a>)> {
        self.steps.iter().flat_map(|step| step.calls.iter().map(|call| (*step, call)))
    }

    /// The span of each step, where a step has several, the first.
    fn firsts(&self) -> impl Iterator<Item = (&'a StepView<'a>, &'a CallSpan<'a>)> {
        self.steps.iter().filter_map(|step| Some((*step, step.calls.first()?)))
    }

    /// Seconds that the calls lasted at the least and at the most: where several spans stand for one call, it may have
    /// been measured as any of them, or as all.
    fn lasted(&self) -> (f64, f64) {
        let shortest = |step: &&StepView<'_>| step.calls.iter().map(|call| seconds(call.span)).reduce(f64::min);
        let spans: BTreeMap<_, _> = self.calls().map(|(_, call)| (call.span.id, call.span)).collect();
        (self.steps.iter().copied().filter_map(|step| shortest(&step)).sum(), spans.into_values().map(seconds).sum())
    }

    /// How many calls there were at the least and at the most: a client that tries again may be measured once or each time.
    fn count(&self) -> (u64, u64) {
        let spans: BTreeSet<_> = self.calls().map(|(_, call)| call.span.id).collect();
        let without = self.steps.iter().filter(|step| step.calls.is_empty()).count();
        (self.firsts().count() as u64, (spans.len() + without) as u64)
    }
}

fn seconds(span: &Span) -> f64 {
    Duration::from_nanos(span.end.0.saturating_sub(span.start.0)).as_secs_f64()
}

/// What is known of a call.
struct Known<'a> {
    step: &'a StepView<'a>,
    call: &'a CallSpan<'a>,
    evidence: Evidence<'a>,
    facts: CallFacts<'a>,
}

impl<'a> Known<'a> {
    fn new(view: &CellView<'a>, step: &'a StepView<'a>, call: &'a CallSpan<'a>) -> Self {
        Self { step, call, evidence: view.evidence(call.span), facts: facts_of(view, step, call) }
    }
}

struct Check<'r, 'a> {
    view: &'r CellView<'a>,
    release: Option<&'r Release>,
    measured: &'r Measured<'a>,
    known: &'r [Known<'a>],
    role: MetricRole,
    table: &'r MetricTable,
}

impl Check<'_, '_> {
    fn finding(&self, id: &str, detail: &str, message: String) -> Finding {
        let detail = if detail.is_empty() { String::new() } else { format!("/{detail}") };
        Finding::new(id, format!("{}/metric {}{detail}", self.measured.name, self.table.name), message)
    }

    fn findings(&self) -> Vec<Finding> {
        let metrics = &self.measured.section.telemetry.metrics;
        let of_name: Vec<&Metric> = metrics.iter().filter(|metric| metric.name == self.table.name).collect();
        if of_name.is_empty() && self.view.input.variant.exports != Exports::Everything {
            return Vec::new();
        }
        let points: Vec<&HistogramPoint> = of_name.iter().flat_map(|metric| histogram(metric)).collect();
        let mut findings = Vec::new();
        for metric in of_name.iter().filter(|metric| metric.unit != self.table.unit) {
            let message = format!("the unit is `{}`, the convention says `{}`", metric.unit, self.table.unit);
            findings.push(self.finding("metric.unit", "", message));
        }
        match (self.role, &self.table.split) {
            (MetricRole::Duration, _) => findings.extend(self.duration(&points)),
            (MetricRole::Tokens, Some(split)) => findings.extend(self.tokens(&points, split)),
            (MetricRole::Tokens, None) => {}
        }
        findings.extend(points.iter().flat_map(|point| self.point(&point.attributes)));
        findings.sort();
        findings.dedup();
        findings
    }

    fn duration(&self, points: &[&HistogramPoint]) -> Option<Finding> {
        /// Metric and span are measured at different places, with whatever the machine does in between; a wrong unit
        /// differs by a thousand.
        const AS_MUCH: f64 = 30.0;
        const NEGLIGIBLE: f64 = 0.25;
        /// Seconds of each span that a right metric cannot miss. A ratio would not do: how long a first byte takes
        /// depends on the machine's load, and the finding would come and go.
        const MISSED: f64 = 0.75;
        let count: u64 = points.iter().map(|point| point.count).sum();
        let (least, most) = self.measured.count();
        if count < least || count > most {
            let calls = |count: u64| if count == 1 { "one call".to_owned() } else { format!("{count} calls") };
            let (id, message) = match count {
                0 if most == 1 => ("metric.missing", "no point for the call".to_owned()),
                count if count < least => ("metric.missing", format!("{count} values for {}", calls(least))),
                count => ("metric.duplicate", format!("{count} values for {}", calls(most))),
            };
            return Some(self.finding(id, "", message));
        }
        let measured: f64 = points.iter().map(|point| point.sum).sum();
        let (least, most) = self.measured.lasted();
        if most <= 0.0 {
            return None;
        }
        let values = f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        let is_far = measured - most > NEGLIGIBLE && measured > most * AS_MUCH;
        // Measured numbers stay out of the text, which must be the same at every run.
        let message = if measured <= 0.0 {
            "the duration is not more than nothing"
        } else if is_far {
            "the duration is not the span's, not even nearly: another unit?"
        } else if least - measured > MISSED * values {
            "the duration leaves out most of a second that the span took"
        } else {
            return None;
        };
        Some(self.finding("metric.duration", "", message.to_owned()))
    }

    fn tokens(&self, points: &[&HistogramPoint], split: &SplitTable) -> Vec<Finding> {
        let sides = [(Concept::UsageInput, &split.input), (Concept::UsageOutput, &split.output)];
        let mut findings = Vec::new();
        for (concept, word) in sides {
            let is_ours = |point: &&&HistogramPoint| matches!(point.attributes.get(&split.attribute), Some(Value::String(text)) if text == word);
            let ours: Vec<_> = points.iter().filter(is_ours).collect();
            let sum: f64 = ours.iter().map(|point| point.sum).sum();
            let Some(truth) = self.total(concept) else { continue };
            if truth.known.is_empty() {
                if sum > 0.0 {
                    let message = format!("the metric says {sum}; the wire has none ({})", truth.place);
                    findings.push(self.finding("truth.invented", concept.as_str(), message));
                }
                continue;
            }
            if ours.is_empty() {
                if truth.owed > 0.0 {
                    let message = format!("no point; the wire says {} ({})", truth.shown(), truth.place);
                    findings.push(self.finding("metric.missing", concept.as_str(), message));
                }
            } else if !truth.sums().any(|known| (known - sum).abs() < 0.5) {
                let message = format!("the metric says {sum}, but the wire says {} ({})", truth.shown(), truth.place);
                findings.push(self.finding("truth.contradiction", concept.as_str(), message));
            }
        }
        findings
    }

    /// The tokens of all calls together; none when those of one of them are not known.
    fn total(&self, concept: Concept) -> Option<Total> {
        if self.measured.steps.iter().any(|step| step.calls.is_empty() && step.model_requests().next().is_some()) {
            return None;
        }
        let mut total = Total::default();
        let firsts = self
            .known
            .iter()
            .filter(|known| known.step.calls.first().is_some_and(|first| std::ptr::eq(first, known.call)));
        for Known { step, facts, .. } in firsts {
            match facts.truth(concept) {
                Truth::Is { value, place, omittable } => {
                    total.known.push(value.as_f64()?);
                    total.owed += if omittable { 0.0 } else { value.as_f64()? };
                    total.each += value.as_f64()? * f64::from(u32::try_from(step.calls.len()).unwrap_or(1));
                    total.place = place;
                }
                Truth::Nothing { place } if total.place.is_empty() => total.place = place,
                Truth::Nothing { .. } => {}
                _ => return None,
            }
        }
        Some(total)
    }

    /// A point says what the span of one of the calls says.
    fn point(&self, attributes: &Attributes) -> Vec<Finding> {
        // Where it says what none of them says, the one that it is most like.
        let each = self.known.iter().map(|known| self.attributes(attributes, known));
        let mut best: Option<Vec<Finding>> = None;
        for findings in each {
            if best.as_ref().is_none_or(|best| findings.len() < best.len()) {
                best = Some(findings);
            }
            if best.as_ref().is_some_and(Vec::is_empty) {
                break;
            }
        }
        best.unwrap_or_default()
    }

    /// A point says what its span says. What both get wrong is the span's finding.
    fn attributes(&self, attributes: &Attributes, known: &Known<'_>) -> Vec<Finding> {
        let convention = self.view.input.convention;
        let Known { evidence, facts, .. } = known;
        let mut findings = Vec::new();
        for concept in REPEATED {
            let on_point = convention.read_attributes(attributes, *concept, self.release);
            let on_span = convention.read(evidence, *concept, self.release);
            match (on_point, on_span) {
                (Some(Reading::Present { value, .. }), Reading::Present { value: spans, source })
                    if !same(&facts.truth(*concept), *concept, &spans, &value) =>
                {
                    let message = contradiction("the metric", &value, &source, &spans);
                    findings.push(self.finding("truth.contradiction", concept.as_str(), message));
                }
                (Some(Reading::Present { value, source }), Reading::Missing { .. }) => {
                    let truth = facts.truth(*concept);
                    if !truth.agrees(concept.kind(), &value) {
                        let message = format!("emitted {value} in {source}; {}", truth.describe());
                        findings.push(self.finding("truth.wrong", concept.as_str(), message));
                    }
                }
                (None, Reading::Present { .. }) if matches!(concept, Concept::Operation | Concept::Provider) => {
                    let message = format!("a point does not say the {concept}, which every point must");
                    findings.push(self.finding("metric.attribute", concept.as_str(), message));
                }
                _ => {}
            }
        }
        findings
    }
}

/// The tokens of several calls.
#[derive(Default)]
struct Total {
    known: Vec<f64>,
    /// Without those that may be left out.
    owed: f64,
    /// With those of a call that has several spans counted for each.
    each: f64,
    /// Where they stand.
    place: String,
}

impl Total {
    /// Every sum that is right.
    fn sums(&self) -> impl Iterator<Item = f64> {
        [self.known.iter().sum(), self.owed, self.each].into_iter()
    }

    fn shown(&self) -> String {
        let sum: f64 = self.known.iter().sum();
        if self.known.len() == 1 { sum.to_string() } else { format!("{sum} in all") }
    }
}

fn histogram(metric: &Metric) -> &[HistogramPoint] {
    match &metric.data {
        MetricData::Histogram(points) | MetricData::ExponentialHistogram(points) => points,
        MetricData::Sum { .. } | MetricData::Gauge(_) => &[],
    }
}
