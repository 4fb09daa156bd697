//! `azmatrix known`: what packages get wrong and we accept, listed, added and resolved.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, bail};
use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, Subcommand};

use super::files::write_whole;
use super::{ExitCode, UsageError};
use crate::diagnose::closest;
use crate::flavor::FlavorName;
use crate::judge::known::{self, KnownAxes, KnownEditError, KnownIssue};
use crate::matrix::{CellId, CellIdError, PlannedCell};
use crate::results::{CellEvent, Event};
use crate::run::{RunOptions, Session, SnapshotMode, run};
use crate::workspace::{Loaded, Workspace};

/// `azmatrix known`.
#[derive(Clone, Debug, Args)]
pub struct KnownArguments {
    /// What to do
    #[command(subcommand)]
    pub command: KnownCommand,
}

/// The subcommands of `known`.
#[derive(Clone, Debug, Subcommand)]
pub enum KnownCommand {
    /// Say which issues are declared, and in how many cells
    List,
    /// Remove an issue that is fixed; the rest of its file stays as it is
    Resolve {
        /// Its id, as `run` prints it
        id: String,
        /// Of which flavor, when several have the id
        #[arg(long, value_name = "FLAVOR")]
        flavor: Option<String>,
    },
    /// Run a cell and declare what is wrong with it: entries to edit, above all their `reason`
    Add {
        /// The cell's id, as `azmatrix list` prints it
        cell: String,
    },
}

/// What stands where a person must write.
const REASON: &str = "TODO: say what is wrong, in words that a maintainer of the package would accept";

pub(super) fn known(root: Option<&Utf8Path>, arguments: &KnownArguments) -> anyhow::Result<ExitCode> {
    let workspace = Workspace::find(root)?;
    match &arguments.command {
        KnownCommand::List => list(&workspace),
        KnownCommand::Resolve { id, flavor } => resolve(&workspace, id, flavor.as_deref()),
        KnownCommand::Add { cell } => add(&workspace, cell),
    }
}

fn list(workspace: &Workspace) -> anyhow::Result<ExitCode> {
    let loaded = Loaded::read(workspace)?;
    let plan = loaded.plan();
    let mut output = std::io::stdout().lock();
    for (flavor, issues) in &loaded.known {
        writeln!(output, "{flavor}")?;
        for issue in issues {
            let cells = plan.iter().filter(|cell| cell.id.flavor == *flavor && issue.applies_to(&cell.id, cell.axes));
            let first = issue.reason.trim().lines().next().unwrap_or_default();
            writeln!(output, "  {} ({}, {} cells): {first}", issue.id, issue.finding, cells.count())?;
        }
    }
    Ok(ExitCode::Green)
}

fn file_of(workspace: &Workspace, flavor: &FlavorName) -> Utf8PathBuf {
    workspace.snapshots().join("known").join(format!("{flavor}.toml"))
}

fn resolve(workspace: &Workspace, id: &str, flavor: Option<&str>) -> anyhow::Result<ExitCode> {
    let loaded = Loaded::read(workspace)?;
    let of_flavor = |name: &FlavorName| flavor.is_none_or(|flavor| flavor == name.as_str());
    let owners: Vec<&FlavorName> = loaded
        .known
        .iter()
        .filter(|(name, issues)| of_flavor(name) && issues.iter().any(|issue| issue.id == id))
        .map(|(name, _)| name)
        .collect();
    let owner = match owners.as_slice() {
        [owner] => *owner,
        [] => {
            let ids: Vec<&str> = loaded.known.values().flatten().map(|issue| issue.id.as_str()).collect();
            let near = closest(id, ids.iter().copied()).map(|near| format!("; did you mean `{near}`?"));
            return Err(UsageError(format!("there is no known issue `{id}`{}", near.unwrap_or_default())).into());
        }
        several => {
            let names: Vec<String> = several.iter().map(ToString::to_string).collect();
            let message =
                format!("several flavors have an issue `{id}`; add `--flavor` with one of {}", names.join(", "));
            return Err(UsageError(message).into());
        }
    };
    let path = file_of(workspace, owner);
    let text = fs::read_to_string(&path).with_context(|| format!("`{path}` could not be read"))?;
    let without = known::remove_issue(&text, id).with_context(|| format!("`{path}` could not be edited"))?;
    write_whole(&path, &without)?;
    writeln!(std::io::stdout(), "removed `{id}` from snapshots/known/{owner}.toml")?;
    Ok(ExitCode::Green)
}

