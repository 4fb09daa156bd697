//! What came back from a cell, ready to be judged.

use crate::protocol::Outcome;
use crate::scenario::StepId;
use crate::telemetry::Telemetry;
use crate::wire::WireExchange;

/// Everything one cell gave, flush boundary by flush boundary.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Capture {
    /// In the order of the run.
    pub sections: Vec<Section>,
}

/// What arrived between two flush boundaries.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// What had just happened when the flush boundary was passed.
    pub boundary: Boundary,
    /// The telemetry that arrived.
    pub telemetry: Telemetry,
    /// What the application saw; only of a step.
    pub outcome: Option<Outcome>,
    /// What went over the wire.
    pub exchanges: Vec<WireExchange>,
    /// Spans that the flavor's own SDK started since the flush boundary before.
    pub spans_started: u64,
    /// Spans that ended since the flush boundary before.
    pub spans_ended: u64,
}

/// The event that a flush boundary follows.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Boundary {
    /// A step was performed.
    Step(StepId),
    /// Steps were performed at the same time: what of them belongs to no single step. The block's id. The sections of its
    /// steps follow.
    Parallel(String),
    /// A group's application span was ended. The group's id.
    Group(String),
    /// The client was closed and everything it held dropped.
    Close,
}

impl Capture {
    /// The section of a step.
    pub fn step(&self, id: &StepId) -> Option<&Section> {
        self.sections.iter().find(|section| matches!(&section.boundary, Boundary::Step(step) if step == id))
    }
}
