//! `azmatrix run --changed`: what earlier runs have found green, and what of it still holds.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::time::{Duration, Instant, UNIX_EPOCH};

use anyhow::Context;

use crate::flavor::Runtime;
use crate::flavor::environment::find_python;
use crate::matrix::{CellId, PlannedCell};
use crate::results::CellEvent;
use crate::run::Require;
use crate::workspace::{InputHasher, Inputs, Ledger, Workspace};

/// A run that is killed has kept all but the verdicts of these seconds.
const SAVED_EVERY: Duration = Duration::from_secs(5);

/// The verdicts that are remembered, and what those of this run will rest on.
pub(super) struct Memory {
    ledger: Ledger,
    inputs: BTreeMap<CellId, Inputs>,
    saved: Instant,
}

impl Memory {
    /// What is remembered of the selected cells. What a verdict rests on is looked at now, before anything runs: what is
    /// edited meanwhile makes its cells run again.
    pub(super) fn read(
        workspace: &Workspace,
        plan: &[PlannedCell],
        selected: &BTreeSet<CellId>,
        require: Require,
    ) -> anyhow::Result<Self> {
        let chosen = || plan.iter().filter(|cell| selected.contains(&cell.id));
        let runtime = if chosen().any(|cell| cell.flavor.runtime == Runtime::Python) {
            format!("{:?}", find_python())
        } else {
            String::new()
        };
        let mut hasher = InputHasher::new(workspace, format!("{} {require:?}", this_program()?), runtime);
        // What cannot be read is for the cell itself to say: it runs, and nothing of it is remembered.
        let inputs = chosen().filter_map(|cell| Some((cell.id.clone(), hasher.of(cell).ok()?))).collect();
        let mut ledger = Ledger::read(workspace);
        ledger.tidy(&plan.iter().map(|cell| cell.id.to_string()).collect());
        Ok(Self { ledger, inputs, saved: Instant::now() })
    }

    /// Whether a selected cell need not run again.
    pub(super) fn is_unchanged(&self, id: &CellId) -> bool {
        self.inputs.get(id).is_some_and(|inputs| self.ledger.is_unchanged(id, inputs))
    }

    /// Remembers a verdict.
    pub(super) fn remember(&mut self, event: &CellEvent) {
        let Some(inputs) = self.inputs.get(&event.id) else { return };
        self.ledger.remember(&event.id, event.status, inputs.clone());
        if self.saved.elapsed() > SAVED_EVERY {
            self.save();
        }
    }

    /// Writes what was remembered. A run is no worse for a ledger that cannot be written: the next one does more.
    pub(super) fn save(&mut self) {
        self.saved = Instant::now();
        if let Err(error) = self.ledger.save() {
            let _ = writeln!(std::io::stderr(), "warning: verdicts could not be remembered: {error}");
        }
    }
}

/// This program, as a build tool tells one build from the next.
fn this_program() -> anyhow::Result<String> {
    let path = std::env::current_exe().context("this program cannot be found")?;
    let file = std::fs::metadata(&path).context("this program cannot be read")?;
    let built = file.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    Ok(format!("{} {} {built}", path.display(), file.len()))
}
