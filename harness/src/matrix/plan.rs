//! From scenarios and flavors to cells.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::exception::left_out;
use super::planned_cell::{PlannedCell, SnapshotFile};
use super::skip::DeclaredSkips;
use super::{Axes, CellId};
use crate::flavor::{ClientLibrary, FlavorFile, FlavorName, VariantName, VariantTable};
use crate::scenario::{AuthMode, AxisName, ClientMode, Scenario};
use camino::Utf8PathBuf;

/// One flavor with its name.
#[derive(Clone, Debug)]
pub struct NamedFlavor {
    /// Its name.
    pub name: FlavorName,
    /// What its file says.
    pub file: Arc<FlavorFile>,
}

/// All cells, in the order of flavors and scenarios given. A variant that names its scenarios has cells of these only.
pub fn plan(scenarios: &[Arc<Scenario>], flavors: &[NamedFlavor]) -> Vec<PlannedCell> {
    planned(scenarios, flavors).collect()
}

/// The same one by one: who only looks at each need not hold all.
pub fn planned<'a>(
    scenarios: &'a [Arc<Scenario>],
    flavors: &'a [NamedFlavor],
) -> impl Iterator<Item = PlannedCell> + 'a {
    let variants = flavors.iter().flat_map(|flavor| flavor.file.variant.iter().map(move |variant| (flavor, variant)));
    variants.flat_map(move |(flavor, (name, variant))| {
        let skips = DeclaredSkips::of(flavors, &flavor.file, name);
        wanted_scenarios(scenarios, variant, flavor.file.is_control).flat_map(move |scenario| {
            let skip = skips.reason(scenario);
            cells_of(scenario, flavor, VariantName::new(name)).map(move |cell| match skip {
                Some(reason) => PlannedCell { skip: Some(reason.to_owned()), snapshot: None, ..cell },
                None => left_out(cell, variant),
            })
        })
    })
}

/// What a control leaves out would be missing elsewhere, so it leaves out nothing.
fn wanted_scenarios<'a>(
    scenarios: &'a [Arc<Scenario>],
    variant: &'a VariantTable,
    is_control: bool,
) -> impl Iterator<Item = &'a Arc<Scenario>> {
    scenarios.iter().filter(move |scenario| is_control || variant.wants(scenario.name().as_str()))
}

/// Globs of variants that match no scenario, as messages: the scenario was renamed, or the glob is misspelt.
pub fn idle_scenario_globs(scenarios: &[Arc<Scenario>], flavors: &[NamedFlavor]) -> Vec<String> {
    let mut idle = Vec::new();
    for flavor in flavors {
        for (name, variant) in &flavor.file.variant {
            for glob in variant.scenarios.iter().flatten() {
                if !scenarios.iter().any(|scenario| glob.matches(scenario.name().as_str())) {
                    let flavor = &flavor.name;
                    idle.push(format!(
                        "`{glob}` of variant `{name}` in harness/flavors/{flavor}/flavor.toml matches no scenario: remove \
                         it, or correct it"
                    ));
                }
            }
        }
    }
    idle
}

fn cells_of<'a>(
    scenario: &'a Arc<Scenario>,
    flavor: &'a NamedFlavor,
    variant: VariantName,
) -> impl Iterator<Item = PlannedCell> + 'a {
    let matrix = &scenario.file().matrix;
    let auths = usable_auths(&matrix.auth, flavor.file.library_of(variant.as_str()));
    let mut clients: Vec<ClientMode> =
        matrix.client.iter().copied().filter(|client| flavor.file.clients.contains(client)).collect();
    if clients.is_empty() {
        // A scenario for one kind of client still says something about a runtime that has only the other.
        clients.extend(flavor.file.clients.first());
    }
    let combinations: Vec<Axes> =
        auths.iter().flat_map(|&auth| clients.iter().map(move |&client| Axes { auth, client })).collect();
    combinations.into_iter().map(move |axes| {
        let shown = shown_axes(axes, &auths, &clients);
        PlannedCell {
            snapshot: (!flavor.file.is_control)
                .then(|| snapshot_file(scenario, flavor, &variant, (axes, &auths), &shown)),
            id: CellId {
                scenario: scenario.name().clone(),
                flavor: flavor.name.clone(),
                variant: variant.clone(),
                axes: shown,
            },
            axes,
            scenario: Arc::clone(scenario),
            flavor: Arc::clone(&flavor.file),
            skip: None,
            unkept: None,
        }
    })
}

/// A scenario for keys still says something about a client that takes tokens only.
fn usable_auths(asked: &[AuthMode], library: ClientLibrary) -> Vec<AuthMode> {
    let mut usable: Vec<AuthMode> = Vec::new();
    for &auth in asked {
        let auth = if auth == AuthMode::ApiKey && !library.takes_keys() { AuthMode::EntraToken } else { auth };
        if !usable.contains(&auth) {
            usable.push(auth);
        }
    }
    usable
}

fn shown_axes(axes: Axes, auths: &[AuthMode], clients: &[ClientMode]) -> Vec<(AxisName, String)> {
    let auth = (auths.len() > 1).then(|| (AxisName::Auth, axes.auth.as_str().to_owned()));
    let client = (clients.len() > 1).then(|| (AxisName::Client, axes.client.as_str().to_owned()));
    auth.into_iter().chain(client).collect()
}

fn snapshot_file(
    scenario: &Scenario,
    flavor: &NamedFlavor,
    variant: &VariantName,
    (axes, auths): (Axes, &[AuthMode]),
    shown: &[(AxisName, String)],
) -> SnapshotFile {
    let matrix = &scenario.file().matrix;
    let mut name = format!("{}.{variant}", flavor.name);
    for (axis, value) in shown {
        if !matrix.same.contains(axis) {
            name.push('.');
            name.push_str(value);
        }
    }
    let first = |axis: AxisName| match axis {
        AxisName::Auth => auths.first() == Some(&axes.auth),
        AxisName::Client => {
            matrix.client.iter().find(|client| flavor.file.clients.contains(client)).is_none_or(|c| *c == axes.client)
        }
    };
    SnapshotFile {
        path: Utf8PathBuf::from(scenario.name().as_str()).join(format!("{name}.snap")),
        proposes: matrix.same.iter().all(|axis| first(*axis)),
    }
}

/// Snapshot files that no cell of the plan writes. Both sides are paths below `snapshots/`.
pub fn orphans(plan: &[PlannedCell], files: impl IntoIterator<Item = Utf8PathBuf>) -> Vec<Utf8PathBuf> {
    let wanted: BTreeSet<_> = plan.iter().filter_map(|cell| cell.snapshot.as_ref()).map(|file| &file.path).collect();
    files.into_iter().filter(|file| !wanted.contains(file)).collect()
}
