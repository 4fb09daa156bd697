//! What happens in a run, as data.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::{AddedTime, added_times};
use crate::judge::{Capture, CellStatus, CoverageTable, Finding, Secret, Verdict};
use crate::live::DriftReport;
use crate::matrix::{CellId, PlannedCell};

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The run begins.
    Started {
        /// Cells that will be run or skipped.
        cells: usize,
    },
    /// Something that takes more than a second, such as making an environment.
    Progress {
        /// What is being done.
        message: String,
    },
    /// What the verdict that follows rests on; only when it was asked for.
    Evidence(Box<Evidence>),
    /// A cell has its verdict.
    Cell(Arc<CellEvent>),
    /// Where live answers differ in shape from the mock's; only of a live run, and before its end.
    Drift(Box<DriftReport>),
    /// The run has ended.
    Summary(Summary),
}

/// What a verdict rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// The cell.
    pub id: CellId,
    /// Everything it gave. Exchanges hold credentials: print through `report::evidence_text` only.
    pub capture: Capture,
    /// The canonical text of its telemetry.
    pub canonical: String,
    /// What must never be printed.
    pub secrets: Vec<Secret>,
}

/// A cell and its verdict.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CellEvent {
    /// The cell.
    pub id: CellId,
    /// The verdict.
    pub status: CellStatus,
    /// What is wrong, excused or not.
    pub findings: Vec<ReportedFinding>,
    /// Wall time of the cell in milliseconds, without the start of its process.
    pub duration_ms: f64,
    /// Why it was skipped or is broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Known issues that have gone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fixed: Vec<String>,
    /// The snapshot's path below the workspace, when it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<String>,
    /// Why no snapshot of it is kept, where its variant says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unkept: Option<String>,
    /// By how many milliseconds its calls took longer than the control's: the median.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub added_ms: Option<f64>,
    /// The same, call by call.
    #[serde(skip)]
    pub added: Vec<f64>,
    /// Which concepts it records, and whether they are true.
    #[serde(skip)]
    pub coverage: CoverageTable,
    /// Its worker says that it cannot do this: it was asked, and has nothing to record.
    #[serde(skip)]
    pub refused: bool,
    /// How the snapshot differs from the reviewed one, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<String>,
}

/// A finding, and the known issue that excuses it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReportedFinding {
    /// See [`Finding::id`].
    pub id: String,
    /// See [`Finding::subject`].
    pub subject: String,
    /// See [`Finding::message`].
    pub message: String,
    /// The id of the known issue that excuses it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known: Option<String>,
}

impl CellEvent {
    /// A cell that ended without anything to judge.
    pub fn ended(cell: &PlannedCell, status: CellStatus, reason: impl Into<String>) -> Self {
        Self { status, reason: Some(reason.into()), ..Self::of(cell, Verdict::default()) }
    }

    /// A cell that was judged.
    pub fn of(cell: &PlannedCell, verdict: Verdict) -> Self {
        let status = verdict.status();
        let Verdict { findings, excused, fixed, difference, broken } = verdict;
        let excused = excused.into_iter().map(|(issue, finding)| ReportedFinding::new(finding, Some(issue)));
        let findings = findings.into_iter().map(|finding| ReportedFinding::new(finding, None));
        let broken: Vec<String> = broken.iter().map(ToString::to_string).collect();
        Self {
            id: cell.id.clone(),
            status,
            findings: findings.chain(excused).collect(),
            duration_ms: 0.0,
            reason: (!broken.is_empty()).then(|| broken.join("\n")),
            fixed,
            snapshot: cell.snapshot.as_ref().map(|file| format!("snapshots/{}", file.path)),
            unkept: cell.unkept.clone(),
            added_ms: None,
            added: Vec::new(),
            coverage: CoverageTable::new(),
            refused: false,
            difference,
        }
    }

    /// The same after so much wall time.
    #[must_use]
    pub fn after(self, elapsed: Duration) -> Self {
        Self { duration_ms: (elapsed.as_secs_f64() * 1_000_000.0).round() / 1000.0, ..self }
    }

    /// Changes every text that a package or an application may have had a part in.
    pub fn rewrite(&mut self, rewritten: impl Fn(&str) -> String) {
        let texts = self.findings.iter_mut().flat_map(|finding| [&mut finding.subject, &mut finding.message]);
        for text in texts.chain(&mut self.reason).chain(&mut self.difference) {
            *text = rewritten(text);
        }
    }
}

impl ReportedFinding {
    /// A finding with its excuse, if it has one.
    fn new(finding: Finding, known: Option<String>) -> Self {
        Self { id: finding.id, subject: finding.subject, message: finding.message, known }
    }
}

/// How many fresh processes were forked, and how many started, for which reasons.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FreshStarts {
    /// Forked by a parent.
    pub forked: usize,
    /// Started, by the reason why they could not be forked.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub started: BTreeMap<String, usize>,
}

impl FreshStarts {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// How many cells have which status, and how long the run took.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Cells by status; every status is there, also with 0.
    pub counts: BTreeMap<CellStatus, usize>,
    /// Wall time in seconds.
    pub wall_s: f64,
    /// CPU time in seconds: that of this program and of all processes that it started and that have ended.
    pub cpu_s: f64,
    /// How many cores the machine has for it.
    pub cores: usize,
    /// What the same work would take at the least: CPU time over cores.
    pub lower_bound_s: f64,
    /// How the processes came to be of which a cell needs one of its own.
    #[serde(skip_serializing_if = "FreshStarts::is_empty")]
    pub fresh: FreshStarts,
    /// What flavors add to the time of calls.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<AddedTime>,
}

impl Summary {
    /// Counts the cells' verdicts.
    pub fn of<'a>(
        cells: impl IntoIterator<Item = &'a CellEvent, IntoIter: Clone>,
        wall: Duration,
        cpu: Duration,
        cores: NonZeroUsize,
    ) -> Self {
        let cells = cells.into_iter();
        let mut counts: BTreeMap<_, _> = CellStatus::ALL.into_iter().map(|status| (status, 0)).collect();
        for cell in cells.clone() {
            *counts.entry(cell.status).or_default() += 1;
        }
        let (wall_s, cpu_s, cores) = (wall.as_secs_f64(), cpu.as_secs_f64(), cores.get());
        let lower_bound_s = (cpu / u32::try_from(cores).unwrap_or(1)).as_secs_f64();
        Self { counts, wall_s, cpu_s, cores, lower_bound_s, fresh: FreshStarts::default(), added: added_times(cells) }
    }

    /// The wall time beside what it could not be less than.
    pub fn time(&self) -> String {
        let Self { wall_s, cores, lower_bound_s, .. } = self;
        if *lower_bound_s <= 0.0 {
            return format!("{wall_s:.1} s");
        }
        let ratio = wall_s / lower_bound_s;
        format!(
            "{wall_s:.1} s, {ratio:.1} times the lower bound of {lower_bound_s:.1} s (CPU seconds over {cores} cores)"
        )
    }

    /// How many cells have the status.
    pub fn count(&self, status: CellStatus) -> usize {
        self.counts.get(&status).copied().unwrap_or(0)
    }
}
