//! `COMPATIBILITY.md`: flavor × concept, from what a run found.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::convention::Concept;
use crate::judge::{CallKind, Coverage, CoverageTable, merge};
use crate::matrix::CellId;

/// What a run found, flavor by flavor and variant by variant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CompatibilityTable {
    columns: BTreeMap<(String, String), CoverageTable>,
}

/// What stands above the tables.
const HEAD: &str = "\
# Which flavor records what you need

Each cell says what became of a concept in the calls of one kind, over all scenarios; the worst counts.

| word | meaning |
|---|---|
| true | recorded, and what the wire says |
| **wrong** | recorded, and not what the wire says |
| missing | not recorded, although the family has a name for it and there was something to record |
| no name | the family has no name for it |
| · | there was nothing to record, or the variant does not record content |

Written by `azmatrix report` from a run, and held against one by `cargo test`. What is wrong or missing is declared with its
reason in `snapshots/known/`; `azmatrix explain <cell>` shows the evidence.
";

impl CompatibilityTable {
    /// Adds what a cell recorded.
    pub fn add(&mut self, cell: &CellId, coverage: &CoverageTable) {
        let column = self.columns.entry((cell.flavor.to_string(), cell.variant.to_string())).or_default();
        merge(column, coverage);
    }

    /// The whole file.
    pub fn markdown(&self) -> String {
        let mut text = HEAD.to_owned();
        for kind in CallKind::ALL {
            if self.columns.values().any(|column| column.keys().any(|(_, of)| *of == kind)) {
                self.section(kind, &mut text);
            }
        }
        text
    }

    fn section(&self, kind: CallKind, text: &mut String) {
        // Writing into a text cannot fail.
        let _ = write!(text, "\n## {}\n\n| concept |", heading(kind));
        for (flavor, variant) in self.columns.keys() {
            let _ = write!(text, " {flavor} {variant} |");
        }
        let _ = write!(text, "\n|---|{}\n", "---|".repeat(self.columns.len()));
        for concept in Concept::ALL {
            let found: Vec<_> = self.columns.values().map(|column| column.get(&(*concept, kind)).copied()).collect();
            // What no call of this kind has is no row of its table.
            if found.iter().all(|found| matches!(found, None | Some(Coverage::NoName))) {
                continue;
            }
            let _ = write!(text, "| {concept} |");
            for found in found {
                let word = match found {
                    None => "·",
                    Some(Coverage::Wrong) => "**wrong**",
                    Some(found) => found.as_str(),
                };
                let _ = write!(text, " {word} |");
            }
            text.push('\n');
        }
    }
}

fn heading(kind: CallKind) -> &'static str {
    match kind {
        CallKind::Chat => "Chat",
        CallKind::Stream => "Streams",
        CallKind::Tools => "Tools",
        CallKind::Embeddings => "Embeddings",
        CallKind::Responses => "Responses",
        CallKind::Errors => "Errors",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_counts() {
        let cell: CellId = "chat/basic::py-x::default".parse().expect("an id");
        let table = |found| CoverageTable::from([((Concept::UsageInput, CallKind::Chat), found)]);
        let mut compatibility = CompatibilityTable::default();
        for found in [Coverage::True, Coverage::Wrong, Coverage::Missing] {
            compatibility.add(&cell, &table(found));
        }
        let text = compatibility.markdown();
        assert!(
            text.ends_with("\n## Chat\n\n| concept | py-x default |\n|---|---|\n| usage.input | **wrong** |\n"),
            "{text}"
        );
    }
}
