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

pub(crate) use compare::comparable;
pub(crate) use cost::Cost;
#[cfg(test)]
pub(crate) use drift::DriftPart;
pub(crate) use drift::DriftReport;
pub use drift::{Drift, drift};
pub(crate) use endpoint::{Endpoint, EndpointError};
pub use file::parse_file;
pub(crate) use file::{LiveDeployment, LiveFile, LiveMethod, LiveSignIn};
pub use possible::impossible;
pub(crate) use record::{RecordedReply, recorded_replies, replies_text, with_replies};
pub use serving::refused;
pub(crate) use serving::{answered_otherwise, with_live_answers, with_live_ids};
#[cfg(test)]
pub(crate) use settings::SettingsError;
pub(crate) use settings::SignIn;
pub use settings::{Settings, Variables};
pub(crate) use shape::{JsonType, Shape, shaped};
pub(crate) use snapshot::snapshot_shape;
