//! `azmatrix doctor`: what is on this machine, what is missing, and the command that brings it.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::Write;

use camino::Utf8PathBuf;

use super::ExitCode;
use crate::flavor::Runtime;
use crate::flavor::environment::{EnvironmentRequest, EnvironmentState, Python, find_python, inspect};
use crate::judge::CellStatus;
use crate::report::Colour;
use crate::workspace::{Loaded, Workspace};

pub(super) fn doctor(root: &Option<Utf8PathBuf>) -> anyhow::Result<ExitCode> {
    let workspace = Workspace::find(root.as_deref())?;
    let loaded = Loaded::read(&workspace)?;
    let colour = Colour::for_stream(&std::io::stdout());
    let mut output = std::io::stdout().lock();
    let mut line = |status: CellStatus, word: &str, text: &dyn Display| {
        writeln!(output, "{}  {text}", colour.status(status, format!("{word:>7}")))
    };
    line(CellStatus::Pass, "ok", &format!("workspace {}", workspace.root))?;
    line(
        CellStatus::Pass,
        "ok",
        &format!("{} scenarios, {} flavors, {} cells", loaded.scenarios.len(), loaded.flavors.len(), loaded.plan().len()),
    )?;
    let python = match find_python() {
        Ok(python) => {
            line(CellStatus::Pass, "ok", &format!("Python {} at {}", python.version, python.path))?;
            python
        }
        Err(missing) => {
            line(CellStatus::Failed, "missing", &format!("{}\n         {}", missing.reason, missing.how))?;
            return Ok(ExitCode::NotReady);
        }
    };
    let mut ready = true;
    for (name, request) in environments(&workspace, &loaded) {
        ready &= environment(&name, &request, &python, &mut line)?;
    }
    if !ready {
        line(CellStatus::Skipped, "next", &"`azmatrix run` makes what is missing")?;
    }
    Ok(ExitCode::Green)
}

/// Every environment that some flavor needs, by the name of its lock.
fn environments(workspace: &Workspace, loaded: &Loaded) -> BTreeMap<String, EnvironmentRequest> {
    let mut requests = BTreeMap::new();
    for flavor in loaded.flavors.iter().filter(|flavor| flavor.file.runtime == Runtime::Python) {
        let own = flavor.file.variant.values().filter_map(|variant| variant.lock.as_ref());
        for lock in flavor.file.lock.iter().chain(own) {
            let directory = workspace.flavor_directory(&flavor.name);
            requests.insert(
                format!("{}/{}", flavor.name, lock.file),
                EnvironmentRequest {
                    name: flavor.name.to_string(),
                    lock: directory.join(&lock.file),
                    cache: workspace.environments(),
                },
            );
        }
    }
    requests
}

fn environment(
    name: &str,
    request: &EnvironmentRequest,
    python: &Python,
    line: &mut impl FnMut(CellStatus, &str, &dyn Display) -> std::io::Result<()>,
) -> anyhow::Result<bool> {
    let state = inspect(request, python);
    let ready = matches!(state, Ok(EnvironmentState::Ready { .. }));
    match state {
        Ok(state) if ready => line(CellStatus::Pass, "ok", &format!("environment {name}: {state}"))?,
        Ok(state) => line(CellStatus::Skipped, "to make", &format!("environment {name}: {state}"))?,
        Err(error) => line(CellStatus::Failed, "missing", &format!("environment {name}: {error}"))?,
    }
    Ok(ready)
}
