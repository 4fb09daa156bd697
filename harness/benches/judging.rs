//! What judging a cell costs: `cargo bench -p azmatrix --bench judging`. It should be less than two milliseconds a cell.
//!
//! The captures are those of a run that is made first; judging them needs no network, process or file. All of the reference
//! are judged, and those of one Python flavor, whose many known issues count too, where its environment is there.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use azmatrix::judge::{Answers, JudgeInput, coverage, judge};
use azmatrix::matrix::{CellId, PlannedCell};
use azmatrix::results::{Event, Evidence};
use azmatrix::run::{EvidenceMode, RunOptions, Session, SnapshotMode, run};
use azmatrix::scenario::ClientMode;
use azmatrix::telemetry::canonical::{Canonical, Heading, document, render};
use azmatrix::workspace::{Loaded, Workspace};
use camino::Utf8Path;
use divan::Bencher;
use divan::counter::ItemsCount;

fn main() {
    if azmatrix::drive::serve_watchdog_if_asked() {
        return;
    }
    divan::main();
    // `cargo test --benches` and `--list` only ask whether this still builds and what there is.
    if std::env::args().any(|argument| argument == "--bench") {
        for flavor in ["reference", "py-openllmetry"] {
            slowest(&Judged::of(flavor));
        }
    }
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn reference(bencher: Bencher<'_, '_>) {
    let judged = Judged::of("reference");
    bencher.counter(ItemsCount::new(judged.cells.len())).bench(|| judged.all());
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn python(bencher: Bencher<'_, '_>) {
    let judged = Judged::of("py-openllmetry");
    bencher.counter(ItemsCount::new(judged.cells.len())).bench(|| judged.all());
}

/// Everything that one flavor's verdicts rest on.
struct Judged {
    loaded: Loaded,
    cells: Vec<(PlannedCell, Evidence)>,
}

impl Judged {
    fn of(flavor: &str) -> Self {
        let root = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let workspace = Workspace::find(Some(&root)).expect("the repository is a workspace");
        let read = || Loaded::read(&workspace).expect("the repository's files are without mistakes");
        let plan = read().plan();
        // Of a flavor with workers, one variant and client are enough.
        let is_wanted = |cell: &&PlannedCell| {
            let is_small = cell.id.variant.as_str() == "default" && cell.axes.client == ClientMode::Sync;
            cell.id.flavor.as_str() == flavor && (flavor == "reference" || is_small)
        };
        let selected: BTreeSet<CellId> = plan.iter().filter(is_wanted).map(|cell| cell.id.clone()).collect();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&heard);
        let listener = Box::new(move |event| {
            if let Event::Evidence(evidence) = event {
                told.lock().unwrap_or_else(PoisonError::into_inner).push(*evidence);
            }
        });
        let options =
            RunOptions { snapshots: SnapshotMode::Compare, evidence: EvidenceMode::Reported, ..RunOptions::default() };
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let loaded = read();
        runtime.block_on(async {
            let session = Session::start(workspace.clone(), loaded, options, listener).await.expect("a session starts");
            run(&session, &plan, &selected).await;
        });
        let evidence = std::mem::take(&mut *heard.lock().unwrap_or_else(PoisonError::into_inner));
        let cells = evidence.into_iter().filter_map(|evidence| {
            let cell = plan.iter().find(|cell| cell.id == evidence.id)?;
            Some((cell.clone(), evidence))
        });
        Self { cells: cells.collect(), loaded: read() }
    }

    fn all(&self) -> usize {
        self.cells.iter().map(|(cell, evidence)| self.one(cell, evidence)).sum()
    }

    /// What is done with a cell once it was performed, but for reading and writing its snapshot.
    fn one(&self, cell: &PlannedCell, evidence: &Evidence) -> usize {
        let input = JudgeInput {
            answers: Answers::Scripted,
            scenario: cell.scenario.file(),
            flavor: &cell.flavor,
            variant: &cell.flavor.variant[cell.id.variant.as_str()],
            convention: &self.loaded.conventions[&cell.flavor.family],
            capture: &evidence.capture,
            baseline: Some(&evidence.capture),
            secrets: &evidence.secrets,
            texts: &[],
        };
        let verdict = judge(&input);
        let covered = coverage(&input).len();
        let sections: Vec<_> = evidence
            .capture
            .sections
            .iter()
            .enumerate()
            .map(|(index, section)| (Heading::Step(index.to_string()), &section.telemetry))
            .collect();
        let text = render(&document(&sections, &Canonical::default()));
        let issues = self.loaded.known.get(&cell.id.flavor).map(Vec::as_slice).unwrap_or_default();
        let verdict = verdict.excused_by(issues, &cell.id, cell.axes);
        covered + text.len() + verdict.findings.len()
    }
}

/// The cells that cost most, to know where to look.
#[expect(clippy::print_stdout, reason = "the bench's own report")]
fn slowest(judged: &Judged) {
    let mut times: Vec<(f64, &CellId)> = judged
        .cells
        .iter()
        .map(|(cell, evidence)| {
            let started = Instant::now();
            std::hint::black_box(judged.one(cell, evidence));
            (started.elapsed().as_secs_f64() * 1000.0, &cell.id)
        })
        .collect();
    times.sort_by(|left, right| right.0.total_cmp(&left.0));
    let sum: f64 = times.iter().map(|(time, _)| time).sum();
    println!("{} cells in {sum:.0} ms; the slowest:", times.len());
    for (time, id) in times.iter().take(5) {
        println!("  {time:7.2} ms  {id}");
    }
}
