//! `cargo test`: every cell as a test, through libtest-mimic.
//!
//! Filters, `--list`, `--exact`, `--skip` and `--test-threads` mean what they always mean. The cells that are selected
//! run as in `azmatrix run`, in the order that wastes least; each trial waits for its own verdict.

use std::collections::{BTreeSet, HashMap};
use std::io::Write;
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::{Arc, Condvar, Mutex, Once, PoisonError};

use azmatrix::cli;
use azmatrix::diagnose::Paint;
use azmatrix::drive::serve_watchdog_if_asked;
use azmatrix::judge::CellStatus;
use azmatrix::matrix::{CellId, NamedFlavor, PlannedCell, idle_scenario_globs, idle_skips, orphans};
use azmatrix::report::{Colour, CompatibilityTable, cell_details};
use azmatrix::results::{CellEvent, Event};
use azmatrix::run::{Listener, RunOptions, Session, run};
use azmatrix::workspace::{Loaded, Workspace};
use camino::{Utf8Path, Utf8PathBuf};
use libtest_mimic::{Arguments, Completion, Failed, Trial};

fn main() -> ExitCode {
    if serve_watchdog_if_asked() {
        return ExitCode::SUCCESS;
    }
    let arguments = Arguments::from_args();
    match trials(&arguments) {
        Ok(trials) => libtest_mimic::run(&arguments, trials).exit_code(),
        Err(problem) => {
            let _ = write!(std::io::stderr(), "{problem}");
            ExitCode::from(2)
        }
    }
}

fn trials(arguments: &Arguments) -> Result<Vec<Trial>, String> {
    let root = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let workspace = Workspace::find(Some(&root)).map_err(|error| format!("{error}\n"))?;
    let loaded = Loaded::read(&workspace).map_err(|error| error.render(Paint::Plain))?;
    let plan = loaded.plan();
    // Those that are opt-in are no tests; `azmatrix run --flavor NAME` runs them.
    let tested: Vec<PlannedCell> = plan.iter().filter(|cell| !cell.is_opt_in()).cloned().collect();
    let selected =
        tested.iter().map(|cell| cell.id.clone()).filter(|id| is_selected(arguments, &id.to_string())).collect();
    let hygiene = hygiene_trials(&workspace, &loaded, &plan);
    let matrix = Arc::new(Matrix::new(workspace, loaded, plan, selected, arguments.test_threads));
    let compatibility = compatibility_trial(&matrix, &tested);
    let cells = tested.into_iter().map(|cell| {
        let matrix = Arc::clone(&matrix);
        Trial::ignorable_test(cell.id.to_string(), move || matrix.verdict(&cell.id))
    });
    Ok(cells.chain(hygiene).chain([compatibility]).collect())
}

/// The same selection as libtest-mimic's own, so that only cells with a trial are run.
fn is_selected(arguments: &Arguments, name: &str) -> bool {
    let matches = |filter: &str| if arguments.exact { name == filter } else { name.contains(filter) };
    arguments.filter.as_deref().is_none_or(matches) && !arguments.skip.iter().any(|skip| matches(skip))
}

/// The run behind all trials. It starts when the first trial asks for its verdict.
struct Matrix {
    begin: Once,
    input: Mutex<Option<Input>>,
    state: Arc<State>,
    selected: BTreeSet<CellId>,
    root: Utf8PathBuf,
    flavors: Vec<NamedFlavor>,
}

struct Input {
    workspace: Workspace,
    loaded: Loaded,
    plan: Vec<PlannedCell>,
    selected: BTreeSet<CellId>,
    options: RunOptions,
}

#[derive(Default)]
struct State {
    results: Mutex<Results>,
    changed: Condvar,
}

#[derive(Default)]
struct Results {
    cells: HashMap<CellId, Arc<CellEvent>>,
    /// What the cells of products record, and how many said so or said that they cannot be performed.
    compatibility: (CompatibilityTable, usize),
    /// Why there will be no more, once there will be no more.
    ended: Option<String>,
}

impl Matrix {
    fn new(
        workspace: Workspace,
        loaded: Loaded,
        plan: Vec<PlannedCell>,
        selected: BTreeSet<CellId>,
        threads: Option<usize>,
    ) -> Self {
        let mut options = RunOptions { require: cli::require(None), ..RunOptions::default() };
        if let Some(threads) = threads.and_then(NonZeroUsize::new) {
            options.jobs = threads;
        }
        let root = workspace.root.clone();
        let flavors = loaded.flavors.clone();
        let input = Input { workspace, loaded, plan, selected: selected.clone(), options };
        Self { begin: Once::new(), input: Mutex::new(Some(input)), state: Arc::default(), selected, root, flavors }
    }

