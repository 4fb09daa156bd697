//! Spans that are open at a flush boundary although nothing should be, from the flavor's own counts.
//!
//! A span that never ends is never exported, so that only the counts know it.

use super::{Boundary, JudgeInput};

/// For each section, how many spans are open at its flush boundary beyond those of the application's own group.
pub(super) fn open_too_long(input: &JudgeInput<'_>) -> Vec<u64> {
    let mut started = 0;
    let mut ended = 0;
    let sections = input.capture.sections.iter();
    sections
        .map(|section| {
            started += section.spans_started;
            ended += section.spans_ended;
            started.saturating_sub(ended + expected_open(input, &section.boundary))
        })
        .collect()
}

/// How many spans should be open at a flush boundary: those of the group that the step belongs to, which end with the group. A
/// group within a block of parallel steps is over when the block is.
fn expected_open(input: &JudgeInput<'_>, boundary: &Boundary) -> u64 {
    let group = match boundary {
        Boundary::Step(id) => input.scenario.group_of(id.as_str()),
        Boundary::Parallel(id) => {
            let block = input.scenario.parallel.iter().find(|block| block.id == *id);
            block.and_then(|block| input.scenario.group_around(block))
        }
        Boundary::Group(_) | Boundary::Close => None,
    };
    let Some(group) = group.filter(|group| input.scenario.block_of(group).is_none()) else { return 0 };
    let closing = input.capture.sections.iter().find(|section| section.boundary == Boundary::Group(group.id.clone()));
    closing.map_or(0, |section| {
        let own = section.telemetry.spans.iter().filter(|span| input.convention.operation(span).is_none());
        own.count() as u64
    })
}
