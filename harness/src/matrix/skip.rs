//! What flavors declare that they cannot do, as the plan sees it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{CellId, NamedFlavor, PlannedCell};
use crate::diagnose::Glob;
use crate::flavor::{DeclaredSkip, FlavorFile};
use crate::scenario::Scenario;

/// What one flavor and variant cannot do: its own entries, then those of its control, which has the same client.
pub(super) struct DeclaredSkips<'a>(Vec<&'a DeclaredSkip>);

impl<'a> DeclaredSkips<'a> {
    pub(super) fn of(flavors: &'a [NamedFlavor], flavor: &'a FlavorFile, variant: &str) -> Self {
        let control = flavor.control_of(variant).and_then(|control| {
            let named = flavors.iter().find(|named| named.name.as_str() == control.flavor)?;
            Some((named.file.as_ref(), control.variant.as_str()))
        });
        let entries = [(flavor, variant)].into_iter().chain(control);
        let skips = entries.flat_map(|(file, variant)| {
            let holds = move |skip: &&DeclaredSkip| {
                skip.variants.as_ref().is_none_or(|variants| variants.iter().any(|name| name == variant))
            };
            file.skip.iter().filter(holds)
        });
        Self(skips.collect())
    }

    /// Why the scenario is skipped, if it is.
    pub(super) fn reason(&self, scenario: &Scenario) -> Option<&'a str> {
        self.0.iter().find(|skip| skips(skip, scenario)).map(|skip| skip.reason.as_str())
    }
}

fn skips(skip: &DeclaredSkip, scenario: &Scenario) -> bool {
    Glob::any_matches(&skip.scenarios, scenario.name().as_str())
        || skip.features.iter().any(|feature| scenario.features().contains(feature))
}

/// Features and globs of declared skips that no scenario has, as messages: there is nothing to skip.
pub fn idle_skips(scenarios: &[Arc<Scenario>], flavors: &[NamedFlavor]) -> Vec<String> {
    let mut idle = Vec::new();
    for flavor in flavors {
        for skip in &flavor.file.skip {
            for part in parts(skip) {
                if !scenarios.iter().any(|scenario| skips(&part, scenario)) {
                    let what = part.scenarios.first().map_or_else(|| format!("{:?}", part.features), Glob::to_string);
                    idle.push(format!(
                        "`{what}` in a `[[skip]]` of harness/flavors/{}/flavor.toml matches no scenario: remove it, or \
                         correct it",
                        flavor.name
                    ));
                }
            }
        }
    }
    idle
}

/// Cells that show whether declared skips are still true: for each feature and glob of each entry one cell, with as few
/// other reasons as there are.
pub fn skip_witnesses(plan: &[PlannedCell], flavors: &[NamedFlavor]) -> BTreeSet<CellId> {
    let mut witnesses = BTreeSet::new();
    for flavor in flavors {
        let parts: Vec<DeclaredSkip> = flavor.file.skip.iter().flat_map(parts).collect();
        for part in &parts {
            let shows = |cell: &&PlannedCell| {
                let variants = part.variants.as_ref();
                cell.id.flavor == flavor.name
                    && variants.is_none_or(|variants| variants.iter().any(|name| name == cell.id.variant.as_str()))
                    && skips(part, &cell.scenario)
            };
            let others = |cell: &&PlannedCell| parts.iter().filter(|part| skips(part, &cell.scenario)).count();
            witnesses.extend(plan.iter().filter(shows).min_by_key(others).map(|cell| cell.id.clone()));
        }
    }
    witnesses
}

/// One entry for each feature and each glob.
fn parts(skip: &DeclaredSkip) -> impl Iterator<Item = DeclaredSkip> {
    let nothing = DeclaredSkip { features: Vec::new(), scenarios: Vec::new(), ..skip.clone() };
    let features = skip.features.iter().map({
        let nothing = nothing.clone();
        move |feature| DeclaredSkip { features: vec![*feature], ..nothing.clone() }
    });
    let globs = skip.scenarios.iter();
    features.chain(globs.map(move |glob| DeclaredSkip { scenarios: vec![glob.clone()], ..nothing.clone() }))
}
