//! What the harness itself costs: `cargo bench -p azmatrix`.
//!
//! Nothing here is asserted; machines are shared. The Python line compares a run with its own lower bound, measured in the
//! same run: the time that worker processes were at work, over the jobs.

use std::collections::BTreeSet;
use std::sync::Arc;

use azmatrix::matrix::{CellId, PlannedCell};
use azmatrix::results::Summary;
use azmatrix::run::{RunOptions, Session, SnapshotMode, run};
use azmatrix::workspace::{Loaded, Workspace};
use camino::Utf8Path;
use divan::Bencher;
use divan::counter::ItemsCount;

fn main() {
    if azmatrix::drive::serve_watchdog_if_asked() {
        return;
    }
    divan::main();
    // It takes minutes, so it is asked for by name: `cargo bench -p azmatrix --bench harness -- whole_matrix`.
    if std::env::args().any(|argument| argument == "whole_matrix") {
        python_against_its_lower_bound();
    }
}

fn workspace() -> (Workspace, Loaded) {
    let root = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let workspace = Workspace::find(Some(&root)).expect("the repository is a workspace");
    let loaded = Loaded::read(&workspace).expect("the repository's files are without mistakes");
    (workspace, loaded)
}

/// Planning and printing the ids of 5,000 cells: what `list` does once the files are read.
#[divan::bench]
fn list_5000_cells(bencher: Bencher<'_, '_>) {
    let (_, mut loaded) = workspace();
    let once = loaded.plan().len();
    let scenarios = loaded.scenarios.clone();
    while loaded.scenarios.len() * once < 5000 * scenarios.len() {
        loaded.scenarios.extend(scenarios.iter().cloned());
    }
    bencher.counter(ItemsCount::new(loaded.plan().len())).bench(|| {
        let plan = loaded.plan();
        plan.iter().map(|cell| cell.id.to_string().len()).sum::<usize>()
    });
}

/// Every file of the repository, with positions and checks.
#[divan::bench]
fn read_the_workspace() -> usize {
    workspace().1.scenarios.len()
}

/// Every cell of the reference: steps over TLS, canonical text, verdict, comparison with the snapshot.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn reference_cells(bencher: Bencher<'_, '_>) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let count = cells_of("reference").len();
    bencher.counter(ItemsCount::new(count)).bench(|| runtime.block_on(run_cells("reference")));
}

fn cells_of(flavor: &str) -> Vec<PlannedCell> {
    let plan = workspace().1.plan();
    plan.into_iter().filter(|cell| cell.id.flavor.as_str().starts_with(flavor)).collect()
}

async fn run_cells(flavor: &str) -> Summary {
    let (workspace, loaded) = workspace();
    let plan = loaded.plan();
    let selected: BTreeSet<CellId> =
        plan.iter().map(|cell| cell.id.clone()).filter(|id| id.flavor.as_str().starts_with(flavor)).collect();
    let options = RunOptions { snapshots: SnapshotMode::Compare, ..RunOptions::default() };
    let session: Arc<Session> =
        Session::start(workspace, loaded, options, Box::new(|_| ())).await.expect("a session starts");
    run(&session, &plan, &selected).await
}

fn python_against_its_lower_bound() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    // The first run makes the environments where they are missing; it is not counted.
    runtime.block_on(run_cells("py-none"));
    println_ratio(&runtime.block_on(run_cells("py-")));
}

#[expect(clippy::print_stdout, reason = "a benchmark's output is its result")]
fn println_ratio(summary: &Summary) {
    let cells: usize = summary.counts.values().sum();
    println!("python: {cells} cells in {}", summary.time());
}
