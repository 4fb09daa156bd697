//! The time that an instrumentor adds to calls: reported, never a verdict.

use std::collections::BTreeMap;
use std::time::Duration;

use super::baseline::Baseline;
use super::perform::Captured;
use crate::judge::{Capture, Section};
use crate::protocol::{Outcome, StreamEnded};
use crate::scenario::StepId;
use crate::wire::WireKind;

/// Milliseconds that the application waited longer than without the instrumentor: for each step that it took alone and
/// that came to its end at the first attempt in both runs. A client that tries again waits as long as it likes.
pub(super) fn added(ours: &Captured, theirs: &Baseline) -> Vec<f64> {
    let milliseconds = |capture: &Capture, took: &BTreeMap<StepId, Duration>, id: &StepId| {
        capture.step(id).filter(|section| is_plain(section))?;
        Some(took.get(id)?.as_secs_f64() * 1000.0)
    };
    let by_step = ours.took.keys().filter_map(|id| {
        Some(milliseconds(&ours.capture, &ours.took, id)? - milliseconds(&theirs.capture, &theirs.took, id)?)
    });
    by_step.collect()
}

fn is_plain(section: &Section) -> bool {
    let whole = matches!(
        section.outcome,
        Some(Outcome::Response { .. } | Outcome::Stream { ended: StreamEnded::Exhausted, .. })
    );
    whole && section.exchanges.iter().filter(|exchange| exchange.kind == WireKind::Model).count() == 1
}
