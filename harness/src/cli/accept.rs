//! `azmatrix accept`: pending snapshots become reviewed ones. `cargo insta review` does the same, one by one.

use std::fs;
use std::io::Write;

use anyhow::Context;
use camino::Utf8Path;

use super::{AcceptArguments, ExitCode};
use crate::judge::snapshot;
use crate::workspace::{Loaded, Workspace};

pub(super) fn accept(root: Option<&Utf8Path>, arguments: &AcceptArguments) -> anyhow::Result<ExitCode> {
    let workspace = Workspace::find(root)?;
    let snapshots = workspace.snapshots();
    let mut output = std::io::stdout().lock();
    let mut count = 0;
    for pending in workspace.pending_snapshots()? {
        let shown = pending.strip_prefix(&snapshots).unwrap_or(&pending).to_owned();
        let wanted = arguments.filter.is_empty() || arguments.filter.iter().any(|part| shown.as_str().contains(part));
        if !wanted {
            continue;
        }
        count += 1;
        if arguments.reject {
            fs::remove_file(&pending).with_context(|| format!("`{pending}` could not be removed"))?;
            writeln!(output, "rejected {shown}")?;
        } else {
            snapshot::accept(&pending)?;
            writeln!(output, "accepted {}", shown.as_str().trim_end_matches(".new"))?;
        }
    }
    if count == 0 {
        writeln!(output, "nothing to accept below {snapshots}")?;
        return Ok(ExitCode::NothingSelected);
    }
    report_orphans(&workspace, &mut output)?;
    Ok(ExitCode::Green)
}

fn report_orphans(workspace: &Workspace, output: &mut impl Write) -> anyhow::Result<()> {
    let loaded = Loaded::read(workspace)?;
    for orphan in crate::matrix::orphans(&loaded.plan(), workspace.reviewed_snapshots()?) {
        writeln!(output, "note: no cell writes snapshots/{orphan}; remove it")?;
    }
    Ok(())
}
