//! Findings as GitHub annotations.

use std::fmt::Write as _;

use super::CheckReport;
use crate::semconv::Severity;

/// One workflow command per finding that nothing accepts.
pub fn github_annotations(report: &CheckReport<'_>) -> String {
    let mut text = String::new();
    for reported in report.findings.iter().filter(|reported| reported.accepted.is_none()) {
        let finding = &reported.finding;
        let command = match finding.severity {
            Severity::Violation => "error",
            Severity::Improvement => "warning",
            Severity::Information => "notice",
        };
        let file = escape(&report.inputs[reported.input].name, true);
        let title = escape(&format!("semconv {}", finding.id), true);
        let message = format!(
            "{}, sample {}, {}: {} [{}]",
            report.sample_text(reported),
            finding.sample,
            finding.path,
            finding.detail.message,
            report.release_text(reported)
        );
        let _ = writeln!(text, "::{command} file={file},title={title}::{}", escape(&message, false));
    }
    for entry in &report.stale {
        let message = escape(&format!("accepts nothing: {entry}"), false);
        let _ = writeln!(text, "::error title=semconv baseline::{message}");
    }
    text
}

/// Escapes the characters that a workflow command gives a meaning to.
fn escape(text: &str, is_property: bool) -> String {
    let text = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    if is_property { text.replace(':', "%3A").replace(',', "%2C") } else { text }
}
