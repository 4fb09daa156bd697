//! Prompts and answers in telemetry although the variant does not capture content.

use std::collections::BTreeSet;

use super::content_marker::{ContentMarker, images, markers};
use super::encodings::encodings;
use super::texts::{numbers, texts};
use super::vectors::vectors;
use super::{Finding, JudgeInput};

pub(super) fn check(input: &JudgeInput<'_>) -> Vec<Finding> {
    if input.variant.content {
        return Vec::new();
    }
    let mut markers = markers(input.scenario);
    markers.extend(images(input.capture));
    let vectors = vectors(input.capture);
    markers.extend(vectors.iter().flat_map(|vector| {
        let origin = "a vector of the answer".to_owned();
        vector.texts().map(move |piece| ContentMarker { piece, origin: origin.clone() })
    }));
    let forms: Vec<_> = markers.iter().map(|marker| (marker, encodings(&marker.piece))).collect();
    let in_texts = texts(input.capture).into_iter().filter_map(|placed| {
        let (marker, form) = forms
            .iter()
            .find_map(|(marker, forms)| Some((marker, forms.iter().find(|form| placed.text.contains(&form.text))?)))?;
        Some(leaked(placed.place, &format!("{}{}", marker.origin, form.how())))
    });
    let in_numbers = numbers(input.capture).into_iter().filter_map(|(place, found)| {
        let is_vector = vectors.iter().any(|vector| vector.is_in(&found));
        is_vector.then(|| leaked(place, "a vector of the answer"))
    });
    let mut findings: Vec<Finding> = in_texts.chain(in_numbers).collect();
    findings.sort();
    let mut seen = BTreeSet::new();
    findings.retain(|finding| seen.insert(finding.subject.clone()));
    findings
}

fn leaked(place: String, origin: &str) -> Finding {
    Finding::new("content.leaked", place, format!("content capture is off, but it holds {origin}"))
}
