//! From what a cell gave to the event that reports it.

use std::time::Duration;

use super::added::added;
use super::baseline::Baseline;
use super::perform::Captured;
use super::session::Session;
use crate::flavor::{VariantTable, VolatileShape};
use crate::judge::known::KnownIssue;
use crate::judge::{
    Answers, Boundary, Capture, CellStatus, CoverageTable, Finding, JudgeInput, Judgement, Secret, SnapshotState,
    Verdict, coverage, divide_parallel, judge, redactor,
};
use crate::live;
use crate::matrix::{PlannedCell, SnapshotFile};
use crate::results::{CellEvent, Evidence, ReportedFinding, median};
use crate::run::{SnapshotMode, Target};
use crate::telemetry::canonical::{Canonical, Heading, ParseError, PlaceholderKind, document, render};
use crate::telemetry::difference::difference;
use crate::wire::WireExchange;
use crate::workspace::snapshot::{self, SnapshotComparison};

/// A verdict, ready to be reported.
pub(super) struct Judged {
    status: CellStatus,
    findings: Vec<ReportedFinding>,
    fixed: Vec<String>,
    reason: Option<String>,
    difference: Option<String>,
    coverage: CoverageTable,
    refused: bool,
    added: Vec<f64>,
}

impl Judged {
    /// A cell that ended without anything to judge.
    pub(super) fn ended(status: CellStatus, reason: String) -> Self {
        Self {
            status,
            findings: Vec::new(),
            fixed: Vec::new(),
            reason: Some(reason),
            difference: None,
            coverage: CoverageTable::new(),
            refused: false,
            added: Vec::new(),
        }
    }

    /// A cell that its worker says it cannot do.
    pub(super) fn refused(reason: String) -> Self {
        Self { refused: true, ..Self::ended(CellStatus::Skipped, reason) }
    }

    /// The same without secrets: what a package emits, and what an exception says, may hold one. Nor is there a port of
    /// this run in it, which is another at the next.
    fn without(mut self, secrets: &[Secret], loopback: Option<u16>) -> Self {
        let redact = redactor(secrets);
        let port = loopback.map(|port| port.to_string());
        let texts = self.findings.iter_mut().flat_map(|finding| [&mut finding.subject, &mut finding.message]);
        for text in texts.chain(&mut self.reason).chain(&mut self.difference) {
            *text = redact(text);
            if let Some(port) = &port {
                *text = text.replace(port, "<port>");
            }
        }
        self
    }

    /// The event that reports it.
    pub(super) fn event(self, cell: &PlannedCell, elapsed: Duration) -> CellEvent {
        CellEvent {
            id: cell.id.clone(),
            status: self.status,
            findings: self.findings,
            duration_ms: (elapsed.as_secs_f64() * 1_000_000.0).round() / 1000.0,
            reason: self.reason,
            fixed: self.fixed,
            snapshot: cell.snapshot.as_ref().map(|file| format!("snapshots/{}", file.path)),
            unkept: cell.unkept.clone(),
            coverage: self.coverage,
            refused: self.refused,
            difference: self.difference,
            added_ms: median(&self.added),
            added: self.added,
        }
    }
}

/// Gives what arrived for parallel steps to the steps that it belongs to.
pub(super) fn divide(session: &Session, cell: &PlannedCell, captured: &mut Captured) {
    let conventions = &session.loaded.conventions;
    let Some(convention) = conventions.get(&cell.flavor.family).or_else(|| conventions.values().next()) else {
        return;
    };
    let variant = cell.flavor.variant.get(cell.id.variant.as_str());
    let release = variant.and_then(VariantTable::release);
    divide_parallel(&mut captured.capture, cell.scenario.file(), convention, release.as_ref());
}

