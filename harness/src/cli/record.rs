//! `azmatrix record`: a live exchange becomes a scenario's reply.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, bail};
use camino::Utf8Path;
use clap::Args;

use super::files::write_whole;
use super::live::{LiveArguments, LivePlan, agreed};
use super::{ExitCode, UsageError};
use crate::convention::Concept;
use crate::diagnose::closest;
use crate::flavor::Runtime;
use crate::live::{RecordedReply, recorded_replies, replies_text, with_replies};
use crate::matrix::PlannedCell;
use crate::report::drift_text;
use crate::results::Event;
use crate::run::{EvidenceMode, RunOptions, Session, SnapshotMode, run};
use crate::scenario::{self, Scenario};
use crate::workspace::{LoadError, Loaded, Workspace};

/// `azmatrix record`.
#[derive(Clone, Debug, Args)]
pub struct RecordArguments {
    /// The scenario, such as `chat/basic`
    pub scenario: String,
    /// Put the replies into the scenario's file instead of printing them
    #[arg(long)]
    pub write: bool,
    /// Also say where the live answers differ in shape from the mock's
    #[arg(long)]
    pub drift: bool,
    /// Which live service, and whether to ask
    #[command(flatten)]
    pub live: LiveArguments,
}

pub(super) fn record(root: Option<&Utf8Path>, arguments: &RecordArguments) -> anyhow::Result<ExitCode> {
    let workspace = Workspace::find(root)?;
    let loaded = Loaded::read(&workspace)?;
    let plan = loaded.plan();
    let cell = cell_of(&arguments.scenario, &loaded, &plan)?;
    let live = LivePlan::read(&arguments.live)?;
    let cost = live.cost([&cell]);
    if cost.cells == 0 {
        let reason = live.impossible(&cell).unwrap_or_default();
        writeln!(std::io::stderr(), "nothing to record of `{}`: {reason}", arguments.scenario)?;
        return Ok(ExitCode::NothingSelected);
    }
    if !agreed(&cost, &arguments.live)? {
        writeln!(std::io::stderr(), "nothing was called")?;
        return Ok(ExitCode::NothingSelected);
    }
    let options = RunOptions {
        evidence: EvidenceMode::Reported,
        snapshots: SnapshotMode::Compare,
        target: live.target(&cost)?,
        ..RunOptions::default()
    };
    let events = performed(&workspace, loaded, options, &cell)?;
    let mut replies = None;
    for event in &events {
        match event {
            Event::Evidence(evidence) => replies = Some(recorded_replies(&cell.scenario, &evidence.capture)),
            Event::Cell(event) if replies.is_none() => {
                bail!("nothing was recorded: {}", event.reason.as_deref().unwrap_or("the cell gave no evidence"));
            }
            Event::Drift(report) if arguments.drift => write!(std::io::stderr(), "{}", drift_text(report))?,
            _ => {}
        }
    }
    give(&workspace, &cell.scenario, &replies.unwrap_or_default(), arguments.write)
}

/// The cell that records: one that needs nothing but this process.
fn cell_of(name: &str, loaded: &Loaded, plan: &[PlannedCell]) -> anyhow::Result<PlannedCell> {
    let names = || loaded.scenarios.iter().map(|scenario| scenario.name().as_str());
    if !names().any(|known| known == name) {
        let near = closest(name, names()).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        return Err(UsageError(format!("there is no scenario `{name}`{near}")).into());
    }
    let cells = plan.iter().filter(|cell| cell.id.scenario.as_str() == name);
    let mut cells = cells.filter(|cell| cell.flavor.runtime == Runtime::InProcess);
    let none = || UsageError(format!("no flavor that runs in this process has `{name}`: `record` needs `reference`"));
    Ok(cells.next().cloned().ok_or_else(none)?)
}

fn performed(
    workspace: &Workspace,
    loaded: Loaded,
    options: RunOptions,
    cell: &PlannedCell,
) -> anyhow::Result<Vec<Event>> {
    let events = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&events);
    let listener = Box::new(move |event| heard.lock().unwrap_or_else(PoisonError::into_inner).push(event));
    let runtime = tokio::runtime::Runtime::new().context("the asynchronous runtime could not start")?;
    runtime.block_on(async {
        let session = Session::start(workspace.clone(), loaded, options, listener).await?;
        run(&session, std::slice::from_ref(cell), &BTreeSet::from([cell.id.clone()])).await;
        anyhow::Ok(())
    })?;
    Ok(std::mem::take(&mut *events.lock().unwrap_or_else(PoisonError::into_inner)))
}

fn give(
    workspace: &Workspace,
    scenario: &Scenario,
    replies: &[RecordedReply],
    write: bool,
) -> anyhow::Result<ExitCode> {
    let mut output = std::io::stdout().lock();
    if !write {
        write!(output, "{}", replies_text(replies))?;
        return Ok(ExitCode::Green);
    }
    let shown = format!("scenarios/{}.toml", scenario.name());
    let path = workspace.root.join(&shown);
    let text = fs::read_to_string(&path).with_context(|| format!("`{path}` could not be read"))?;
    let recorded = with_replies(&text, replies).with_context(|| format!("`{shown}` could not be edited"))?;
    let concepts: Vec<&str> = Concept::ALL.iter().map(|concept| concept.as_str()).collect();
    // What a service says may be more than a scenario can.
    scenario::parse(&shown, &recorded, &concepts).map_err(|mistakes| LoadError::Mistakes(vec![mistakes]))?;
    write_whole(&path, &recorded)?;
    writeln!(
        output,
        "wrote the replies of {} steps to {shown}; its expectations may name the old values",
        replies.len()
    )?;
    Ok(ExitCode::Green)
}
