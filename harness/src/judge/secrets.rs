//! Secrets that turn up in telemetry or in a log. Never excused.

use super::disguise::disguises;
use super::texts::texts;
use super::{Finding, JudgeInput};

/// The id of the finding that no known issue can excuse.
pub(super) const LEAKED: &str = "secrets.leaked";

pub(super) fn check(input: &JudgeInput<'_>) -> Vec<Finding> {
    let placed = texts(input.capture);
    let in_telemetry = placed.iter().map(|placed| (placed.place.as_str(), placed.text.as_ref()));
    let in_texts = input.texts.iter().map(|text| (text.name.as_str(), text.text.as_str()));
    let forms: Vec<_> = input.secrets.iter().map(|secret| (secret, disguises(&secret.value))).collect();
    in_telemetry
        .chain(in_texts)
        .flat_map(|(place, text)| {
            let leaked = forms.iter().filter_map(move |(secret, forms)| {
                let form = forms.iter().find(|form| text.contains(&form.text))?;
                Some(Finding::new(LEAKED, place, format!("holds the {}{}", secret.name, form.how())))
            });
            leaked.collect::<Vec<_>>()
        })
        .collect()
}