/// Judges what a cell gave. `baseline` is what its control gave; a control is its own.
pub(super) fn judge_cell(
    session: &Session,
    cell: &PlannedCell,
    captured: &Captured,
    baseline: Option<&Baseline>,
) -> Judged {
    let Some(variant) = cell.flavor.variant.get(cell.id.variant.as_str()) else {
        return Judged::ended(CellStatus::Broken, format!("there is no variant `{}`", cell.id.variant));
    };
    // A control emits nothing; whatever convention reads that is the right one.
    let conventions = &session.loaded.conventions;
    let Some(convention) = conventions.get(&cell.flavor.family).or_else(|| conventions.values().next()) else {
        return Judged::ended(CellStatus::Broken, "there is no convention file".to_owned());
    };
    let answered = is_live(session).then(|| live::with_live_answers(cell.scenario.file(), &captured.capture));
    let input = JudgeInput {
        scenario: answered.as_ref().unwrap_or(cell.scenario.file()),
        flavor: &cell.flavor,
        variant,
        convention,
        capture: &captured.capture,
        baseline: baseline.filter(|_| !cell.flavor.is_control).map(|baseline| &baseline.capture),
        secrets: &captured.secrets,
        texts: &captured.texts,
        answers: if is_live(session) { Answers::Live } else { Answers::Scripted },
    };
    let mut judgement = if is_live(session) { judge_live(&input) } else { judge(&input) };
    let covered = if cell.is_product() { coverage(&input) } else { CoverageTable::new() };
    let text = canonical_text(session, cell, captured);
    let compared = match &cell.snapshot {
        Some(file) if is_live(session) => compare_shape(session, file, &text),
        Some(file) => compare(session, file, &text, &mut judgement),
        None => Ok((SnapshotState::Same, None)),
    };
    let (state, difference) = match compared {
        Ok(compared) => compared,
        Err(error) => return Judged::ended(CellStatus::Broken, error.to_string()),
    };
    let issues = session.loaded.known.get(&cell.id.flavor).map(Vec::as_slice).unwrap_or_default();
    // What a live model says today need not show what is known: nothing is fixed by that.
    let shows = |issue: &&KnownIssue| judgement.findings.iter().any(|finding| issue.excuses(finding));
    let issues: Vec<KnownIssue> = issues.iter().filter(|issue| !is_live(session) || shows(issue)).cloned().collect();
    let judged = reported(Verdict::new(judgement, state, &issues, &cell.id, cell.axes), difference, covered);
    let added = baseline.map(|baseline| added(captured, baseline)).unwrap_or_default();
    Judged { added, ..judged }.without(&captured.secrets, captured.loopback)
}

fn is_live(session: &Session) -> bool {
    matches!(session.options.target, Target::Live(_))
}

/// The same checks on live answers; only transparency is told by what two live runs have in common.
fn judge_live(input: &JudgeInput<'_>) -> Judgement {
    let mut judgement = judge(&JudgeInput { baseline: None, ..*input });
    if let Some(baseline) = input.baseline {
        let (ours, theirs) = live::comparable(input.scenario, input.capture, baseline);
        let compared = judge(&JudgeInput { capture: &ours, baseline: Some(&theirs), ..*input });
        let transparency = compared.findings.into_iter().filter(|finding| finding.id.starts_with("transparency."));
        judgement.findings.extend(transparency);
        judgement.findings.sort();
        judgement.findings.dedup();
    }
    judgement
}

/// Holds the shape of the text against that of the reviewed one. Nothing is written: what a live model said is no
/// snapshot.
fn compare_shape(
    session: &Session,
    file: &SnapshotFile,
    text: &str,
) -> Result<(SnapshotState, Option<String>), snapshot::SnapshotError> {
    let path = session.workspace.snapshots().join(&file.path);
    let Some(reviewed) = snapshot::reviewed(&path)? else { return Ok((SnapshotState::Same, None)) };
    let damaged =
        |problem: &ParseError| snapshot::SnapshotError::Read { path: path.clone(), problem: problem.to_string() };
    let reviewed = live::snapshot_shape(&reviewed).map_err(|problem| damaged(&problem))?;
    let shape = live::snapshot_shape(text).map_err(|problem| damaged(&problem))?;
    Ok(match difference(&reviewed, &shape) {
        None => (SnapshotState::Same, None),
        Some(difference) => {
            let facts = difference.facts_text();
            let message = format!("this live run differs in shape from snapshots/{}:\n{facts}", file.path);
            (SnapshotState::Changed, Some(message))
        }
    })
}

fn reported(verdict: Verdict, difference: Option<String>, coverage: CoverageTable) -> Judged {
    let excused = verdict.excused.into_iter().map(|(issue, finding)| ReportedFinding::new(finding, Some(issue)));
    let findings = verdict.findings.into_iter().map(|finding| ReportedFinding::new(finding, None));
    let broken: Vec<String> = verdict.broken.iter().map(ToString::to_string).collect();
    Judged {
        status: verdict.status,
        findings: findings.chain(excused).collect(),
        fixed: verdict.fixed,
        reason: (!broken.is_empty()).then(|| broken.join("\n")),
        difference,
        coverage,
        refused: false,
        added: Vec::new(),
    }
}

