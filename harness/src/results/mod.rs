//! What happens in a run, as data: events, verdicts of cells, and the summary.
//!
//! `run` makes it and `report` renders it. Must not know how a verdict comes about or how it is shown.

mod added;
mod event;

use added::added_times;
pub use added::{AddedTime, median};
pub use event::{CellEvent, Event, Evidence, FreshStarts, ReportedFinding, Summary};
