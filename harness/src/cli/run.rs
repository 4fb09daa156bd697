//! `azmatrix run`: the matrix.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, bail};
use camino::Utf8Path;

use super::accept::orphan_lines;
use super::changed::Memory;
use super::files::write_whole;
use super::live::{LivePlan, agreed};
use super::{ExitCode, RequireArgument, RunArguments, TargetArgument, UsageError, list};
use crate::diagnose::counted;
use crate::matrix::{CellId, PlannedCell, orphans};
use crate::report::{EveryCell, JsonLines, KnownIssues, SpanConsole, Terminal, html_report};
use crate::results::{Event, Summary};
use crate::run::{
    EvidenceMode, Listener, Order, Processes, Require, RunOptions, Session, SnapshotMode, Target, run as run_cells,
    with_controls,
};
use crate::workspace::{Loaded, Workspace};

/// Seconds for one request of a worker.
const DEADLINE: f64 = 60.0;
/// The same with a live service, which may ask a client to wait a minute before it tries again, twice.
const LIVE_DEADLINE: f64 = 300.0;

pub(super) fn run(root: Option<&Utf8Path>, arguments: &RunArguments) -> anyhow::Result<ExitCode> {
    if arguments.target == TargetArgument::Mock && (arguments.live.live.is_some() || arguments.live.yes) {
        return Err(UsageError("`--live` and `--yes` say nothing without `--target live`".to_owned()).into());
    }
    if arguments.target == TargetArgument::Live && arguments.changed {
        return Err(
            UsageError("`--changed` is for the mock: a live service may have changed by itself".to_owned()).into()
        );
    }
    let workspace = Workspace::find(root)?;
    let loaded = Loaded::read(&workspace)?;
    let plan = loaded.plan();
    let mut selected: BTreeSet<CellId> = list::selected(&loaded, &arguments.selection)?.map(|cell| cell.id).collect();
    if selected.is_empty() {
        writeln!(std::io::stderr(), "no cell matches; `azmatrix list` shows all {}", plan.len())?;
        list::say_what_is_left_out(&loaded, &arguments.selection)?;
        return Ok(ExitCode::NothingSelected);
    }
    let mut options = options(arguments)?;
    if arguments.target == TargetArgument::Live {
        match live_target(arguments, &plan, &selected)? {
            Ok(target) => options.target = target,
            Err(code) => return Ok(code),
        }
        options.snapshots = SnapshotMode::Compare;
        // A live quota is soon used up.
        options.jobs = arguments.jobs.unwrap_or(NonZeroUsize::MIN);
    }
    let memory = match arguments.target {
        TargetArgument::Mock => Some(Memory::read(&workspace, &plan, &selected, options.require)?),
        TargetArgument::Live => None,
    };
    let all = selected.len();
    if let Some(memory) = memory.as_ref().filter(|_| arguments.changed) {
        selected.retain(|id| !memory.is_unchanged(id));
    }
    let unchanged = all - selected.len();
    list::say_what_is_left_out(&loaded, &arguments.selection)?;
    let stale = loaded.stale_known_issues(&plan);
    let known = loaded.known.clone();
    let sink = Arc::new(Mutex::new(Sink::new(arguments, memory, unchanged)?));
    let runtime = tokio::runtime::Runtime::new().context("the asynchronous runtime could not start")?;
    let code = runtime.block_on(async {
        let session = Session::start(workspace.clone(), loaded, options, listener(Arc::clone(&sink))).await?;
        tokio::select! {
            summary = run_cells(&session, &plan, &selected) => Ok(exit_code(&session, &summary)),
            _ = tokio::signal::ctrl_c() => Ok::<_, anyhow::Error>(ExitCode::Interrupted),
            () = terminated() => Ok(ExitCode::Interrupted),
        }
    })?;
    // Dropping the runtime drops every worker, and with it its process group.
    runtime.shutdown_timeout(Duration::from_secs(2));
    if code == ExitCode::Interrupted {
        writeln!(std::io::stderr(), "\ninterrupted: no worker is left, and no snapshot was half written")?;
    }
    if let Some(memory) = &mut sink.lock().unwrap_or_else(PoisonError::into_inner).memory {
        memory.save();
    }
    write_html_report(&workspace, &sink, &known)?;
    if let Some(error) = sink.lock().unwrap_or_else(PoisonError::into_inner).error.take() {
        bail!(error);
    }
    report_orphans(&workspace, &plan)?;
    for issue in &stale {
        writeln!(std::io::stderr(), "stale: {issue}")?;
    }
    // An entry that matches no cell excuses nothing today, and the wrong thing tomorrow.
    Ok(if code == ExitCode::Green && !stale.is_empty() { ExitCode::Red } else { code })
}

/// Waits for the signal by which continuous integration cancels a job.
#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};

    match signal(SignalKind::terminate()) {
        Ok(mut signals) => {
            signals.recv().await;
        }
        // Then the signal ends the process at once, and the watchdog does what is left to do.
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}

