//! What a flavor declares that it cannot do is still true: its worker is asked, and says so itself.
//!
//! One cell for each feature and glob of each `[[skip]]`. A main function of our own, because the watchdog is a copy of
//! this program.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use azmatrix::cli;
use azmatrix::diagnose::Paint;
use azmatrix::drive::serve_watchdog_if_asked;
use azmatrix::flavor::environment::find_python;
use azmatrix::judge::CellStatus;
use azmatrix::matrix::{CellId, skip_witnesses};
use azmatrix::results::{CellEvent, Event};
use azmatrix::run::{DeclaredSkipMode, Require, RunOptions, Session, SnapshotMode, run};
use azmatrix::workspace::{Loaded, Workspace};
use camino::Utf8Path;
use libtest_mimic::{Arguments, Completion, Failed, Trial};

fn main() -> ExitCode {
    if serve_watchdog_if_asked() {
        return ExitCode::SUCCESS;
    }
    let root = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let workspace = Workspace::find(Some(&root)).expect("this is a workspace");
    let loaded = Loaded::read(&workspace).unwrap_or_else(|error| panic!("{}", error.render(Paint::Plain)));
    let mut witnesses: BTreeMap<String, BTreeSet<CellId>> = BTreeMap::new();
    for id in skip_witnesses(&loaded.plan(), &loaded.flavors) {
        witnesses.entry(id.flavor.to_string()).or_default().insert(id);
    }
    let trials = witnesses.into_iter().map(|(flavor, cells)| {
        let (workspace, loaded) = (workspace.clone(), loaded.clone());
        Trial::ignorable_test(format!("what_{flavor}_skips_it_cannot_do"), move || check(workspace, loaded, &cells))
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

fn check(workspace: Workspace, loaded: Loaded, cells: &BTreeSet<CellId>) -> Result<Completion, Failed> {
    match find_python() {
        Err(missing) if cli::require(None) == Require::Available => {
            return Ok(Completion::ignored_with(missing.reason));
        }
        Err(missing) => return Err(missing.reason.into()),
        Ok(_) => {}
    }
    let done: Vec<String> = ask(workspace, loaded, cells)
        .iter()
        .filter(|cell| cell.status != CellStatus::Skipped)
        .map(|cell| format!("{}: {} {}", cell.id, cell.status.as_str(), cell.reason.as_deref().unwrap_or_default()))
        .collect();
    if done.is_empty() { Ok(Completion::Completed) } else { Err(done.join("\n").into()) }
}

/// Has the workers try what is declared to be impossible.
fn ask(workspace: Workspace, loaded: Loaded, cells: &BTreeSet<CellId>) -> Vec<Arc<CellEvent>> {
    let plan = loaded.plan();
    let options = RunOptions {
        require: cli::require(None),
        snapshots: SnapshotMode::Compare,
        declared_skips: DeclaredSkipMode::Tried,
        ..RunOptions::default()
    };
    let events: Arc<Mutex<Vec<Arc<CellEvent>>>> = Arc::default();
    let kept = Arc::clone(&events);
    let listener = Box::new(move |event| {
        if let Event::Cell(cell) = event {
            kept.lock().unwrap_or_else(PoisonError::into_inner).push(cell);
        }
    });
    let runtime = tokio::runtime::Runtime::new().expect("the asynchronous runtime starts");
    runtime.block_on(async {
        let session = Session::start(workspace, loaded, options, listener).await.expect("a session starts");
        run(&session, &plan, cells).await;
    });
    let mut events = events.lock().unwrap_or_else(PoisonError::into_inner);
    assert_eq!(events.len(), cells.len(), "every cell has a verdict");
    std::mem::take(&mut events)
}
