//! What a person may choose about a run.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::available_parallelism;

use crate::drive::Deadlines;
use crate::live::{Settings, impossible};
use crate::matrix::PlannedCell;
use crate::wire::{LiveUpstream, Route};

/// Choices of a run.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// Workers that keep a core busy at the same time; as many again may wait.
    pub jobs: NonZeroUsize,
    /// How long workers may take.
    pub deadlines: Deadlines,
    /// What happens when a snapshot differs.
    pub snapshots: SnapshotMode,
    /// What happens when a runtime is not on the machine.
    pub require: Require,
    /// The order in which cells run; any order gives the same verdicts.
    pub order: Order,
    /// Which cells share a process.
    pub processes: Processes,
    /// Whether the evidence behind each verdict is reported too.
    pub evidence: EvidenceMode,
    /// What happens to cells that their flavor declares it cannot do.
    pub declared_skips: DeclaredSkipMode,
    /// Who plays the service.
    pub target: Target,
}

/// What happens to cells that their flavor declares it cannot do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeclaredSkipMode {
    /// They are skipped with the declared reason, and no worker is asked.
    Believed,
    /// The worker is asked: a cell that it performs all the same has failed.
    Tried,
}

/// Which cells share a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Processes {
    /// The cells of a variant, one after the other, but for those that say they need one of their own.
    Warm,
    /// Each cell has its own, to show that nothing leaks from one scenario into the next.
    OnePerCell,
}

/// Who plays the service.
#[derive(Clone, Debug, Default)]
pub enum Target {
    /// The mock.
    #[default]
    Mock,
    /// Real resources, where somebody pays for every call.
    Live(Arc<LiveTarget>),
}

/// Real resources, and the upstream that reaches them.
#[derive(Debug)]
pub struct LiveTarget {
    /// Where a scenario's deployments are.
    pub settings: Settings,
    /// What reaches them.
    pub upstream: Arc<LiveUpstream>,
}

impl Target {
    /// Where the live calls of a cell go; none when the mock answers. Fails with the reason for which the live service
    /// cannot play its part in the cell.
    pub fn routes(&self, cell: &PlannedCell) -> Result<Option<Vec<Route>>, String> {
        match self {
            Self::Mock => Ok(None),
            Self::Live(live) => live_routes(&live.settings, cell).map(Some),
        }
    }
}

/// Where the live calls of a cell would go, or why there are none.
pub(crate) fn live_routes(settings: &Settings, cell: &PlannedCell) -> Result<Vec<Route>, String> {
    match cell.skip.clone().or_else(|| impossible(&cell.scenario, cell.axes)) {
        Some(reason) => Err(reason),
        None => settings.routes(&cell.scenario),
    }
}

/// Whether the evidence behind each verdict is reported too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EvidenceMode {
    /// Verdicts only.
    Dropped,
    /// An [`Event::Evidence`](crate::results::Event::Evidence) before each verdict.
    Reported,
}

/// What happens when a snapshot differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapshotMode {
    /// The new text is left beside the reviewed one, for review.
    Propose,
    /// Nothing is written.
    Compare,
}

/// What happens when a runtime is not on the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Require {
    /// Its cells are skipped with the reason.
    Available,
    /// That is a failure.
    All,
}

/// The order in which the cells of one process run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As planned.
    Planned,
    /// Shuffled by a seed, to show that the order does not matter.
    Shuffled(u64),
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            jobs: available_parallelism().unwrap_or(NonZeroUsize::MIN),
            deadlines: Deadlines::default(),
            snapshots: SnapshotMode::Propose,
            require: Require::Available,
            order: Order::Planned,
            processes: Processes::Warm,
            evidence: EvidenceMode::Dropped,
            declared_skips: DeclaredSkipMode::Believed,
            target: Target::Mock,
        }
    }
}
