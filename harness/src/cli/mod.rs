//! The command line: one file per subcommand.
//!
//! Knows what people type and what they see. Must not know how anything is done. The only place for `anyhow`.

mod accept;
mod arguments;
mod changed;
mod dispatch;
mod doctor;
mod exit;
mod explain;
mod files;
mod known;
mod list;
mod live;
mod record;
mod regenerate;
mod report;
mod rules;
mod run;
mod samples;
mod schema;
mod schemas;
mod semconv;
mod serve;
mod skips;
mod translate;

pub(crate) use arguments::{
    AcceptArguments, ExplainArguments, ListArguments, ListFormat, RequireArgument, RunArguments, SchemaArguments,
    SelectionArguments, ServeArguments, TargetArgument,
};
pub use arguments::{Arguments, Command};
pub use dispatch::{UsageError, main};
pub use exit::ExitCode;
pub(crate) use live::LiveArguments;
pub(crate) use record::RecordArguments;
pub(crate) use regenerate::RegenerateArguments;
pub use regenerate::{generated_files, leftover_files};
pub(crate) use rules::{RulesArguments, rule_pages};
pub use run::require;
pub use samples::input_samples;
pub use schemas::schemas;
pub use semconv::{Recorded, semconv, stale_rollups};