    /// The table of the run, once it is over; how many cells it is made from; and the committed one.
    fn compatibility(&self) -> (String, usize, String) {
        self.begin();
        let results = self.state.results.lock().unwrap_or_else(PoisonError::into_inner);
        let results = self
            .state
            .changed
            .wait_while(results, |results| results.ended.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        let (table, count) = &results.compatibility;
        let committed = std::fs::read_to_string(self.root.join("COMPATIBILITY.md")).unwrap_or_default();
        (table.markdown(&self.flavors), *count, committed)
    }

    fn begin(&self) {
        self.begin.call_once(|| {
            let input = self.input.lock().unwrap_or_else(PoisonError::into_inner).take();
            let state = Arc::clone(&self.state);
            if let Some(input) = input {
                std::thread::spawn(move || state.run_to_the_end(input));
            }
        });
    }

    fn verdict(&self, id: &CellId) -> Result<Completion, Failed> {
        self.begin();
        let results = self.state.results.lock().unwrap_or_else(PoisonError::into_inner);
        let mut results = self
            .state
            .changed
            .wait_while(results, |results| !results.cells.contains_key(id) && results.ended.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        let Some(cell) = results.cells.remove(id) else {
            return Err(results.ended.clone().unwrap_or_default().into());
        };
        match cell.status {
            CellStatus::Pass | CellStatus::Known => Ok(Completion::Completed),
            CellStatus::Skipped => Ok(Completion::ignored_with(cell.reason.clone().unwrap_or_default())),
            _ => Err(cell_details(&cell, Colour::Off).into()),
        }
    }
}

impl State {
    fn run_to_the_end(self: Arc<Self>, input: Input) {
        let ended = match tokio::runtime::Runtime::new() {
            Err(error) => format!("the asynchronous runtime could not start: {error}"),
            Ok(runtime) => runtime.block_on(async {
                let listener = Arc::clone(&self).listener();
                match Session::start(input.workspace, input.loaded, input.options, listener).await {
                    Err(error) => error.to_string(),
                    Ok(session) => {
                        run(&session, &input.plan, &input.selected).await;
                        "the run ended without a verdict on this cell".to_owned()
                    }
                }
            }),
        };
        self.results.lock().unwrap_or_else(PoisonError::into_inner).ended = Some(ended);
        self.changed.notify_all();
    }

    fn listener(self: Arc<Self>) -> Listener {
        Box::new(move |event| match event {
            Event::Cell(cell) => {
                let mut results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
                if !cell.coverage.is_empty() {
                    results.compatibility.0.add(&cell.id, &cell.coverage);
                }
                if cell.refused || !cell.coverage.is_empty() {
                    results.compatibility.1 += 1;
                }
                results.cells.insert(cell.id.clone(), cell);
                self.changed.notify_all();
            }
            Event::Progress { message } => {
                let _ = writeln!(std::io::stderr(), "{message}");
            }
            Event::Started { .. } | Event::Evidence(_) | Event::Drift(_) | Event::Summary(_) => {}
        })
    }
}

/// `COMPATIBILITY.md` is what the run says; only a run of every product can tell.
fn compatibility_trial(matrix: &Arc<Matrix>, plan: &[PlannedCell]) -> Trial {
    let products: Vec<CellId> =
        plan.iter().filter(|cell| cell.is_product() && cell.skip.is_none()).map(|cell| cell.id.clone()).collect();
    let matrix = Arc::clone(matrix);
    Trial::ignorable_test("hygiene::compatibility-is-what-the-run-says", move || {
        if !products.iter().all(|id| matrix.selected.contains(id)) {
            return Ok(Completion::ignored_with("not every cell was selected"));
        }
        let (table, count, committed) = matrix.compatibility();
        if count < products.len() {
            return Ok(Completion::ignored_with("some cells could not be run"));
        }
        if committed == table { Ok(Completion::Completed) } else { Err("`azmatrix report` writes it anew".into()) }
    })
}

/// Files that nobody would miss in a run of single cells, but that must not rot.
fn hygiene_trials(workspace: &Workspace, loaded: &Loaded, plan: &[PlannedCell]) -> Vec<Trial> {
    let orphans = workspace.reviewed_snapshots().map(|files| orphans(plan, files)).map_err(|error| error.to_string());
    let stale = loaded.stale_known_issues(plan);
    let idle = idle_scenario_globs(&loaded.scenarios, &loaded.flavors);
    let idle_skips = idle_skips(&loaded.scenarios, &loaded.flavors);
    let root = workspace.root.clone();
    vec![
        Trial::test("hygiene::every-snapshot-has-a-cell", move || {
            let orphans = orphans?;
            if orphans.is_empty() {
                return Ok(());
            }
            let list: Vec<String> = orphans.iter().map(|path| format!("  snapshots/{path}")).collect();
            Err(format!("no cell writes these files; `azmatrix accept --prune` removes them:\n{}", list.join("\n"))
                .into())
        }),
        Trial::test("hygiene::every-known-issue-matches-a-cell", move || {
            if stale.is_empty() { Ok(()) } else { Err(stale.join("\n").into()) }
        }),
        Trial::test("hygiene::every-scenario-of-a-variant-exists", move || {
            if idle.is_empty() { Ok(()) } else { Err(idle.join("\n").into()) }
        }),
        Trial::test("hygiene::every-declared-skip-has-a-cell", move || {
            if idle_skips.is_empty() { Ok(()) } else { Err(idle_skips.join("\n").into()) }
        }),
        Trial::test("hygiene::every-semconv-roll-up-is-current", move || {
            let stale = cli::stale_rollups(&root).map_err(|error| error.to_string())?;
            if stale.is_empty() { Ok(()) } else { Err(stale.join("\n").into()) }
        }),
    ]
}