/// Holds the text against the reviewed one. A cell that shares another's snapshot must not differ: that is a finding.
fn compare(
    session: &Session,
    file: &SnapshotFile,
    text: &str,
    judgement: &mut Judgement,
) -> Result<(SnapshotState, Option<String>), snapshot::SnapshotError> {
    // A broken cell proposes nothing.
    let propose = file.proposes && judgement.broken.is_empty() && session.options.snapshots == SnapshotMode::Propose;
    let path = session.workspace.snapshots().join(&file.path);
    let difference = match snapshot::compare(&path, text, propose)? {
        SnapshotComparison::Same => return Ok((SnapshotState::Same, None)),
        SnapshotComparison::New => format!("snapshots/{} is new", file.path),
        SnapshotComparison::Different { reviewed } => {
            let differences = difference(&reviewed, text).map(|difference| difference.facts_text()).unwrap_or_default();
            if !file.proposes {
                judgement.findings.push(axis_finding(file, &differences));
                return Ok((SnapshotState::Same, None));
            }
            format!("snapshots/{} differs:\n{differences}", file.path)
        }
    };
    Ok((SnapshotState::Changed, Some(difference)))
}

fn axis_finding(file: &SnapshotFile, difference: &str) -> Finding {
    Finding::new(
        "snapshot.differs-by-axis",
        file.path.as_str(),
        format!(
            "the scenario says that this cell's telemetry is the same as its first neighbour's, whose snapshot it \
             shares; if that one changed too, accept it first\n{difference}"
        ),
    )
}

/// What a verdict rests on.
pub(super) fn evidence(session: &Session, cell: &PlannedCell, captured: &Captured) -> Evidence {
    Evidence {
        id: cell.id.clone(),
        capture: captured.capture.clone(),
        canonical: canonical_text(session, cell, captured),
        secrets: captured.secrets.clone(),
    }
}

/// The canonical text of what a cell exported.
fn canonical_text(session: &Session, cell: &PlannedCell, captured: &Captured) -> String {
    let sections = captured.capture.sections.iter();
    let sections: Vec<_> = sections.map(|section| (heading(&section.boundary), &section.telemetry)).collect();
    let context = Canonical {
        vocabulary: vocabulary(session, captured),
        volatile: cell
            .flavor
            .volatile
            .iter()
            .map(|volatile| (volatile.attribute.clone(), stand_in(volatile.shape)))
            .collect(),
    };
    render(&document(&sections, &context))
}

fn heading(boundary: &Boundary) -> Heading {
    match boundary {
        Boundary::Step(step) => Heading::Step(step.to_string()),
        Boundary::Group(group) => Heading::Group(group.clone()),
        Boundary::Parallel(parallel) => Heading::Parallel(parallel.clone()),
        Boundary::Close => Heading::Close,
    }
}

/// Texts that the service made up: the same relations every time, but no reviewer should have to compare them.
fn vocabulary(session: &Session, captured: &Captured) -> Vec<(String, PlaceholderKind)> {
    let mut words = Vec::new();
    for exchange in exchanges(&captured.capture) {
        let header = |name| exchange.response_header(name).map(str::to_owned);
        words.extend(header("x-request-id").map(|id| (id, PlaceholderKind::RequestId)));
        words.extend(header("apim-request-id").map(|id| (id, PlaceholderKind::RequestId)));
        words.extend(exchange.response_ids().map(|id| (id.to_owned(), PlaceholderKind::ResponseId)));
    }
    words.push((session.workspace.root.to_string(), PlaceholderKind::Path));
    // Identity endpoints of the machine are on the tap itself, and so are resources on this machine.
    words.push((captured.tap_port.to_string(), PlaceholderKind::Port));
    // A leaked secret is a finding; the snapshot must not leak it once more.
    words.extend(captured.secrets.iter().map(|secret| (secret.value.clone(), PlaceholderKind::Secret)));
    words
}

fn exchanges(capture: &Capture) -> impl Iterator<Item = &WireExchange> {
    capture.sections.iter().flat_map(|section| &section.exchanges)
}

/// What stands in a snapshot for a value that a flavor declares as volatile.
fn stand_in(shape: VolatileShape) -> PlaceholderKind {
    match shape {
        VolatileShape::Duration => PlaceholderKind::Duration,
        VolatileShape::Time => PlaceholderKind::Time,
        VolatileShape::Uuid => PlaceholderKind::Uuid,
        VolatileShape::Client => PlaceholderKind::Client,
        VolatileShape::Digest => PlaceholderKind::Digest,
        VolatileShape::UserAgent => PlaceholderKind::Version,
    }
}
