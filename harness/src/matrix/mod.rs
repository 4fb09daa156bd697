//! Axes, cells and their ids, planning and selection. Pure: no process is started and no port is opened to plan.

mod cell;
mod plan;
mod select;

pub use cell::*;
pub use plan::*;
pub use select::*;
