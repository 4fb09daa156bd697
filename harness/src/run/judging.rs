//! From what a cell gave to the event that reports it.

use super::added::added;
use super::baseline::Baseline;
use super::perform::Captured;
use super::session::Session;
use crate::flavor::{VariantTable, VolatileShape};
use crate::judge::known::KnownIssue;
use crate::judge::{
    Answers, Boundary, Capture, CellStatus, Finding, JudgeInput, Verdict, coverage, divide_parallel, judge, redactor,
};
use crate::live;
use crate::matrix::{PlannedCell, SnapshotFile};
use crate::results::{CellEvent, Evidence, median};
use crate::run::{SnapshotMode, Target};
use crate::telemetry::canonical::{Canonical, Heading, ParseError, PlaceholderKind, document, render};
use crate::telemetry::difference::difference;
use crate::wire::WireExchange;
use crate::workspace::snapshot::{self, SnapshotComparison};

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
) -> CellEvent {
    let broken = |reason: String| CellEvent::ended(cell, CellStatus::Broken, reason);
    let Some(variant) = cell.flavor.variant.get(cell.id.variant.as_str()) else {
        return broken(format!("there is no variant `{}`", cell.id.variant));
    };
    // A control emits nothing; whatever convention reads that is the right one.
    let conventions = &session.loaded.conventions;
    let Some(convention) = conventions.get(&cell.flavor.family).or_else(|| conventions.values().next()) else {
        return broken("there is no convention file".to_owned());
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
    let mut verdict = if is_live(session) { judge_live(&input) } else { judge(&input) };
    if let Some(file) = &cell.snapshot
        && let Err(error) = compare(session, file, &canonical_text(session, cell, captured), &mut verdict)
    {
        return broken(error.to_string());
    }
    let issues = session.loaded.known.get(&cell.id.flavor).map(Vec::as_slice).unwrap_or_default();
    // What a live model says today need not show what is known: nothing is fixed by that.
    let shows = |issue: &&KnownIssue| verdict.findings.iter().any(|finding| issue.excuses(finding));
    let issues: Vec<KnownIssue> = issues.iter().filter(|issue| !is_live(session) || shows(issue)).cloned().collect();
    let mut event = CellEvent::of(cell, verdict.excused_by(&issues, &cell.id, cell.axes));
    if cell.is_product() {
        event.coverage = coverage(&input);
    }
    event.added = baseline.map(|baseline| added(captured, baseline)).unwrap_or_default();
    event.added_ms = median(&event.added);
    // What a package emits, and what an exception says, may hold a secret. Nor is there a port of this run in it, which is
    // another at the next.
    let redact = redactor(&captured.secrets);
    let port = captured.loopback.map(|port| port.to_string());
    event.rewrite(|text| match &port {
        Some(port) => redact(text).replace(port, "<port>"),
        None => redact(text),
    });
    event
}

fn is_live(session: &Session) -> bool {
    matches!(session.options.target, Target::Live(_))
}

/// The same checks on live answers; only transparency is told by what two live runs have in common.
fn judge_live(input: &JudgeInput<'_>) -> Verdict {
    let mut verdict = judge(&JudgeInput { baseline: None, ..*input });
    if let Some(baseline) = input.baseline {
        let (ours, theirs) = live::comparable(input.scenario, input.capture, baseline);
        let compared = judge(&JudgeInput { capture: &ours, baseline: Some(&theirs), ..*input });
        let transparency = compared.findings.into_iter().filter(|finding| finding.id.starts_with("transparency."));
        verdict.findings.extend(transparency);
        verdict.findings.sort();
        verdict.findings.dedup();
    }
    verdict
}

/// Holds the text against the reviewed one.
fn compare(
    session: &Session,
    file: &SnapshotFile,
    text: &str,
    verdict: &mut Verdict,
) -> Result<(), snapshot::SnapshotError> {
    if is_live(session) {
        verdict.difference = compare_shape(session, file, text)?;
        return Ok(());
    }
    // A broken cell proposes nothing.
    let propose = file.proposes && verdict.broken.is_empty() && session.options.snapshots == SnapshotMode::Propose;
    let path = session.workspace.snapshots().join(&file.path);
    verdict.difference = match snapshot::compare(&path, text, propose)? {
        SnapshotComparison::Same => None,
        SnapshotComparison::New => Some(format!("snapshots/{} is new", file.path)),
        SnapshotComparison::Different { reviewed } => {
            let differences = difference(&reviewed, text).map(|difference| difference.facts_text()).unwrap_or_default();
            if file.proposes {
                Some(format!("snapshots/{} differs:\n{differences}", file.path))
            } else {
                // A cell that shares another's snapshot must not differ.
                verdict.findings.push(axis_finding(file, &differences));
                None
            }
        }
    };
    Ok(())
}

/// How the shape of the text differs from that of the reviewed one. Nothing is written: what a live model said is no
/// snapshot.
fn compare_shape(
    session: &Session,
    file: &SnapshotFile,
    text: &str,
) -> Result<Option<String>, snapshot::SnapshotError> {
    let path = session.workspace.snapshots().join(&file.path);
    let Some(reviewed) = snapshot::reviewed(&path)? else { return Ok(None) };
    let damaged =
        |problem: &ParseError| snapshot::SnapshotError::Read { path: path.clone(), problem: problem.to_string() };
    let reviewed = live::snapshot_shape(&reviewed).map_err(|problem| damaged(&problem))?;
    let shape = live::snapshot_shape(text).map_err(|problem| damaged(&problem))?;
    Ok(difference(&reviewed, &shape).map(|difference| {
        let facts = difference.facts_text();
        format!("this live run differs in shape from snapshots/{}:\n{facts}", file.path)
    }))
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
