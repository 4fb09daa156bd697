//! Metrics of each call: that they are there, in the family's unit, and say what the span and the wire say.

use super::rules::{REPEATED, contradiction, facts_of};
use super::value::{Truth, equal};
use crate::convention::{Concept, MetricRole, MetricTable, Reading, Release, SplitTable};
use crate::judge::Finding;
use crate::judge::view::{CallSpan, CellView, StepView};
use crate::telemetry::{Attributes, HistogramPoint, Metric, MetricData, Value};

/// The metrics of every step whose call's span arrived with it.
pub(in crate::judge) fn check(view: &CellView<'_>, release: Option<&Release>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for step in &view.steps {
        // Of several calls in one step nobody knows whose point is whose, and a span that is late has late metrics.
        let [call] = step.calls.as_slice() else { continue };
        if !step.section.telemetry.spans.iter().any(|span| std::ptr::eq(span, call.span)) {
            continue;
        }
        for (role, table) in &view.input.convention.metric {
            findings.extend(Check { view, release, step, call, role: *role, table }.findings());
        }
    }
    findings
}

struct Check<'r, 'a> {
    view: &'r CellView<'a>,
    release: Option<&'r Release>,
    step: &'a StepView<'a>,
    call: &'a CallSpan<'a>,
    role: MetricRole,
    table: &'r MetricTable,
}

impl Check<'_, '_> {
    fn finding(&self, id: &str, detail: &str, message: String) -> Finding {
        let detail = if detail.is_empty() { String::new() } else { format!("/{detail}") };
        Finding::new(id, format!("{}/metric {}{detail}", self.step.step.id, self.table.name), message)
    }

    fn findings(&self) -> Vec<Finding> {
        let metrics = &self.step.section.telemetry.metrics;
        let of_name: Vec<&Metric> = metrics.iter().filter(|metric| metric.name == self.table.name).collect();
        if of_name.is_empty() && !self.view.input.variant.metrics {
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
        findings.extend(points.iter().flat_map(|point| self.attributes(&point.attributes)));
        findings.sort();
        findings.dedup();
        findings
    }

    fn duration(&self, points: &[&HistogramPoint]) -> Option<Finding> {
        /// Metric and span are measured at different places, with whatever the machine does in between; a wrong unit
        /// differs by a thousand.
        const AS_MUCH: f64 = 30.0;
        const NEGLIGIBLE: f64 = 0.25;
        let count: u64 = points.iter().map(|point| point.count).sum();
        if count != 1 {
            let message = match count {
                0 => "no point for the call".to_owned(),
                count => format!("{count} values for one call"),
            };
            let id = if count == 0 { "metric.missing" } else { "metric.duplicate" };
            return Some(self.finding(id, "", message));
        }
        let measured: f64 = points.iter().map(|point| point.sum).sum();
        let lasted = self.call.span.end.0.saturating_sub(self.call.span.start.0);
        let lasted = std::time::Duration::from_nanos(lasted).as_secs_f64();
        if lasted <= 0.0 {
            return None;
        }
        let is_far =
            (measured - lasted).abs() > NEGLIGIBLE && (measured > lasted * AS_MUCH || measured * AS_MUCH < lasted);
        // Measured numbers stay out of the text, which must be the same at every run.
        let message = if measured <= 0.0 {
            "the duration is not more than nothing"
        } else if is_far {
            "the duration is not the span's, not even nearly: another unit?"
        } else {
            return None;
        };
        Some(self.finding("metric.duration", "", message.to_owned()))
    }

    fn tokens(&self, points: &[&HistogramPoint], split: &SplitTable) -> Vec<Finding> {
        let facts = facts_of(self.view, self.step, self.call);
        let sides = [(Concept::UsageInput, &split.input), (Concept::UsageOutput, &split.output)];
        let mut findings = Vec::new();
        for (concept, word) in sides {
            let is_ours = |point: &&&HistogramPoint| matches!(point.attributes.get(&split.attribute), Some(Value::String(text)) if text == word);
            let ours: Vec<_> = points.iter().filter(is_ours).collect();
            let sum: f64 = ours.iter().map(|point| point.sum).sum();
            match facts.truth(concept) {
                Truth::Is { value, place, omittable } => {
                    let all_told = value.as_f64().is_some_and(|value| (value - sum).abs() < 0.5);
                    if ours.is_empty() {
                        if !omittable {
                            let message = format!("no point; the wire says {value} ({place})");
                            findings.push(self.finding("metric.missing", concept.as_str(), message));
                        }
                    } else if !all_told {
                        let message = format!("the metric says {sum}, but the wire says {value} ({place})");
                        findings.push(self.finding("truth.contradiction", concept.as_str(), message));
                    }
                }
                Truth::Nothing { place } if sum > 0.0 => {
                    let message = format!("the metric says {sum}; the wire has none ({place})");
                    findings.push(self.finding("truth.invented", concept.as_str(), message));
                }
                _ => {}
            }
        }
        findings
    }

    /// A point says what its span says. What both get wrong is the span's finding.
    fn attributes(&self, attributes: &Attributes) -> Vec<Finding> {
        let convention = self.view.input.convention;
        let evidence = self.view.evidence(self.call.span);
        let facts = facts_of(self.view, self.step, self.call);
        let mut findings = Vec::new();
        for concept in REPEATED {
            let on_point = convention.read_attributes(attributes, *concept, self.release);
            let on_span = convention.read(&evidence, *concept, self.release);
            match (on_point, on_span) {
                (Some(Reading::Present { value, .. }), Reading::Present { value: spans, source })
                    if !equal(concept.kind(), &spans, &value) =>
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

fn histogram(metric: &Metric) -> &[HistogramPoint] {
    match &metric.data {
        MetricData::Histogram(points) | MetricData::ExponentialHistogram(points) => points,
        MetricData::Sum { .. } | MetricData::Gauge(_) => &[],
    }
}
