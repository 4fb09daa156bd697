//! `azmatrix explain`: one cell with everything its verdict rests on.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use camino::Utf8Path;

use super::{ExitCode, ExplainArguments, UsageError};
use crate::diagnose::closest;
use crate::matrix::{CellId, CellIdError};
use crate::report::{Colour, cell_details, evidence_text};
use crate::results::Event;
use crate::run::{EvidenceMode, RunOptions, Session, SnapshotMode, run};
use crate::workspace::{Loaded, Workspace};

pub(super) fn explain(root: Option<&Utf8Path>, arguments: &ExplainArguments) -> anyhow::Result<ExitCode> {
    let id: CellId = arguments.cell.parse().map_err(|error: CellIdError| UsageError(error.to_string()))?;
    let workspace = Workspace::find(root)?;
    let loaded = Loaded::read(&workspace)?;
    let plan = loaded.plan();
    if !plan.iter().any(|cell| cell.id == id) {
        let ids: Vec<String> = plan.iter().map(|cell| cell.id.to_string()).collect();
        let near = closest(&arguments.cell, ids.iter().map(String::as_str));
        let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        return Err(UsageError(format!("there is no cell `{id}`{near}; `azmatrix list` shows them all")).into());
    }
    let options =
        RunOptions { evidence: EvidenceMode::Reported, snapshots: SnapshotMode::Compare, ..RunOptions::default() };
    let events = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&events);
    let listener = Box::new(move |event| heard.lock().unwrap_or_else(PoisonError::into_inner).push(event));
    let runtime = tokio::runtime::Runtime::new().context("the asynchronous runtime could not start")?;
    let summary = runtime.block_on(async {
        let session = Session::start(workspace, loaded, options, listener).await?;
        anyhow::Ok(run(&session, &plan, &BTreeSet::from([id])).await)
    })?;
    let colour = Colour::for_stream(&std::io::stdout());
    let mut output = std::io::stdout().lock();
    for event in events.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        match event {
            Event::Evidence(evidence) => writeln!(output, "{}", evidence_text(evidence))?,
            Event::Cell(cell) => {
                write!(output, "{}", cell_details(cell, colour))?;
                for finding in &cell.findings {
                    if let Some(issue) = &finding.known {
                        writeln!(output, "  {} at {} (known: {issue})", finding.id, finding.subject)?;
                    }
                }
            }
            Event::Started { .. } | Event::Progress { .. } | Event::Drift(_) | Event::Summary(_) => {}
        }
    }
    Ok(ExitCode::of(&summary))
}
