//! From scenarios and flavors to cells.

use std::collections::BTreeSet;
use std::sync::Arc;

use camino::Utf8PathBuf;
use globset::{Glob, GlobMatcher};

use super::exception::left_out;
use super::skip::DeclaredSkips;
use super::{Axes, CellId, FlavorName, ScenarioName, VariantName};
use crate::flavor::{ClientLibrary, FlavorFile, VariantTable};
use crate::scenario::{AuthMode, AxisName, ClientMode, Scenario};

/// One flavor with its name.
#[derive(Clone, Debug)]
pub struct NamedFlavor {
    /// Its name.
    pub name: FlavorName,
    /// What its file says.
    pub file: Arc<FlavorFile>,
}

/// A cell to run.
#[derive(Clone, Debug)]
pub struct PlannedCell {
    /// Its id.
    pub id: CellId,
    /// Its axis values, also those that its id does not show.
    pub axes: Axes,
    /// Its scenario.
    pub scenario: Arc<Scenario>,
    /// Its flavor.
    pub flavor: Arc<FlavorFile>,
    /// The reviewed file it is compared with; none for a control, which exports nothing, and for what is skipped.
    pub snapshot: Option<SnapshotFile>,
    /// Why it is skipped, where its flavor or the flavor's control declares that it cannot do this, or its variant leaves
    /// it out.
    pub skip: Option<String>,
    /// Why no snapshot of it is kept, where its variant says so: it is run and judged all the same.
    pub unkept: Option<String>,
}

/// A cell's place among the snapshots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotFile {
    /// Path below `snapshots/`.
    pub path: Utf8PathBuf,
    /// Whether this cell may propose its content; the others that share the file must match.
    pub proposes: bool,
}

/// The process a cell runs in: one per flavor and variant.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WorkerKey {
    /// The flavor.
    pub flavor: FlavorName,
    /// The variant.
    pub variant: VariantName,
}

/// The uninstrumented run that a cell is held against.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BaselineKey {
    /// Who runs it.
    pub control: WorkerKey,
    /// The scenario.
    pub scenario: ScenarioName,
    /// The same axis values.
    pub axes: Axes,
}

impl PlannedCell {
    /// The process it runs in.
    pub fn worker(&self) -> WorkerKey {
        WorkerKey { flavor: self.id.flavor.clone(), variant: self.id.variant.clone() }
    }

    /// The baseline it is held against: of a control, itself; of a flavor without a control, none.
    pub fn baseline(&self) -> Option<BaselineKey> {
        let control = if self.flavor.is_control {
            self.worker()
        } else {
            let control = self.flavor.control.as_ref()?;
            WorkerKey { flavor: FlavorName::new(&control.flavor), variant: VariantName::new(&control.variant) }
        };
        Some(BaselineKey { control, scenario: self.id.scenario.clone(), axes: self.axes })
    }

    /// Whether it says something about a product: not a control, and not the reference, which has none.
    pub fn is_product(&self) -> bool {
        self.flavor.control.is_some()
    }

    /// Whether it is no part of a plain run.
    pub fn is_opt_in(&self) -> bool {
        self.flavor.opt_in.is_some()
    }

    /// Steps that leave a stream abandoned can disturb what follows in the same process, so such a cell gets its own.
    pub fn needs_fresh_process(&self) -> bool {
        self.scenario.abandons_streams()
    }
}

/// All cells, in the order of flavors and scenarios given. A variant that names its scenarios has cells of these only.
pub fn plan(scenarios: &[Arc<Scenario>], flavors: &[NamedFlavor]) -> Vec<PlannedCell> {
    let mut cells = Vec::new();
    for flavor in flavors {
        for (name, variant) in &flavor.file.variant {
            let skips = DeclaredSkips::of(flavors, &flavor.file, name);
            for scenario in wanted_scenarios(scenarios, variant, flavor.file.is_control) {
                let planned = cells_of(scenario, flavor, VariantName::new(name));
                cells.extend(planned.map(|cell| match skips.reason(scenario) {
                    Some(reason) => PlannedCell { skip: Some(reason.to_owned()), snapshot: None, ..cell },
                    None => left_out(cell, variant),
                }));
            }
        }
    }
    cells
}

/// What a control leaves out would be missing elsewhere, so it leaves out nothing.
fn wanted_scenarios<'a>(
    scenarios: &'a [Arc<Scenario>],
    variant: &VariantTable,
    is_control: bool,
) -> impl Iterator<Item = &'a Arc<Scenario>> {
    let globs = variant.scenarios.as_ref().filter(|_| !is_control).map(|globs| matchers(globs));
    scenarios.iter().filter(move |scenario| {
        globs.as_ref().is_none_or(|globs| globs.iter().any(|glob| glob.is_match(scenario.name().as_str())))
    })
}

/// The globs of a list; a checked file has no others.
pub(super) fn matchers(globs: &[String]) -> Vec<GlobMatcher> {
    globs.iter().filter_map(|glob| Some(Glob::new(glob).ok()?.compile_matcher())).collect()
}

/// Globs of variants that match no scenario, as messages: the scenario was renamed, or the glob is misspelt.
pub fn idle_scenario_globs(scenarios: &[Arc<Scenario>], flavors: &[NamedFlavor]) -> Vec<String> {
    let mut idle = Vec::new();
    for flavor in flavors {
        for (name, variant) in &flavor.file.variant {
            for glob in variant.scenarios.iter().flatten() {
                let only = VariantTable { scenarios: Some(vec![glob.clone()]), ..variant.clone() };
                if wanted_scenarios(scenarios, &only, false).next().is_none() {
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
