//! Spans that are open at a fence although nothing should be, from the flavor's own counts.
//!
//! A span that never ends is never exported, so that only the counts know it.

use super::{Fence, JudgeInput};

/// For each section, how many spans are open at its fence beyond those of the application's own group.
pub(super) fn open_too_long(input: &JudgeInput<'_>) -> Vec<u64> {
    let mut started = 0;
    let mut ended = 0;
    let sections = input.capture.sections.iter();
    sections
        .map(|section| {
            started += section.spans_started;
            ended += section.spans_ended;
            started.saturating_sub(ended + expected_open(input, &section.fence))
        })
        .collect()
}

/// How many spans should be open at a fence: those of the group that the step belongs to, which end with the group. A
/// group within a block of parallel steps is over when the block is.
fn expected_open(input: &JudgeInput<'_>, fence: &Fence) -> u64 {
    let group = match fence {
        Fence::Step(id) => input.scenario.group_of(id.as_str()),
        Fence::Parallel(id) => {
            let block = input.scenario.parallel.iter().find(|block| block.id == *id);
            block.and_then(|block| input.scenario.group_around(block))
        }
        Fence::Group(_) | Fence::Close => None,
    };
    let Some(group) = group.filter(|group| input.scenario.block_of(group).is_none()) else { return 0 };
    let closing = input.capture.sections.iter().find(|section| section.fence == Fence::Group(group.id.clone()));
    closing.map_or(0, |section| {
        let own = section.telemetry.spans.iter().filter(|span| input.convention.operation(span).is_none());
        own.count() as u64
    })
}
