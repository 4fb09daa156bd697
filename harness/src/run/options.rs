//! What a person may choose about a run.

use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use crate::drive::Deadlines;

/// Choices of a run.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// Workers at work at the same time.
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

/// Whether the evidence behind each verdict is reported too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EvidenceMode {
    /// Verdicts only.
    Dropped,
    /// An [`Event::Evidence`](crate::report::Event::Evidence) before each verdict.
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
        }
    }
}
