//! Secrets that turn up in telemetry or in a log. Never excused.

use super::texts::texts;
use super::{Finding, JudgeInput};

/// The id of the finding that no known issue can excuse.
pub(super) const LEAKED: &str = "secrets.leaked";

pub(super) fn check(input: &JudgeInput<'_>) -> Vec<Finding> {
    let placed = texts(input.capture);
    let in_telemetry = placed.iter().map(|placed| (placed.place.as_str(), placed.text.as_ref()));
    let in_texts = input.texts.iter().map(|text| (text.name.as_str(), text.text.as_str()));
    in_telemetry
        .chain(in_texts)
        .flat_map(|(place, text)| {
            let leaked = input.secrets.iter().filter(move |secret| is_in(&secret.value, text));
            leaked.map(move |secret| Finding::new(LEAKED, place, format!("holds the {}", secret.name)))
        })
        .collect()
}

fn is_in(secret: &str, text: &str) -> bool {
    !secret.is_empty() && text.contains(secret)
}
