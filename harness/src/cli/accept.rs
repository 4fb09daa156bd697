//! `azmatrix accept`: pending snapshots become reviewed ones. `cargo insta review` does the same, one by one.

use std::fs;
use std::io::Write;

use anyhow::Context;
use camino::{Utf8Path, Utf8PathBuf};

use super::{AcceptArguments, ExitCode};
use crate::workspace::snapshot;
use crate::workspace::{Loaded, Workspace};

pub(super) fn accept(root: Option<&Utf8Path>, arguments: &AcceptArguments) -> anyhow::Result<ExitCode> {
    let workspace = Workspace::find(root)?;
    let snapshots = workspace.snapshots();
    let mut output = std::io::stdout().lock();
    if arguments.prune {
        return prune(&workspace, &arguments.filter, &mut output);
    }
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

/// Removes reviewed snapshots that no cell writes any more.
fn prune(workspace: &Workspace, filter: &[String], output: &mut impl Write) -> anyhow::Result<ExitCode> {
    let loaded = Loaded::read(workspace)?;
    for orphan in crate::matrix::orphans(&loaded.plan(), workspace.reviewed_snapshots()?) {
        if filter.is_empty() || filter.iter().any(|part| orphan.as_str().contains(part)) {
            let path = workspace.snapshots().join(&orphan);
            fs::remove_file(&path).with_context(|| format!("`{path}` could not be removed"))?;
            writeln!(output, "removed {orphan}")?;
        }
    }
    Ok(ExitCode::Green)
}

fn report_orphans(workspace: &Workspace, output: &mut impl Write) -> anyhow::Result<()> {
    let loaded = Loaded::read(workspace)?;
    let orphans = crate::matrix::orphans(&loaded.plan(), workspace.reviewed_snapshots()?);
    for line in orphan_lines(&orphans) {
        writeln!(output, "note: {line}")?;
    }
    Ok(())
}

/// What to say of snapshots that no cell writes: a few by name, the rest by number.
pub(super) fn orphan_lines(orphans: &[Utf8PathBuf]) -> Vec<String> {
    const NAMED: usize = 5;
    let mut lines: Vec<String> =
        orphans.iter().take(NAMED).map(|orphan| format!("no cell writes snapshots/{orphan}")).collect();
    if orphans.len() > NAMED {
        lines.push(format!("and {} more", orphans.len() - NAMED));
    }
    if !orphans.is_empty() {
        lines.push("bring their scenarios back, or remove them with `azmatrix accept --prune`".to_owned());
    }
    lines
}
