//! Prompts and answers in telemetry although the variant does not capture content.

use super::needle::needles;
use super::texts::texts;
use super::{Finding, JudgeInput};

pub(super) fn check(input: &JudgeInput<'_>) -> Vec<Finding> {
    if input.variant.content {
        return Vec::new();
    }
    let needles = needles(input.scenario);
    let mut findings: Vec<Finding> = texts(input.capture)
        .into_iter()
        .filter_map(|placed| {
            let needle = needles.iter().find(|needle| placed.text.contains(&needle.piece))?;
            let message = format!("content capture is off, but it holds {}", needle.origin);
            Some(Finding::new("content.leaked", placed.place, message))
        })
        .collect();
    findings.sort();
    findings.dedup_by(|one, other| one.subject == other.subject);
    findings
}
