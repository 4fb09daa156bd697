//! `COMPATIBILITY.md`: flavor × concept, from what a run found.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::convention::Concept;
use crate::diagnose::{Glob, one_line};
use crate::flavor::{FlavorName, VariantName};
use crate::judge::{CallKind, Coverage, CoverageTable};
use crate::matrix::{CellId, NamedFlavor};
use crate::scenario::ScenarioName;

/// What a run found, flavor by flavor and variant by variant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CompatibilityTable {
    flavors: BTreeMap<FlavorName, BTreeMap<VariantName, Column>>,
}

/// What became of each concept, scenario by scenario.
type Column = BTreeMap<ScenarioName, BTreeMap<(Concept, CallKind), BTreeSet<Coverage>>>;

/// What became of one concept in the calls of one kind, over several scenarios.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Share {
    NoName,
    True,
    MissingInSome,
    Missing,
    WrongInSome,
    Wrong,
}

/// What stands above the tables.
const HEAD: &str = "\
# Which flavor records what you need

Each field says what became of a concept in the calls of one kind, over all scenarios.

| word | meaning |
|---|---|
| true | recorded, and always what the wire says |
| **wrong** | recorded, and never what the wire says |
| wrong in some | what the wire says in some scenarios, and not in others |
| missing | not recorded, although the family has a name for it and there was something to record |
| missing in some | recorded in some scenarios, and not in others |
| no name | the family has no name for it |
| · | there was nothing to record, or content is not recorded |

A flavor's column is the variant that runs most scenarios: its package as installed, where that says enough. Below each
table stands what its other variants do differently in the scenarios that they run.

Written by `azmatrix report` from a run, and held against one by `cargo test`. What is wrong or missing is declared with its
reason in `snapshots/known/`; `azmatrix explain <cell>` shows the evidence.
";

impl CompatibilityTable {
    /// Adds what a cell recorded.
    pub fn add(&mut self, cell: &CellId, coverage: &CoverageTable) {
        let variants = self.flavors.entry(cell.flavor.clone()).or_default();
        let column = variants.entry(cell.variant.clone()).or_default();
        let scenario = column.entry(cell.scenario.clone()).or_default();
        for (key, found) in coverage {
            scenario.entry(*key).or_default().insert(*found);
        }
    }

    /// The whole file. `flavors` say what their variants leave out.
    pub fn markdown(&self, flavors: &[NamedFlavor]) -> String {
        let mut text = HEAD.to_owned();
        let seen = |kind: &CallKind| {
            let columns = self.flavors.values().flat_map(BTreeMap::values).flat_map(BTreeMap::values);
            columns.flat_map(BTreeMap::keys).any(|(_, of)| of == kind)
        };
        let kinds: Vec<CallKind> = CallKind::ALL.into_iter().filter(seen).collect();
        self.overview(&kinds, &mut text);
        for kind in kinds {
            self.section(kind, &mut text);
            self.variants(kind, &mut text);
        }
        text + &left_out(flavors)
    }

    /// The column of each flavor.
    fn columns(&self) -> impl Iterator<Item = (&FlavorName, &VariantName, &Column)> {
        self.flavors.iter().filter_map(|(flavor, variants)| {
            // Of two that run as many, `default`, or else the first by name.
            let rank = |variant: &VariantName, column: &Column| (column.len(), variant.as_str() == "default");
            let (variant, column) = variants.iter().rev().max_by_key(|(variant, column)| rank(variant, column))?;
            Some((flavor, variant, column))
        })
    }

    /// How many concepts each flavor records truly, of those that there was something of.
    fn overview(&self, kinds: &[CallKind], text: &mut String) {
        // Writing into a text cannot fail.
        let headings: Vec<&str> = kinds.iter().copied().map(heading).collect();
        let _ = write!(
            text,
            "\n## At a glance\n\nConcepts that are always true, of those that there was something of.\n\n"
        );
        let _ = write!(text, "| flavor | {} |\n|---|{}\n", headings.join(" | "), "---|".repeat(kinds.len()));
        for (flavor, variant, column) in self.columns() {
            let _ = write!(text, "| {flavor} {variant} |");
            for kind in kinds {
                let shares: Vec<Share> = shares(column, *kind, |_| true).into_values().collect();
                let true_ones = shares.iter().filter(|share| **share == Share::True).count();
                let all = shares.iter().filter(|share| **share != Share::NoName).count();
                let _ = if all == 0 { write!(text, " · |") } else { write!(text, " {true_ones} of {all} |") };
            }
            text.push('\n');
        }
    }

    fn section(&self, kind: CallKind, text: &mut String) {
        let columns: Vec<_> =
            self.columns().map(|(flavor, _, column)| (flavor, shares(column, kind, |_| true))).collect();
        let _ = write!(text, "\n## {}\n\n| concept |", heading(kind));
        for (flavor, _) in &columns {
            let _ = write!(text, " {flavor} |");
        }
        let _ = write!(text, "\n|---|{}\n", "---|".repeat(columns.len()));
        for concept in Concept::ALL {
            let found: Vec<_> = columns.iter().map(|(_, shares)| shares.get(concept).copied()).collect();
            // What no call of this kind has is no row of its table.
            if found.iter().all(|found| matches!(found, None | Some(Share::NoName))) {
                continue;
            }
            let _ = write!(text, "| {concept} |");
            for share in found {
                let _ = write!(text, " {} |", word(share));
            }
            text.push('\n');
        }
    }

