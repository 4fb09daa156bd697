//! All checks together.

use super::transparency;
use super::view::{CellView, boundary_name, exported};
use super::{
    Boundary, BrokenReason, JudgeInput, Section, Verdict, content, egress, expectations, form, secrets, shape, truth,
};
use crate::flavor::Exports;

/// Checks one cell. Findings come sorted and without duplicates, so that the same capture gives the same text; none is
/// excused yet.
pub fn judge(input: &JudgeInput<'_>) -> Verdict {
    let release = input.variant.release();
    let view = CellView::new(input);
    let mut findings = Vec::new();
    if input.variant.exports == Exports::Nothing {
        findings.extend(shape::nothing(input));
    } else if !input.flavor.is_control {
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
    Verdict { findings, broken: faults(input), ..Verdict::default() }
}

/// What is the harness's fault, not the instrumentor's.
fn faults(input: &JudgeInput<'_>) -> Vec<BrokenReason> {
    let sections = &input.capture.sections;
    sections.iter().filter_map(|section| section_fault(input, section)).collect()
}

fn section_fault(input: &JudgeInput<'_>, section: &Section) -> Option<BrokenReason> {
    let boundary = boundary_name(&section.boundary);
    let telemetry = &section.telemetry;
    if let Some(what) = exported(telemetry).filter(|_| input.flavor.is_control) {
        return Some(BrokenReason::ControlEmitted { boundary, what });
    }
    let received = telemetry.spans.len() as u64;
    if section.spans_ended != received {
        return Some(BrokenReason::Lost { boundary, ended: section.spans_ended, received });
    }
    match &section.boundary {
        Boundary::Step(id) if section.outcome.is_none() => Some(BrokenReason::NoOutcome(id.to_string())),
        _ => None,
    }
}
