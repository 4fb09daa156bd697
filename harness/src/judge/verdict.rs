//! From findings and known issues to a verdict.

use super::known::KnownIssue;
use super::{BrokenReason, CellStatus, Finding, Judgement, secrets};
use crate::diagnose::Glob;
use crate::matrix::{Axes, CellId};

/// Whether the cell's canonical text is the reviewed one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapshotState {
    /// It is.
    Same,
    /// It differs, or there is none yet.
    Changed,
}

/// What became of one cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The worst of what follows.
    pub status: CellStatus,
    /// Findings that nobody has declared.
    pub findings: Vec<Finding>,
    /// Findings that a known issue declares, with the issue's id.
    pub excused: Vec<(String, Finding)>,
    /// Known issues that should show here and do not.
    pub fixed: Vec<String>,
    /// Whether the snapshot differs.
    pub snapshot: SnapshotState,
    /// Why the cell says nothing about its instrumentor.
    pub broken: Vec<BrokenReason>,
}

impl Verdict {
    /// Holds a judgement against the known issues of the cell's flavor.
    ///
    /// A finding may be excused by several issues, and then each of them counts as shown.
    pub fn new(
        judgement: Judgement,
        snapshot: SnapshotState,
        issues: &[KnownIssue],
        cell: &CellId,
        axes: Axes,
    ) -> Self {
        let Judgement { findings, broken } = judgement;
        let applying: Vec<_> = issues.iter().filter(|issue| issue.applies_to(cell, axes)).collect();
        let mut verdict = Self {
            status: CellStatus::Pass,
            findings: Vec::new(),
            excused: Vec::new(),
            fixed: Vec::new(),
            snapshot,
            broken,
        };
        for issue in &applying {
            if !findings.iter().any(|finding| issue.excuses(finding)) {
                verdict.fixed.push(issue.id.clone());
            }
        }
        for finding in findings {
            match applying.iter().find(|issue| issue.excuses(&finding)) {
                Some(issue) => verdict.excused.push((issue.id.clone(), finding)),
                None => verdict.findings.push(finding),
            }
        }
        verdict.status = verdict.worst();
        verdict
    }

    fn worst(&self) -> CellStatus {
        if !self.broken.is_empty() {
            CellStatus::Broken
        } else if !self.findings.is_empty() {
            CellStatus::Failed
        } else if !self.fixed.is_empty() {
            CellStatus::Fixed
        } else if self.snapshot == SnapshotState::Changed {
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
