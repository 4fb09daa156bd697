//! What a check found.

use crate::semconv::{
    Against, Baseline, CheckOptions, Checker, Finding, Fit, InputSamples, Registry, ReleaseSet, Severity, SourceRow,
    declared_release, fit,
};

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

/// What to hold an input against, and what to look for.
#[derive(Clone, Copy, Debug)]
pub struct CheckRequest {
    /// Releases.
    pub against: Against,
    /// Also `not_stable` and `opt_in_attribute_not_present`.
    pub all: bool,
    /// Only findings that Weaver's live-check has too.
    pub only_shared: bool,
}

impl<'r> CheckReport<'r> {
    /// A report on nothing yet.
    pub fn new(registry: &'r Registry) -> Self {
        Self { registry, inputs: Vec::new(), findings: Vec::new(), stale: Vec::new() }
    }

    /// Judges an input: against all releases, for the score; findings of the releases asked for are kept.
    pub fn add(&mut self, name: &str, input: InputSamples, request: CheckRequest, baseline: &mut Baseline) {
        let registry = self.registry;
        let options =
            CheckOptions { releases: registry.releases.all(), all: request.all, only_shared: request.only_shared };
        let findings = Checker::new(registry, options).check(&input.samples);
        let declared = declared_release(registry, &input.samples);
        let fit = fit(registry, &input.samples, &findings);
        let releases = request.against.releases(registry, declared, &fit);
        let place = self.inputs.len();
        for finding in findings {
            let shown = finding.releases.and(releases);
            if !shown.is_empty() {
                let accepted = baseline.accept(name, &finding, shown).map(ToOwned::to_owned);
                self.findings.push(ReportedFinding { input: place, finding, accepted });
            }
        }
        self.inputs.push(CheckedInput {
            name: name.to_owned(),
            samples: input.samples.len(),
            names: input.samples.iter().map(|sample| sample.name().map(ToOwned::to_owned)).collect(),
            places: input.places,
            against: releases,
            declared,
            fit,
        });
    }

    /// Whether a finding that nothing accepts is at least this bad, or the baseline accepts what is not there.
    pub fn fails(&self, least: Option<Severity>) -> bool {
        !self.stale.is_empty() || least.is_some_and(|least| self.worst().is_some_and(|worst| worst >= least))
    }

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
