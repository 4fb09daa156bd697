//! Axes, cells and their ids, planning and selection. Pure: no process is started and no port is opened to plan.

mod cell;

pub use cell::*;
