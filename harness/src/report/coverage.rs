//! `COMPATIBILITY.md`: flavor × concept, from what a run found.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::convention::Concept;
use crate::judge::{CallKind, Coverage, CoverageTable, merge};
use crate::matrix::{CellId, NamedFlavor};

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

    /// The whole file. `flavors` say what their variants leave out.
    pub fn markdown(&self, flavors: &[NamedFlavor]) -> String {
        let mut text = HEAD.to_owned();
        for kind in CallKind::ALL {
            if self.columns.values().any(|column| column.keys().any(|(_, of)| *of == kind)) {
                self.section(kind, &mut text);
            }
        }
        text + &left_out(flavors)
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

/// What variants leave out although their clients could perform it; nothing when they leave out nothing.
fn left_out(flavors: &[NamedFlavor]) -> String {
    let mut rows = String::new();
    for flavor in flavors {
        for (variant, table) in &flavor.file.variant {
            for exception in &table.except {
                let (scenarios, reason) = (exception.scenarios.join(", "), one_line(&exception.reason));
                let from = exception.from.as_str();
                // Writing into a text cannot fail.
                let _ = writeln!(rows, "| {} {variant} | {scenarios} | {from} | {reason} |", flavor.name);
            }
        }
    }
    if rows.is_empty() {
        return rows;
    }
    format!(
        "\n## What is left out\n\nLeft out of the run, a scenario says nothing above. Left out of the snapshots, it is run \
         and judged like any other.\n\n| variant | scenarios | left out of | why |\n|---|---|---|---|\n{rows}"
    )
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
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
    use std::sync::Arc;

    use super::*;
    use crate::flavor::FlavorFile;
    use crate::matrix::FlavorName;

    #[test]
    fn the_worst_counts() {
        let cell: CellId = "chat/basic::py-x::default".parse().expect("an id");
        let table = |found| CoverageTable::from([((Concept::UsageInput, CallKind::Chat), found)]);
        let mut compatibility = CompatibilityTable::default();
        for found in [Coverage::True, Coverage::Wrong, Coverage::Missing] {
            compatibility.add(&cell, &table(found));
        }
        let text = compatibility.markdown(&[]);
        assert!(
            text.ends_with("\n## Chat\n\n| concept | py-x default |\n|---|---|\n| usage.input | **wrong** |\n"),
            "{text}"
        );
    }

    #[test]
    fn what_is_left_out_is_said_with_the_reason() {
        let text = "title = 'A'\nruntime = 'in-process'\nfamily = 'otel'\nclients = ['async']\n[variant.default]\nsummary = \
                    'As installed.'\ncontent = true\n[[variant.default.except]]\nscenarios = ['chat/*']\nfrom = \
                    'snapshots'\nreason = \"\"\"\nIt is\ntoo large.\n\"\"\"\n";
        let flavor: FlavorFile = toml::from_str(text).expect("a flavor");
        let flavors = [NamedFlavor { name: FlavorName::new("py-x"), file: Arc::new(flavor) }];
        let text = CompatibilityTable::default().markdown(&flavors);
        assert!(text.ends_with("| py-x default | chat/* | snapshots | It is too large. |\n"), "{text}");
    }
}
