//! A live answer in the words of a scenario's reply.

use crate::scenario::Usage;
use crate::wire::{Answer, Choice, TokenCount};

/// Why the model stopped. Responses have no word for it, but say it all the same.
pub(super) fn finish_reason<'a>(answer: &'a Answer, choice: &'a Choice) -> Option<&'a str> {
    if !answer.is_response {
        return choice.finish_reason.as_deref();
    }
    match (answer.status.as_deref(), answer.cut_off.as_deref()) {
        _ if !choice.calls.is_empty() => Some("tool_calls"),
        (Some("incomplete"), Some("content_filter")) => Some("content_filter"),
        (Some("incomplete"), _) => Some("length"),
        (Some("completed"), _) => Some("stop"),
        _ => None,
    }
}

/// Token counts, if the answer has some.
pub(super) fn usage(answer: &Answer) -> Option<Usage> {
    let count = |count| answer.tokens(count).and_then(|tokens| u64::try_from(tokens).ok());
    Some(Usage {
        input: count(TokenCount::Input)?,
        output: count(TokenCount::Output).unwrap_or(0),
        cached: count(TokenCount::Cached).unwrap_or(0),
        reasoning: count(TokenCount::Reasoning).unwrap_or(0),
    })
}
