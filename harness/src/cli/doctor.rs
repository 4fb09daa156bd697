//! `azmatrix doctor`: what is on this machine, what is missing, and the command that brings it.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::Write;

use camino::Utf8Path;

use super::ExitCode;
use crate::flavor::Runtime;
use crate::flavor::VariantName;
use crate::flavor::environment::{EnvironmentRequest, EnvironmentState, Python, find_python, find_uv, inspect};
use crate::judge::CellStatus;
use crate::matrix::WorkerKey;
use crate::report::Colour;
use crate::run::environment_request;
use crate::workspace::{Loaded, Workspace};

pub(super) fn doctor(root: Option<&Utf8Path>) -> anyhow::Result<ExitCode> {
    let workspace = Workspace::find(root)?;
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
        &format!(
            "{} scenarios, {} flavors, {} cells",
            loaded.scenarios.len(),
            loaded.flavors.len(),
            loaded.plan().len()
        ),
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
    match find_uv(&workspace.environments(), &python) {
        Ok(Some(uv)) => line(CellStatus::Pass, "ok", &format!("uv {} at {}", uv.version, uv.program))?,
        Ok(None) => {
            line(CellStatus::Skipped, "to make", &"uv: the first run installs it from PyPI into a folder of its own")?;
        }
        Err(error) => line(CellStatus::Failed, "missing", &format!("uv: {error}\n         {}", error.help()))?,
    }
    let mut ready = true;
    for (name, (request, is_opt_in)) in environments(&workspace, &loaded) {
        let is_ready = environment(&name, &request, is_opt_in, &python, &mut line)?;
        ready &= is_ready || is_opt_in;
    }
    if !ready {
        line(CellStatus::Skipped, "next", &"`azmatrix run` makes what is missing")?;
    }
    Ok(ExitCode::Green)
}

/// Every environment that some flavor needs, by its name, and whether that flavor is opt-in.
fn environments(workspace: &Workspace, loaded: &Loaded) -> BTreeMap<String, (EnvironmentRequest, bool)> {
    let python = loaded.flavors.iter().filter(|flavor| flavor.file.runtime == Runtime::Python);
    let keys = python.flat_map(|flavor| {
        let variants = flavor.file.variant.keys().map(VariantName::new);
        variants.map(move |variant| (flavor, WorkerKey { flavor: flavor.name.clone(), variant }))
    });
    let requests = keys.filter_map(|(flavor, key)| {
        let request = environment_request(workspace, &key, flavor.file.lock_of(key.variant.as_str())?);
        Some((request.name.clone(), (request, flavor.file.opt_in.is_some())))
    });
    requests.collect()
}

fn environment(
    name: &str,
    request: &EnvironmentRequest,
    is_opt_in: bool,
    python: &Python,
    line: &mut impl FnMut(CellStatus, &str, &dyn Display) -> std::io::Result<()>,
) -> anyhow::Result<bool> {
    let (status, word, text) = match inspect(request, python) {
        Ok(EnvironmentState::Ready { size, .. }) => (CellStatus::Pass, "ok", format!("ready, {}", megabytes(size))),
        Ok(EnvironmentState::Missing) if is_opt_in => (
            CellStatus::Skipped,
            "opt-in",
            "not made; `azmatrix run --flavor` with its flavor's name makes it".to_owned(),
        ),
        Ok(EnvironmentState::Missing) => (CellStatus::Skipped, "to make", "not made yet".to_owned()),
        Ok(EnvironmentState::Stale { size, directories }) => {
            let paths: Vec<&str> = directories.iter().map(|path| path.as_str()).collect();
            let old = format!("made from another lock or Python: {} in {}", megabytes(size), paths.join(", "));
            (CellStatus::Skipped, "to make", old)
        }
        Err(error) => (CellStatus::Failed, "missing", error.to_string()),
    };
    line(status, word, &format!("environment {name}: {text}"))?;
    Ok(status == CellStatus::Pass)
}

fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes.div_ceil(1_000_000))
}
