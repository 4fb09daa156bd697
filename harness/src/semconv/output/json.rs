//! Findings as JSON and as JSON lines.

use serde_json::{Map, Value, json};

use super::{CheckReport, ReportedFinding};
use crate::semconv::Severity;

/// One finding. `release` holds the releases asked for by which it holds: one name, or ranges; `holds_for` those of all
/// releases.
pub(crate) fn finding_json(report: &CheckReport<'_>, reported: &ReportedFinding) -> Value {
    let finding = &reported.finding;
    let input = &report.inputs[reported.input];
    let context: Map<String, Value> =
        finding.detail.context.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    let mut object = json!({
        "id": finding.id.as_str(),
        "level": finding.severity.as_str(),
        "release": report.release_text(reported),
        "holds_for": report.registry.releases.text(finding.releases),
        "input": input.name,
        "sample": finding.sample,
        "path": finding.path.to_string(),
        "subject": &*finding.detail.subject,
        "context": context,
        "message": finding.detail.message,
        "shared": finding.is_shared,
        "source": report.sources(reported),
    });
    if let Value::Object(object) = &mut object {
        let name = input.names.get(finding.sample).cloned().flatten();
        let place = input.places.get(finding.sample).cloned().flatten();
        let entries = [("signal_name", name), ("step", place), ("accepted", reported.accepted.clone())];
        for (key, text) in entries.into_iter().filter_map(|(key, text)| Some((key, text?))) {
            object.insert(key.to_owned(), text.into());
        }
    }
    object
}

/// One line per finding, made as it is asked for.
pub fn json_lines<'a>(report: &'a CheckReport<'_>) -> impl Iterator<Item = String> + 'a {
    report.findings.iter().map(|reported| finding_json(report, reported).to_string() + "\n")
}

/// One document: inputs with scores, findings, counts.
pub fn json_document(report: &CheckReport<'_>) -> String {
    let releases = &report.registry.releases;
    let inputs: Vec<Value> = report
        .inputs
        .iter()
        .map(|input| {
            let scores: Map<String, Value> = releases
                .iter()
                .zip(&input.fit.scores)
                .map(|(release, score)| (release.release.to_string(), (*score).into()))
                .collect();
            json!({
                "name": input.name,
                "samples": input.samples,
                "against": releases.text(input.against),
                "declared": input.declared.map(|place| releases.at(place).release.to_string()),
                "best": releases.text(input.fit.best),
                "scores": scores,
            })
        })
        .collect();
    let findings: Vec<Value> = report.findings.iter().map(|reported| finding_json(report, reported)).collect();
    let counts: Map<String, Value> = [Severity::Violation, Severity::Improvement, Severity::Information]
        .into_iter()
        .map(|severity| (severity.as_str().to_owned(), report.count(severity).into()))
        .collect();
    let document =
        json!({ "inputs": inputs, "findings": findings, "counts": counts, "stale_baseline_entries": report.stale });
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}
