//! Findings as SARIF 2.1.0, for code scanning.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{CheckReport, ReportedFinding};
use crate::semconv::{FindingId, Severity};

/// A SARIF log with one run.
pub fn sarif(report: &CheckReport<'_>) -> String {
    let ids: BTreeMap<&str, FindingId> =
        report.findings.iter().map(|reported| (reported.finding.id.as_str(), reported.finding.id)).collect();
    let rules: Vec<Value> = ids
        .values()
        .map(|id| json!({ "id": id.as_str(), "defaultConfiguration": { "level": level(id.severity()) } }))
        .collect();
    let results: Vec<Value> = report.findings.iter().map(|reported| result(report, reported)).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "azmatrix semconv",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "results": results,
        }],
    });
    serde_json::to_string_pretty(&log).unwrap_or_default() + "\n"
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Violation => "error",
        Severity::Improvement => "warning",
        Severity::Information => "note",
    }
}

fn result(report: &CheckReport<'_>, reported: &ReportedFinding) -> Value {
    let finding = &reported.finding;
    let input = &report.inputs[reported.input];
    let mut result = json!({
        "ruleId": finding.id.as_str(),
        "level": level(finding.severity),
        "message": { "text": format!("{} [{}]", finding.detail.message, report.release_text(reported)) },
        "locations": [{
            "physicalLocation": { "artifactLocation": { "uri": input.name.replace('\\', "/") } },
            "logicalLocations": [{
                "fullyQualifiedName": format!("[{}].{}", finding.sample, finding.path),
                "name": &*finding.detail.subject,
            }],
        }],
        "partialFingerprints": {
            "finding/v1": format!("{}:{}:{}", finding.id, finding.path, finding.detail.subject),
        },
        "properties": {
            "release": report.release_text(reported),
            "source": report.sources(reported),
        },
    });
    if let Some(reason) = &reported.accepted {
        result["suppressions"] = json!([{ "kind": "external", "justification": reason }]);
    }
    result
}
