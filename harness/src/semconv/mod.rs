//! OpenTelemetry's GenAI semantic conventions as data, and telemetry held against them.
//!
//! Knows every release of the registry, the findings that Weaver's live-check gives, and those beyond it. Takes samples,
//! gives findings with the releases they hold for; one pass judges all releases. Must not know files, processes or the
//! terminal. Start with [`Registry::embedded`] and [`Checker::check`]. Pure.

mod against;
mod baseline;
mod check;
mod compare;
mod finding;
mod fit;
mod input;
mod output;
mod registry;
mod release;
mod rollup;
mod sample;
mod scenario_list;
mod translate;

pub use against::*;
pub use baseline::*;
pub use check::*;
pub use compare::*;
pub use finding::*;
pub use fit::*;
pub use input::*;
pub use output::*;
pub use registry::*;
pub use release::*;
pub use rollup::*;
pub use sample::*;
pub use translate::*;
