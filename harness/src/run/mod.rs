//! Running cells: environments, processes, baselines, verdicts, in the order that wastes least.
//!
//! The one place where the modules meet. Knows the order of things; must not know how any of them is done.

mod added;
mod baseline;
mod fresh;
mod group;
mod judging;
mod options;
mod perform;
mod performer;
mod prepare;
mod schedule;
mod session;
mod slot;

pub use options::{DeclaredSkipMode, EvidenceMode, Order, Processes, Require, RunOptions, SnapshotMode};
pub(crate) use options::{LiveTarget, Target, live_routes};
pub(crate) use prepare::environment_request;
pub use schedule::run;
pub(crate) use schedule::with_controls;
pub use session::{Listener, Session};