/// The live service, once somebody has agreed to the calls; or how the program ends.
fn live_target(
    arguments: &RunArguments,
    plan: &[PlannedCell],
    selected: &BTreeSet<CellId>,
) -> anyhow::Result<Result<Target, ExitCode>> {
    let live = LivePlan::read(&arguments.live)?;
    let cells = with_controls(plan, selected);
    let cost = live.cost(&cells);
    let mut errors = std::io::stderr();
    if cost.cells == 0 {
        let reasons: BTreeSet<String> = cells.iter().filter_map(|cell| live.impossible(cell)).collect();
        writeln!(errors, "none of the {} cells can be run live:", selected.len())?;
        for reason in reasons {
            writeln!(errors, "  {reason}")?;
        }
        return Ok(Err(ExitCode::NothingSelected));
    }
    if !agreed(&cost, &arguments.live)? {
        writeln!(errors, "nothing was called")?;
        return Ok(Err(ExitCode::NothingSelected));
    }
    Ok(Ok(live.target(&cost)?))
}

/// Writes the report of a run that came to its end, whole or not at all.
fn write_html_report(workspace: &Workspace, sink: &Mutex<Sink>, known: &KnownIssues) -> anyhow::Result<()> {
    let sink = sink.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(summary) = &sink.summary else { return Ok(()) };
    let folder = workspace.target();
    let path = folder.join("report.html");
    fs::create_dir_all(&folder).with_context(|| format!("`{folder}` could not be made"))?;
    write_whole(&path, &html_report(sink.terminal.cells(), summary, known))?;
    writeln!(std::io::stdout(), "report: {path}").or_else(|error| match error.kind() {
        std::io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(error.into()),
    })
}

fn options(arguments: &RunArguments) -> anyhow::Result<RunOptions> {
    let mut options = RunOptions::default();
    if let Some(jobs) = arguments.jobs {
        options.jobs = jobs;
    }
    let usual = if arguments.target == TargetArgument::Live { LIVE_DEADLINE } else { DEADLINE };
    let deadline = arguments.deadline.unwrap_or(usual);
    options.deadlines.request = Duration::try_from_secs_f64(deadline)
        .ok()
        .filter(|deadline| !deadline.is_zero())
        .with_context(|| format!("`--deadline {deadline}` is not a time in seconds"))?;
    options.deadlines.start = options.deadlines.start.max(options.deadlines.request);
    options.require = require(arguments.require);
    options.order = arguments.shuffle.map_or(Order::Planned, Order::Shuffled);
    if arguments.fresh {
        options.processes = Processes::OnePerCell;
    }
    if arguments.console {
        options.evidence = EvidenceMode::Reported;
    }
    Ok(options)
}

/// In continuous integration a cell that nobody could run must not look green.
pub fn require(argument: Option<RequireArgument>) -> Require {
    match argument {
        Some(RequireArgument::All) => Require::All,
        None if std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false") => Require::All,
        Some(RequireArgument::Available) | None => Require::Available,
    }
}

fn exit_code(session: &Session, summary: &Summary) -> ExitCode {
    if session.something_is_missing() { ExitCode::NotReady } else { ExitCode::of(summary) }
}

struct Sink {
    terminal: Terminal,
    lines: Option<JsonLines<BufWriter<File>>>,
    console: Option<SpanConsole>,
    memory: Option<Memory>,
    /// Cells that were not run again.
    unchanged: usize,
    /// Of a run that came to its end.
    summary: Option<Summary>,
    error: Option<std::io::Error>,
}

impl Sink {
    fn new(arguments: &RunArguments, memory: Option<Memory>, unchanged: usize) -> anyhow::Result<Self> {
        let lines = arguments.events.as_deref().map(open_events).transpose()?;
        let every_cell = if arguments.verbose { EveryCell::Shown } else { EveryCell::Summarised };
        let console = arguments.console.then(SpanConsole::default);
        Ok(Self { terminal: Terminal::new(every_cell), lines, console, memory, unchanged, summary: None, error: None })
    }

    fn take(&mut self, event: &Event) {
        if let Event::Summary(summary) = event {
            self.summary = Some(summary.clone());
        }
        if let (Some(memory), Event::Cell(cell)) = (&mut self.memory, event) {
            memory.remember(cell);
        }
        if let (Some(console), Event::Evidence(evidence)) = (&self.console, event) {
            self.terminal.suspend(|| console.print(evidence));
        }
        let written = self.lines.as_mut().map_or(Ok(()), |lines| lines.write(event));
        let shown = written.and_then(|()| self.terminal.show(event)).and_then(|()| match event {
            Event::Summary(_) if self.unchanged > 0 => {
                writeln!(std::io::stdout(), "{} not run again", counted(self.unchanged, "unchanged cell"))
            }
            _ => Ok(()),
        });
        if let Err(error) = shown {
            // A reader that went away (`| head`) is no error of ours.
            if error.kind() != std::io::ErrorKind::BrokenPipe {
                self.error.get_or_insert(error);
            }
        }
    }
}

fn open_events(path: &Utf8Path) -> anyhow::Result<JsonLines<BufWriter<File>>> {
    let file = File::create(path).with_context(|| format!("`{path}` could not be written"))?;
    Ok(JsonLines::new(BufWriter::new(file)))
}

fn listener(sink: Arc<Mutex<Sink>>) -> Listener {
    Box::new(move |event| sink.lock().unwrap_or_else(PoisonError::into_inner).take(&event))
}

fn report_orphans(workspace: &Workspace, plan: &[PlannedCell]) -> anyhow::Result<()> {
    for line in orphan_lines(&orphans(plan, workspace.reviewed_snapshots()?)) {
        writeln!(std::io::stderr(), "warning: {line}")?;
    }
    Ok(())
}
