//! Axes, cells and their ids, planning and selection.
//!
//! Knows the grammar of cell ids. Must not know processes or sockets: no worker is started and no port opened to plan.

mod cell;
mod exception;
mod plan;
mod planned_cell;
mod select;
mod skip;

pub use cell::CellId;
pub(crate) use cell::{Axes, CellIdError};
pub use plan::{NamedFlavor, idle_scenario_globs, orphans, plan, planned};
pub use planned_cell::PlannedCell;
pub(crate) use planned_cell::{BaselineKey, SnapshotFile, WorkerKey};
pub use select::SelectionError;
pub(crate) use select::{Selection, left_out};
pub use skip::{idle_skips, skip_witnesses};
