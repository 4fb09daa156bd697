//! Vectors that the service answered with, and whether numbers in telemetry are one of them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;

use super::Capture;
use crate::wire::WireResponse;

/// So many numbers in a row are no coincidence.
const ENOUGH: usize = 3;

/// The beginning of a vector.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Vector {
    numbers: Vec<f64>,
    /// As it went over the wire, when that was base64.
    encoded: Option<String>,
}

/// Every vector that went over the wire.
pub(super) fn vectors(capture: &Capture) -> Vec<Vector> {
    let exchanges = capture.sections.iter().flat_map(|section| &section.exchanges);
    let documents = exchanges.filter_map(|exchange| match &exchange.response {
        WireResponse::Json(document) => document.get("data")?.as_array(),
        _ => None,
    });
    documents.flatten().filter_map(|item| vector(item.get("embedding")?)).collect()
}

fn vector(embedding: &Json) -> Option<Vector> {
    let (numbers, encoded): (Vec<f64>, _) = match embedding {
        Json::String(text) => {
            let bytes = STANDARD.decode(text).ok()?;
            let numbers = bytes.chunks_exact(4).filter_map(|four| Some(f32::from_le_bytes(four.try_into().ok()?)));
            (numbers.map(f64::from).collect(), Some(text.chars().take(64).collect()))
        }
        Json::Array(numbers) => (numbers.iter().filter_map(Json::as_f64).collect(), None),
        _ => return None,
    };
    (numbers.len() >= ENOUGH).then_some(Vector { numbers, encoded })
}

impl Vector {
    /// Texts by which it is known: its base64, and its first numbers as people and programs write them.
    pub(super) fn texts(&self) -> impl Iterator<Item = String> {
        let written = |separator: &str| {
            let numbers = self.numbers.iter().take(ENOUGH).map(f64::to_string);
            numbers.collect::<Vec<_>>().join(separator)
        };
        self.encoded.clone().into_iter().chain([written(", "), written(",")])
    }

    /// Whether a list of numbers begins with it.
    pub(super) fn is_in(&self, numbers: &[f64]) -> bool {
        /// Single and double precision differ by less.
        const CLOSE: f64 = 1e-6;
        numbers.len() >= ENOUGH
            && numbers.iter().zip(&self.numbers).take(ENOUGH).all(|(one, other)| (one - other).abs() < CLOSE)
    }
}
