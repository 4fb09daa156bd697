//! Live endpoints: what of a scenario a real service can be asked, where its deployments are, and what its answers say.
//!
//! Knows the file of `--live`, the variables that people already have, shapes of answers, and how they differ from the
//! mock's. Must not know sockets, processes or secrets: `wire` forwards, and only it holds a credential. Pure.

mod answer;
mod compare;
mod cost;
mod drift;
mod endpoint;
mod file;
mod possible;
mod record;
mod scrub;
mod serving;
mod settings;
mod shape;
mod snapshot;
#[cfg(test)]
mod tests;

pub use compare::*;
pub use cost::*;
pub use drift::*;
pub use endpoint::*;
pub use file::*;
pub use possible::*;
pub use record::*;
pub use serving::*;
pub use settings::*;
pub use shape::*;
pub use snapshot::*;
