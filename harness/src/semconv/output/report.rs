//! What a check found.

use crate::semconv::{Finding, Fit, Registry, ReleaseSet, Severity, SourceRow};

/// One input: a file, or standard input.
#[derive(Clone, Debug)]
pub struct CheckedInput {
    /// Its name, as it was given.
    pub name: String,
    /// How many samples it has.
    pub samples: usize,
    /// Where each sample stands, when the input says: a step of a snapshot.
    pub places: Vec<Option<String>>,
    /// The name of each sample, if it has one.
    pub names: Vec<Option<String>>,
    /// Releases it was held against.
    pub against: ReleaseSet,
    /// The release that its scopes declare, if all that declare one agree.
    pub declared: Option<usize>,
    /// How well it fits each release.
    pub fit: Fit,
    /// Whether its samples are Weaver's.
    pub is_weaver: bool,
}

/// A finding in an input.
#[derive(Clone, Debug)]
pub struct ReportedFinding {
    /// The input's place in [`CheckReport::inputs`].
    pub input: usize,
    /// The finding.
    pub finding: Finding,
    /// Why it is accepted, if it is.
    pub accepted: Option<String>,
}

/// What a check found.
#[derive(Clone, Debug)]
pub struct CheckReport<'r> {
    /// The registry.
    pub registry: &'r Registry,
    /// The inputs.
    pub inputs: Vec<CheckedInput>,
    /// Findings, by input, then in their order.
    pub findings: Vec<ReportedFinding>,
    /// Entries of the baseline that accepted nothing.
    pub stale: Vec<String>,
}

impl CheckReport<'_> {
    /// The releases for which a finding is shown: those asked for, by which it holds.
    pub fn shown(&self, reported: &ReportedFinding) -> ReleaseSet {
        self.inputs[reported.input].against.and(reported.finding.releases)
    }

    /// Those releases as text.
    pub fn release_text(&self, reported: &ReportedFinding) -> String {
        self.registry.releases.text(self.shown(reported))
    }

    /// The rows of the registry that a finding rests on, as far as they are of the releases shown.
    pub fn sources(&self, reported: &ReportedFinding) -> Vec<String> {
        let shown = self.shown(reported);
        let rows = reported.finding.detail.rows.iter();
        let mut texts: Vec<String> = rows
            .filter_map(|row: &SourceRow| {
                let releases = row.releases.and(shown);
                let newest = self.registry.releases.at(releases.newest()?);
                let commit = newest.commit.get(..12).unwrap_or(&newest.commit);
                let range = self.registry.releases.text(releases);
                Some(format!("{} ({range}; {}@{commit})", row.text, newest.repository))
            })
            .collect();
        texts.dedup();
        texts
    }

    /// How many samples there were.
    pub fn samples(&self) -> usize {
        self.inputs.iter().map(|input| input.samples).sum()
    }

    /// The worst severity that nothing accepts.
    pub fn worst(&self) -> Option<Severity> {
        let open = self.findings.iter().filter(|reported| reported.accepted.is_none());
        open.map(|reported| reported.finding.severity).max()
    }

    /// How many findings of a severity nothing accepts.
    pub fn count(&self, severity: Severity) -> usize {
        let open = self.findings.iter().filter(|reported| reported.accepted.is_none());
        open.filter(|reported| reported.finding.severity == severity).count()
    }

    /// A sample in words: `span "chat gpt-4o"`, with the step it stands under.
    pub fn sample_text(&self, reported: &ReportedFinding) -> String {
        let input = &self.inputs[reported.input];
        let place = reported.finding.sample;
        let name = input.names.get(place).and_then(Option::as_deref);
        let name = name.map_or(String::new(), |name| format!(" {name:?}"));
        let step = input.places.get(place).and_then(Option::as_deref);
        let step = step.map_or(String::new(), |step| format!("{step}: "));
        format!("{step}{}{name}", reported.finding.path.kind)
    }
}
