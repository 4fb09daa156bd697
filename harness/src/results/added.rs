//! The time that flavors add to calls, against their controls in the same run. No verdict: machines are shared.

use std::collections::BTreeMap;

use serde::Serialize;

use super::CellEvent;
use crate::flavor::{FlavorName, VariantName};

/// What one flavor and variant adds to a call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AddedTime {
    /// The flavor.
    pub flavor: FlavorName,
    /// The variant.
    pub variant: VariantName,
    /// The median over all calls, in milliseconds.
    pub median_ms: f64,
    /// How many calls were compared.
    pub calls: usize,
}

/// What the flavors of a run add, in the order of their names; those without a control are left out.
pub(super) fn added_times<'a>(cells: impl IntoIterator<Item = &'a CellEvent>) -> Vec<AddedTime> {
    let mut by_variant: BTreeMap<(&FlavorName, &VariantName), Vec<f64>> = BTreeMap::new();
    for cell in cells {
        by_variant.entry((&cell.id.flavor, &cell.id.variant)).or_default().extend(&cell.added);
    }
    let each = by_variant.into_iter().filter_map(|((flavor, variant), added)| {
        let (flavor, variant) = (flavor.clone(), variant.clone());
        Some(AddedTime { flavor, variant, median_ms: median(&added)?, calls: added.len() })
    });
    each.collect()
}

/// The middle of some numbers, to a thousandth; of an even count, between the two in the middle.
pub fn median(numbers: &[f64]) -> Option<f64> {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = sorted[(sorted.len() - 1) / 2];
    Some((f64::midpoint(lower, upper) * 1000.0).round() / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        let check = |numbers: &[f64], expected| assert_eq!(median(numbers), expected);
        check(&[], None);
        check(&[3.0], Some(3.0));
        check(&[9.0, 1.0, 2.0], Some(2.0));
        check(&[1.0, 2.0, -4.0, 10.0], Some(1.5));
    }
}
