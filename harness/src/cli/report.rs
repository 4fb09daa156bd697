//! `azmatrix report`: the compatibility table, from a run of everything.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, bail};
use camino::Utf8Path;
use clap::Args;

use super::ExitCode;
use super::files::write_whole;
use crate::judge::CellStatus;
use crate::matrix::PlannedCell;
use crate::report::CompatibilityTable;
use crate::results::Event;
use crate::run::{RunOptions, Session, SnapshotMode, run};
use crate::workspace::{Loaded, Workspace};

/// `azmatrix report`.
#[derive(Clone, Copy, Debug, Args)]
pub struct ReportArguments {
    /// Print it instead of writing `COMPATIBILITY.md`
    #[arg(long)]
    pub print: bool,
}

pub(super) fn report(root: Option<&Utf8Path>, arguments: ReportArguments) -> anyhow::Result<ExitCode> {
    let workspace = Workspace::find(root)?;
    let path = workspace.root.join("COMPATIBILITY.md");
    let loaded = Loaded::read(&workspace)?;
    let plan = loaded.plan();
    let flavors = loaded.flavors.clone();
    let speaks = |cell: &&PlannedCell| cell.is_product() && !cell.is_opt_in() && cell.skip.is_none();
    let judged = plan.iter().filter(speaks).map(|cell| cell.id.clone());
    let selected: BTreeSet<_> = judged.collect();
    let found = Arc::new(Mutex::new((CompatibilityTable::default(), Vec::new())));
    let heard = Arc::clone(&found);
    let listener = Box::new(move |event| {
        let (table, unknown) = &mut *heard.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            // The product itself says that there is nothing of it yet.
            Event::Cell(cell) if cell.refused => {}
            Event::Cell(cell) if matches!(cell.status, CellStatus::Broken | CellStatus::Skipped) => {
                unknown.push(format!("{}: {}", cell.id, cell.reason.as_deref().unwrap_or_default()));
            }
            Event::Cell(cell) => table.add(&cell.id, &cell.coverage),
            _ => {}
        }
    });
    let options = RunOptions { snapshots: SnapshotMode::Compare, ..RunOptions::default() };
    let runtime = tokio::runtime::Runtime::new().context("the asynchronous runtime could not start")?;
    runtime.block_on(async {
        let session = Session::start(workspace, loaded, options, listener).await?;
        run(&session, &plan, &selected).await;
        anyhow::Ok(())
    })?;
    let (table, unknown) = &*found.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(first) = unknown.first() {
        bail!("{} cells say nothing, so that the table would not be whole; the first is {first}", unknown.len());
    }
    if arguments.print {
        write!(std::io::stdout(), "{}", table.markdown(&flavors))?;
    } else {
        write_whole(&path, &table.markdown(&flavors))?;
        writeln!(std::io::stdout(), "wrote {path}")?;
    }
    Ok(ExitCode::Green)
}
