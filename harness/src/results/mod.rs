//! What happens in a run, as data: events, verdicts of cells, and the summary.
//!
//! `run` makes it and `report` renders it. Must not know how a verdict comes about or how it is shown.

mod added;
mod event;

pub(crate) use added::AddedTime;
use added::added_times;
pub use added::median;
pub(crate) use event::FreshStarts;
#[cfg(test)]
pub(crate) use event::ReportedFinding;
pub use event::{CellEvent, Event, Evidence, Summary};
