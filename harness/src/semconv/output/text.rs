//! Findings for people.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

use super::{CheckReport, CheckedInput, ReportedFinding};
use crate::semconv::{FindingId, Severity};

/// Findings that say the same are one entry, with the samples they are on.
pub fn text(report: &CheckReport<'_>) -> String {
    let mut text = String::new();
    for (place, input) in report.inputs.iter().enumerate() {
        text += &headline(report, input);
        for group in groups(report, place) {
            write_group(&mut text, report, &group);
        }
    }
    let counts =
        [Severity::Violation, Severity::Improvement, Severity::Information].map(|severity| report.count(severity));
    let accepted = report.findings.iter().filter(|reported| reported.accepted.is_some()).count();
    let _ = writeln!(
        text,
        "{} in {}: {}, {}, {} of information{}",
        plural(report.samples(), "sample"),
        plural(report.inputs.len(), "input"),
        plural(counts[0], "violation"),
        plural(counts[1], "improvement"),
        counts[2],
        if accepted == 0 { String::new() } else { format!("; {accepted} accepted") }
    );
    for entry in &report.stale {
        let _ = writeln!(text, "stale: the baseline accepts `{entry}`, which is not found any more: remove the entry");
    }
    text
}

fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

fn headline(report: &CheckReport<'_>, input: &CheckedInput) -> String {
    let releases = &report.registry.releases;
    let declared = input.declared.map_or("declares no release".to_owned(), |place| {
        format!("declares {} (score {:.1})", releases.at(place).release, input.fit.scores[place])
    });
    format!(
        "{}: {}, {declared}, fits {} best (score {:.1}), held against {}\n",
        input.name,
        plural(input.samples, "sample"),
        releases.text(input.fit.best),
        input.fit.score(),
        releases.text(input.against)
    )
}

fn groups<'a>(report: &'a CheckReport<'_>, input: usize) -> Vec<Vec<&'a ReportedFinding>> {
    let mut groups: Vec<Vec<&ReportedFinding>> = Vec::new();
    let mut places: HashMap<_, usize> = HashMap::new();
    for reported in report.findings.iter().filter(|reported| reported.input == input) {
        let finding = &reported.finding;
        // Unknown names say nothing each but their name: one entry lists them.
        let message = if lists_names(finding.id) { "" } else { finding.detail.message.as_str() };
        let key = (finding.severity, finding.id, report.shown(reported), message, &reported.accepted);
        let place = *places.entry(key).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[place].push(reported);
    }
    groups.sort_by(|one, other| {
        let key = |group: &Vec<&ReportedFinding>| (std::cmp::Reverse(group[0].finding.severity), group[0].finding.id);
        key(one).cmp(&key(other))
    });
    groups
}

fn lists_names(id: FindingId) -> bool {
    matches!(id, FindingId::MissingAttribute | FindingId::FamilyMissingAttribute)
}

fn names(group: &[&ReportedFinding]) -> String {
    let names: BTreeSet<&str> = group.iter().map(|reported| &*reported.finding.detail.subject).collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}

fn write_group(text: &mut String, report: &CheckReport<'_>, group: &[&ReportedFinding]) {
    let first = group[0];
    let finding = &first.finding;
    let count = if group.len() == 1 { String::new() } else { format!(" ×{}", group.len()) };
    let _ = writeln!(
        text,
        "  {} {}{count} [{}]: {}",
        finding.severity.as_str(),
        finding.id,
        report.release_text(first),
        if lists_names(finding.id) { names(group) } else { finding.detail.message.clone() }
    );
    let more = if group.len() == 1 { "" } else { ", …" };
    let _ = writeln!(text, "    at {}, sample {}, {}{more}", report.sample_text(first), finding.sample, finding.path);
    for source in report.sources(first).iter().filter(|_| !lists_names(finding.id)) {
        let _ = writeln!(text, "    by {source}");
    }
    if let Some(reason) = &first.accepted {
        let _ = writeln!(text, "    accepted: {reason}");
    }
}
