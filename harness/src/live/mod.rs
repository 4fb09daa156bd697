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

pub use compare::comparable;
pub use cost::Cost;
pub use drift::{Drift, DriftPart, DriftReport, drift};
pub use endpoint::{Endpoint, EndpointError};
pub use file::{LiveDeployment, LiveFile, LiveMethod, LiveResource, LiveSignIn, parse_file};
pub use possible::impossible;
pub use record::{RecordError, RecordedReply, recorded_replies, replies_text, with_replies};
pub use serving::{answered_otherwise, refused, with_live_answers, with_live_ids};
pub use settings::{RealDeployment, RealResource, Settings, SettingsError, SignIn, Variables};
pub use shape::{JsonType, Shape, shaped};
pub use snapshot::snapshot_shape;
