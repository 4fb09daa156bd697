//! From findings and known issues to a verdict.

use super::known::KnownIssue;
use super::{BrokenReason, CellStatus, Finding, secrets};
use crate::diagnose::Glob;
use crate::matrix::{Axes, CellId};

/// What the checks found in one cell, and what known issues make of it.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Verdict {
    /// What is wrong with the telemetry or the application, and nobody has declared; sorted, without duplicates.
    pub findings: Vec<Finding>,
    /// Findings that a known issue declares, with the issue's id.
    pub excused: Vec<(String, Finding)>,
    /// Known issues that should show here and do not.
    pub fixed: Vec<String>,
    /// How the canonical text differs from the reviewed one, if it does.
    pub difference: Option<String>,
    /// What is wrong with the worker or the harness; then the findings mean nothing.
    pub broken: Vec<BrokenReason>,
}

impl Verdict {
    /// Holds the findings against the known issues of the cell's flavor.
    ///
    /// A finding may be excused by several issues, and then each of them counts as shown.
    #[must_use]
    pub fn excused_by(mut self, issues: &[KnownIssue], cell: &CellId, axes: Axes) -> Self {
        let applying: Vec<_> = issues.iter().filter(|issue| issue.applies_to(cell, axes)).collect();
        for issue in &applying {
            if !self.findings.iter().any(|finding| issue.excuses(finding)) {
                self.fixed.push(issue.id.clone());
            }
        }
        for finding in std::mem::take(&mut self.findings) {
            match applying.iter().find(|issue| issue.excuses(&finding)) {
                Some(issue) => self.excused.push((issue.id.clone(), finding)),
                None => self.findings.push(finding),
            }
        }
        self
    }

    /// The worst of what it says.
    pub fn status(&self) -> CellStatus {
        if !self.broken.is_empty() {
            CellStatus::Broken
        } else if !self.findings.is_empty() {
            CellStatus::Failed
        } else if !self.fixed.is_empty() {
            CellStatus::Fixed
        } else if self.difference.is_some() {
            CellStatus::Changed
        } else if self.excused.is_empty() {
            CellStatus::Pass
        } else {
            CellStatus::Known
        }
    }
}

impl KnownIssue {
    /// Whether the issue must show in a cell.
    pub fn applies_to(&self, cell: &CellId, axes: Axes) -> bool {
        let scenario = cell.scenario.as_str();
        Glob::any_matches(&self.scenarios, scenario)
            && !Glob::any_matches(&self.except, scenario)
            && Glob::any_matches(&self.variants, cell.variant.as_str())
            && self.axes.auth.is_none_or(|auth| auth == axes.auth)
            && self.axes.client.is_none_or(|client| client == axes.client)
    }

    /// Whether the issue declares a finding of a cell that it applies to. A leaked secret is never excused.
    pub fn excuses(&self, finding: &Finding) -> bool {
        finding.id != secrets::LEAKED && finding.id == self.finding && self.subject.matches(&finding.subject)
    }
}

impl CellStatus {
    /// Every status, worst last.
    pub const ALL: [Self; 7] =
        [Self::Pass, Self::Known, Self::Skipped, Self::Changed, Self::Fixed, Self::Failed, Self::Broken];

    /// Whether a run with such a cell is green.
    pub fn is_green(self) -> bool {
        matches!(self, Self::Pass | Self::Known | Self::Skipped)
    }
}
