//! Running cells: environments, processes, baselines, verdicts, in the order that wastes least.
//!
//! The one place where the modules meet. Knows the order of things; must not know how any of them is done.

mod added;
mod baseline;
mod judging;
mod options;
mod perform;
mod performer;
mod prepare;
mod schedule;
mod seat;
mod session;

pub use options::*;
pub(crate) use prepare::{environment_request, lock_of};
pub use schedule::*;
pub use session::*;