    /// What other variants do differently from their flavor's column, in the scenarios that both run.
    fn variants(&self, kind: CallKind, text: &mut String) {
        let mut lines = String::new();
        for (flavor, main, column) in self.columns() {
            let others = self.flavors[flavor].iter().filter(|(variant, _)| *variant != main);
            for (variant, other) in others {
                let differences = differences(column, other, kind);
                if !differences.is_empty() {
                    let _ = writeln!(lines, "- `{flavor}` `{variant}`: {differences}");
                }
            }
        }
        if !lines.is_empty() {
            let _ = write!(text, "\nOther variants:\n\n{lines}");
        }
    }
}

/// The concepts that another variant does differently, by what becomes of them there.
fn differences(main: &Column, other: &Column, kind: CallKind) -> String {
    let ours = shares(other, kind, |_| true);
    if ours.is_empty() {
        return String::new();
    }
    let theirs = shares(main, kind, |scenario| other.contains_key(scenario));
    let mut by_word: BTreeMap<Option<Share>, Vec<String>> = BTreeMap::new();
    for concept in Concept::ALL {
        let (ours, theirs) = (ours.get(concept).copied(), theirs.get(concept).copied());
        if ours != theirs {
            by_word.entry(ours).or_default().push(concept.to_string());
        }
    }
    let parts = by_word.into_iter().map(|(share, concepts)| {
        let word = if share.is_none() { "not recorded" } else { word(share) };
        format!("{word}: {}", concepts.join(", "))
    });
    parts.collect::<Vec<_>>().join("; ")
}

/// What became of each concept in the calls of one kind, over some of a column's scenarios.
fn shares(column: &Column, kind: CallKind, wanted: impl Fn(&ScenarioName) -> bool) -> BTreeMap<Concept, Share> {
    let mut seen: BTreeMap<Concept, BTreeSet<Coverage>> = BTreeMap::new();
    for (_, found) in column.iter().filter(|(scenario, _)| wanted(scenario)) {
        for ((concept, _), coverage) in found.iter().filter(|((_, of), _)| *of == kind) {
            seen.entry(*concept).or_default().extend(coverage);
        }
    }
    seen.into_iter().map(|(concept, seen)| (concept, share(&seen))).collect()
}

fn share(seen: &BTreeSet<Coverage>) -> Share {
    let is_true = seen.contains(&Coverage::True);
    if seen.contains(&Coverage::Wrong) {
        if is_true { Share::WrongInSome } else { Share::Wrong }
    } else if seen.contains(&Coverage::Missing) {
        if is_true { Share::MissingInSome } else { Share::Missing }
    } else if is_true {
        Share::True
    } else {
        Share::NoName
    }
}

fn word(share: Option<Share>) -> &'static str {
    match share {
        None => "·",
        Some(Share::NoName) => "no name",
        Some(Share::True) => "true",
        Some(Share::MissingInSome) => "missing in some",
        Some(Share::Missing) => "missing",
        Some(Share::WrongInSome) => "wrong in some",
        Some(Share::Wrong) => "**wrong**",
    }
}

/// What variants leave out although their clients could perform it; nothing when they leave out nothing.
fn left_out(flavors: &[NamedFlavor]) -> String {
    let mut rows = String::new();
    for flavor in flavors {
        for (variant, table) in &flavor.file.variant {
            for exception in &table.except {
                let scenarios: Vec<&str> = exception.scenarios.iter().map(Glob::as_str).collect();
                let (scenarios, reason) = (scenarios.join(", "), one_line(&exception.reason));
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

    fn table(cells: &[(&str, Coverage)]) -> CompatibilityTable {
        let mut table = CompatibilityTable::default();
        for (cell, found) in cells {
            let cell: CellId = cell.parse().expect("an id");
            table.add(&cell, &CoverageTable::from([((Concept::UsageInput, CallKind::Chat), *found)]));
        }
        table
    }

    /// What the table of chats ends with, for one flavor that found this in one scenario each.
    fn check(found: &[Coverage], word: &str) {
        let names = ["chat/a::py-x::default", "chat/b::py-x::default", "chat/c::py-x::default"];
        let cells: Vec<_> = names.into_iter().zip(found.iter().copied()).collect();
        let text = table(&cells).markdown(&[]);
        let end = format!("\n## Chat\n\n| concept | py-x |\n|---|---|\n| usage.input | {word} |\n");
        assert!(text.ends_with(&end), "{text}");
    }

    #[test]
    fn always_and_sometimes_are_told_apart() {
        check(&[Coverage::True, Coverage::True], "true");
        check(&[Coverage::Wrong, Coverage::Missing], "**wrong**");
        check(&[Coverage::True, Coverage::Wrong, Coverage::Missing], "wrong in some");
        check(&[Coverage::Missing, Coverage::Missing], "missing");
        check(&[Coverage::Missing, Coverage::True], "missing in some");
    }

    #[test]
    fn a_variant_is_held_against_the_scenarios_that_it_runs() {
        let text = table(&[
            ("chat/a::py-x::default", Coverage::True),
            ("chat/b::py-x::default", Coverage::Wrong),
            ("chat/a::py-x::same", Coverage::True),
            ("chat/b::py-x::other", Coverage::True),
        ])
        .markdown(&[]);
        assert!(text.contains("| py-x default | 0 of 1 |"), "{text}");
        assert!(
            text.ends_with(
                "| usage.input | wrong in some |\n\nOther variants:\n\n- `py-x` `other`: true: usage.input\n"
            ),
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
