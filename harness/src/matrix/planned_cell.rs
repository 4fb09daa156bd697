//! A cell as planned: what is run, where its snapshot is, what it is held against.

use std::sync::Arc;

use camino::Utf8PathBuf;

use super::{Axes, CellId};
use crate::flavor::{Control, FlavorFile, FlavorName, VariantName};
use crate::scenario::{Scenario, ScenarioName};

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
            let control = self.control()?;
            WorkerKey { flavor: FlavorName::new(&control.flavor), variant: VariantName::new(&control.variant) }
        };
        Some(BaselineKey { control, scenario: self.id.scenario.clone(), axes: self.axes })
    }

    /// Whether it says something about a product: not a control, and not the reference, which has none.
    pub fn is_product(&self) -> bool {
        self.control().is_some()
    }

    /// What its flavor or variant names as its control.
    pub fn control(&self) -> Option<&Control> {
        self.flavor.control_of(self.id.variant.as_str())
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
