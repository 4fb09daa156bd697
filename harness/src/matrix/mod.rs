//! Axes, cells and their ids, planning and selection.
//!
//! Knows the grammar of cell ids. Must not know processes or sockets: no worker is started and no port opened to plan.

mod cell;
mod exception;
mod plan;
mod select;
mod skip;

pub use cell::*;
pub use plan::*;
pub use select::*;
pub use skip::{idle_skips, skip_witnesses};
