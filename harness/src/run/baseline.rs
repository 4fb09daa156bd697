//! What a control's run leaves for the cells that are held against it, and how they wait for it.
//!
//! Kept as text until the run ends: as documents in memory, the answers of all controls take ten times as much. Knows
//! which part of a capture transparency needs; must not know what is compared.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::perform::Captured;
use crate::judge::{Boundary, Capture, CellStatus, Section};
use crate::matrix::{BaselineKey, PlannedCell};
use crate::protocol::Outcome;
use crate::scenario::StepId;
use crate::telemetry::Telemetry;
use crate::wire::WireExchange;

/// What the application saw and sent, step by step, without an instrumentor.
pub(super) struct Baseline {
    pub(super) capture: Capture,
    /// How long the application waited for each step that it took alone.
    pub(super) took: BTreeMap<StepId, Duration>,
}

/// What an uninstrumented run gave, or why there is none.
pub(super) type ControlRun = Result<Arc<KeptBaseline>, NoBaseline>;

/// Why there is no baseline, and what that makes of the cells that need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NoBaseline {
    pub(super) status: CellStatus,
    pub(super) reason: String,
}

impl NoBaseline {
    pub(super) fn broken(reason: impl Into<String>) -> Self {
        Self { status: CellStatus::Broken, reason: reason.into() }
    }
}

/// Where cells wait for what their controls give.
pub(super) struct Baselines(HashMap<BaselineKey, watch::Receiver<Option<ControlRun>>>);

/// The one who can say what a control's cell gave. A group owns that of each of its cells until the cell has been
/// performed, so that whatever becomes of the group, those who wait for the cell are told: by [`Promise::keep`], or by the
/// promise's end. A promise is of one cell, so that nobody else is told anything.
pub(super) struct Promise(Option<watch::Sender<Option<ControlRun>>>);

impl Baselines {
    /// What cells may wait for, and the promise of each cell in the order of the cells.
    pub(super) fn promised<'a>(cells: impl IntoIterator<Item = &'a PlannedCell>) -> (Self, Vec<Promise>) {
        let mut receivers = HashMap::new();
        let mut promise = |cell: &PlannedCell| {
            let key = cell.baseline().filter(|_| cell.flavor.is_control)?;
            let (sender, receiver) = watch::channel(None);
            receivers.insert(key, receiver);
            Some(sender)
        };
        let promises = cells.into_iter().map(|cell| Promise(promise(cell))).collect();
        (Self(receivers), promises)
    }

    /// The baseline of a cell: none for a control and for a flavor without one. Waits until the control's cell has been
    /// performed or given up.
    pub(super) async fn of(&self, cell: &PlannedCell) -> Result<Option<Baseline>, NoBaseline> {
        let Some(key) = cell.baseline().filter(|_| !cell.flavor.is_control) else { return Ok(None) };
        let Some(mut receiver) = self.0.get(&key).cloned() else {
            let reason = format!("its control {} {} is not in the plan", key.control.flavor, key.control.variant);
            return Err(NoBaseline::broken(reason));
        };
        let known = receiver.wait_for(Option::is_some).await;
        match known.as_deref() {
            Ok(Some(Ok(kept))) => kept.read().map(Some).map_err(|error| NoBaseline::broken(error.to_string())),
            Ok(Some(Err(none))) => Err(none.clone()),
            Ok(None) | Err(_) => Err(NoBaseline::broken("its control was given up before it had run")),
        }
    }
}

impl Promise {
    /// Tells those who wait.
    pub(super) fn keep(self, run: impl FnOnce() -> ControlRun) {
        if let Some(sender) = self.0 {
            sender.send_replace(Some(run()));
        }
    }
}

/// A baseline as text.
pub(super) struct KeptBaseline(Box<str>);

#[derive(Serialize)]
struct Written<'a> {
    steps: Vec<(&'a StepId, Option<&'a Outcome>, &'a [WireExchange])>,
    took: &'a BTreeMap<StepId, Duration>,
}

#[derive(Deserialize)]
struct Read {
    steps: Vec<(StepId, Option<Outcome>, Vec<WireExchange>)>,
    took: BTreeMap<StepId, Duration>,
}

impl KeptBaseline {
    /// Keeps what a control's run gave.
    pub(super) fn of(captured: &Captured) -> ControlRun {
        let steps = captured.capture.sections.iter().filter_map(|section| match &section.boundary {
            Boundary::Step(id) => Some((id, section.outcome.as_ref(), section.exchanges.as_slice())),
            Boundary::Group(_) | Boundary::Parallel(_) | Boundary::Close => None,
        });
        let written = Written { steps: steps.collect(), took: &captured.took };
        let text = serde_json::to_string(&written).map_err(|error| NoBaseline::broken(error.to_string()))?;
        Ok(Arc::new(Self(text.into_boxed_str())))
    }

    /// The same again.
    fn read(&self) -> serde_json::Result<Baseline> {
        let Read { steps, took } = serde_json::from_str(&self.0)?;
        let sections = steps.into_iter().map(|(id, outcome, exchanges)| Section {
            boundary: Boundary::Step(id),
            telemetry: Telemetry::default(),
            outcome,
            exchanges,
            spans_started: 0,
            spans_ended: 0,
        });
        Ok(Baseline { capture: Capture { sections: sections.collect() }, took })
    }
}

#[cfg(test)]
#[path = "baseline_tests.rs"]
mod tests;
