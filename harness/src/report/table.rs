//! The table of verdicts: one row per flavor and variant, from the cells of a run and nothing else.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use super::Colour;
use crate::judge::CellStatus;
use crate::results::CellEvent;

/// The table, with a line per flavor and variant and a last line of sums.
pub(crate) fn verdict_table(cells: &[Arc<CellEvent>], colour: Colour) -> String {
    let mut rows: BTreeMap<String, BTreeMap<CellStatus, usize>> = BTreeMap::new();
    let mut total: BTreeMap<CellStatus, usize> = BTreeMap::new();
    for cell in cells {
        let row = rows.entry(format!("{} {}", cell.id.flavor, cell.id.variant)).or_default();
        *row.entry(cell.status).or_default() += 1;
        *total.entry(cell.status).or_default() += 1;
    }
    let columns: Vec<CellStatus> = CellStatus::ALL.into_iter().filter(|status| total.contains_key(status)).collect();
    let width = rows.keys().map(String::len).chain([6]).max().unwrap_or(6);
    let mut text = String::new();
    let head = columns.iter().fold(String::new(), |head, status| head + &format!("{:>9}", status.as_str()));
    let _ = writeln!(text, "{}", colour.strong(format!("{:width$}{head}{:>9}", "flavor", "cells")));
    for (name, counts) in &rows {
        let _ = writeln!(text, "{name:width$}{}", row(counts, &columns, colour));
    }
    let _ = writeln!(text, "{}{}", colour.strong(format!("{:width$}", "all")), row(&total, &columns, colour));
    text
}

fn row(counts: &BTreeMap<CellStatus, usize>, columns: &[CellStatus], colour: Colour) -> String {
    let mut text = String::new();
    for status in columns {
        let count = counts.get(status).copied().unwrap_or(0);
        let padded = if count == 0 { format!("{:>9}", "·") } else { format!("{count:>9}") };
        text += &if count == 0 { colour.faint(padded) } else { colour.status(*status, padded) };
    }
    let _ = write!(text, "{:>9}", counts.values().sum::<usize>());
    text
}
