//! All checks together.

use super::transparency;
use super::view::{CellView, fence_name};
use super::{
    BrokenReason, Fence, JudgeInput, Judgement, Section, content, egress, expectations, form, secrets, shape, truth,
};

/// Checks one cell. Findings come sorted and without duplicates, so that the same capture gives the same text.
pub fn judge(input: &JudgeInput<'_>) -> Judgement {
    let mut broken = faults(input);
    let release = match input.release() {
        Ok(release) => release,
        Err(reason) => {
            broken.push(reason);
            None
        }
    };
    let view = CellView::new(input);
    let mut findings = Vec::new();
    if !input.flavor.is_control {
        findings.extend(expectations::check(&view, release.as_ref()));
        findings.extend(shape::check(&view));
        findings.extend(content::check(input));
        findings.extend(form::check(input));
        findings.extend(truth::check(&view, release.as_ref()));
        findings.extend(truth::check_metrics(&view, release.as_ref()));
        findings.extend(truth::check_http(&view));
        findings.extend(truth::check_exceptions(&view));
    }
    findings.extend(transparency::check(input));
    findings.extend(secrets::check(input));
    findings.extend(egress::check(input));
    findings.sort();
    findings.dedup();
    Judgement { findings, broken }
}

/// The scope of the span that a scenario's group puts around its steps: the application's own, not the flavor's.
const APPLICATION_SCOPE: &str = "azmatrix.application";

/// What is the harness's fault, not the instrumentor's.
fn faults(input: &JudgeInput<'_>) -> Vec<BrokenReason> {
    let sections = &input.capture.sections;
    sections.iter().filter_map(|section| section_fault(input, section)).collect()
}

fn section_fault(input: &JudgeInput<'_>, section: &Section) -> Option<BrokenReason> {
    let fence = fence_name(&section.fence);
    let telemetry = &section.telemetry;
    if input.flavor.is_control {
        let counts = [
            (telemetry.spans.iter().filter(|span| span.scope.name != APPLICATION_SCOPE).count(), "spans"),
            (telemetry.logs.len(), "log records"),
            (telemetry.metrics.len(), "metrics"),
            (telemetry.payloads.len(), "payloads"),
        ];
        let what: Vec<_> =
            counts.iter().filter(|(count, _)| *count > 0).map(|(count, name)| format!("{count} {name}")).collect();
        if !what.is_empty() {
            return Some(BrokenReason::ControlEmitted { fence, what: what.join(", ") });
        }
    }
    let received = telemetry.spans.len() as u64;
    if section.spans_ended != received {
        return Some(BrokenReason::Lost { fence, ended: section.spans_ended, received });
    }
    match &section.fence {
        Fence::Step(id) if section.outcome.is_none() => Some(BrokenReason::NoOutcome(id.to_string())),
        _ => None,
    }
}
