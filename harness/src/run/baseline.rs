//! What a control's run leaves for the cells that are held against it.
//!
//! Kept as text until the run ends: as documents in memory, the answers of all controls take ten times as much. Knows
//! which part of a capture transparency needs; must not know what is compared.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::perform::Captured;
use crate::judge::{Boundary, Capture, Section};
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

/// The same as text.
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
    pub(super) fn of(captured: &Captured) -> serde_json::Result<Self> {
        let steps = captured.capture.sections.iter().filter_map(|section| match &section.boundary {
            Boundary::Step(id) => Some((id, section.outcome.as_ref(), section.exchanges.as_slice())),
            Boundary::Group(_) | Boundary::Parallel(_) | Boundary::Close => None,
        });
        let written = Written { steps: steps.collect(), took: &captured.took };
        Ok(Self(serde_json::to_string(&written)?.into_boxed_str()))
    }

    /// The same again.
    pub(super) fn read(&self) -> serde_json::Result<Baseline> {
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
