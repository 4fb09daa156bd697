//! The time that flavors add to calls, against their controls in the same run. No verdict: machines are shared.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::CellEvent;
use crate::matrix::{FlavorName, VariantName};

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
pub fn added_times<'a>(cells: impl IntoIterator<Item = &'a CellEvent>) -> Vec<AddedTime> {
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

/// The times as lines for a terminal; nothing when there are none.
pub(super) fn added_lines(times: &[AddedTime]) -> String {
    let names: Vec<String> = times.iter().map(|time| format!("{} {}", time.flavor, time.variant)).collect();
    let width = names.iter().map(String::len).max().unwrap_or(0);
    let mut text = String::new();
    if !times.is_empty() {
        text += "time added to a call (median, against the control in this run)\n";
    }
    for (name, time) in names.iter().zip(times) {
        // Writing into a text cannot fail.
        let _ = writeln!(text, "  {name:width$}  {:>8.2} ms  {} calls", time.median_ms, time.calls);
    }
    text
}

/// The times as a table of the page; nothing when there are none.
pub(super) fn added_html(times: &[AddedTime], escaped: impl Fn(&str) -> String) -> String {
    if times.is_empty() {
        return String::new();
    }
    let mut text = String::from(
        "<h2>Time added to a call</h2><p class=\"reason\">The median over all calls, against the control in the same run; \
         never a verdict.</p><table><thead><tr><th>flavor</th><th>added</th><th>calls</th></tr></thead><tbody>",
    );
    for time in times {
        let name = escaped(&format!("{} {}", time.flavor, time.variant));
        // Writing into a text cannot fail.
        let _ = write!(text, "<tr><td>{name}</td><td>{:.2} ms</td><td>{}</td></tr>", time.median_ms, time.calls);
    }
    text + "</tbody></table>"
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