fn add(workspace: &Workspace, cell: &str) -> anyhow::Result<ExitCode> {
    let id: CellId = cell.parse().map_err(|error: CellIdError| UsageError(error.to_string()))?;
    let loaded = Loaded::read(workspace)?;
    let plan = loaded.plan();
    let Some(planned) = plan.iter().find(|planned| planned.id == id).cloned() else {
        return Err(UsageError(format!("there is no cell `{id}`; `azmatrix list` shows them all")).into());
    };
    let version = version(workspace, &planned);
    let event = run_one(workspace, loaded, &plan, &id)?;
    if let Some(reason) = &event.reason {
        bail!("the cell says nothing about its instrumentor: {reason}");
    }
    let path = file_of(workspace, &id.flavor);
    let text = if path.exists() {
        fs::read_to_string(&path).with_context(|| format!("`{path}` could not be read"))?
    } else {
        String::new()
    };
    let mut taken: BTreeSet<String> = known::issue_ids(&text)?.into_iter().collect();
    let issues = entries(&planned, &event, &version, &mut taken);
    if issues.is_empty() {
        writeln!(std::io::stdout(), "nothing to declare: the cell has no finding that is not known already")?;
        return Ok(ExitCode::NothingSelected);
    }
    let edited =
        known::add_issues(&text, &issues).map_err(|error: KnownEditError| anyhow::anyhow!("`{path}`: {error}"))?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("`{folder}` could not be made"))?;
    }
    write_whole(&path, &edited)?;
    let mut output = std::io::stdout().lock();
    for issue in &issues {
        writeln!(output, "added `{}` to snapshots/known/{}.toml; write its `reason`", issue.id, id.flavor)?;
    }
    Ok(ExitCode::Green)
}

/// One entry for each rule and subject that nobody has declared, for exactly this cell.
fn entries(planned: &PlannedCell, event: &CellEvent, version: &str, taken: &mut BTreeSet<String>) -> Vec<KnownIssue> {
    let open = event.findings.iter().filter(|finding| finding.known.is_none());
    let open: BTreeMap<(&str, &str), &str> =
        open.map(|finding| ((finding.id.as_str(), finding.subject.as_str()), finding.message.as_str())).collect();
    open.into_iter()
        .map(|((finding, subject), message)| KnownIssue {
            id: free_id(finding, subject, taken),
            finding: finding.to_owned(),
            subject: escaped(subject).into(),
            scenarios: vec![planned.id.scenario.as_str().into()],
            except: Vec::new(),
            variants: vec![planned.id.variant.as_str().into()],
            axes: KnownAxes {
                auth: shows(planned, crate::scenario::AxisName::Auth).then_some(planned.axes.auth),
                client: shows(planned, crate::scenario::AxisName::Client).then_some(planned.axes.client),
            },
            reason: format!("{REASON} ({})", message.lines().next().unwrap_or_default()),
            since: version.to_owned(),
            upstream: None,
        })
        .collect()
}

fn shows(planned: &PlannedCell, axis: crate::scenario::AxisName) -> bool {
    planned.id.axes.iter().any(|(shown, _)| *shown == axis)
}

/// A subject is taken by its letters: its brackets are no glob's.
fn escaped(subject: &str) -> String {
    subject
        .chars()
        .flat_map(|character| {
            let escape = matches!(character, '*' | '?' | '[' | ']' | '{' | '}' | '\\').then_some('\\');
            escape.into_iter().chain([character])
        })
        .collect()
}

fn free_id(finding: &str, subject: &str, taken: &mut BTreeSet<String>) -> String {
    let words = format!("{finding}-{}", subject.rsplit('/').next().unwrap_or(subject));
    let mut id: String =
        words.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    while id.contains("--") {
        id = id.replace("--", "-");
    }
    let id = id.trim_matches('-').to_owned();
    let numbered = (2..).map(|number| format!("{id}-{number}"));
    let free = std::iter::once(id.clone()).chain(numbered).find(|id| !taken.contains(id)).unwrap_or(id);
    taken.insert(free.clone());
    free
}

/// The locked version of the package that is judged.
fn version(workspace: &Workspace, planned: &PlannedCell) -> String {
    let unknown = || "unknown".to_owned();
    let Some(package) = &planned.flavor.instruments else { return unknown() };
    let Some(lock) = planned.flavor.lock_of(planned.id.variant.as_str()) else { return unknown() };
    let path = workspace.flavor_directory(&planned.id.flavor).join(&lock.file);
    let text = fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(package.as_str())?.strip_prefix("=="));
    let version = line.and_then(|rest| rest.split([' ', ';', '\\']).next());
    version.map_or_else(unknown, str::to_owned)
}

fn run_one(workspace: &Workspace, loaded: Loaded, plan: &[PlannedCell], id: &CellId) -> anyhow::Result<Arc<CellEvent>> {
    let options = RunOptions { snapshots: SnapshotMode::Compare, ..RunOptions::default() };
    let heard = Arc::new(Mutex::new(None));
    let cell = Arc::clone(&heard);
    let listener = Box::new(move |event| {
        if let Event::Cell(event) = event {
            *cell.lock().unwrap_or_else(PoisonError::into_inner) = Some(event);
        }
    });
    let runtime = tokio::runtime::Runtime::new().context("the asynchronous runtime could not start")?;
    runtime.block_on(async {
        let session = Session::start(workspace.clone(), loaded, options, listener).await?;
        run(&session, plan, &BTreeSet::from([id.clone()])).await;
        anyhow::Ok(())
    })?;
    let event = heard.lock().unwrap_or_else(PoisonError::into_inner).take();
    event.context("the run ended without a verdict on this cell")
}
