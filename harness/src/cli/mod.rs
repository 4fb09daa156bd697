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

pub use arguments::{
    AcceptArguments, Arguments, Command, ExplainArguments, ListArguments, ListFormat, RequireArgument, RunArguments,
    SchemaArguments, SelectionArguments, ServeArguments, TargetArgument,
};
pub use dispatch::{UsageError, main};
pub use exit::ExitCode;
pub use live::LiveArguments;
pub use record::RecordArguments;
pub use regenerate::{GeneratedFile, RegenerateArguments, generated_files, leftover_files};
pub use rules::{RulesArguments, rule_pages};
pub use run::require;
pub use samples::{InputError, input_samples};
pub use schemas::schemas;
pub use semconv::{
    FailOn, OnlyArgument, Recorded, SemconvArguments, SemconvCheckArguments, SemconvCommand, SemconvCompareArguments,
    SemconvFormat, SemconvRollupArguments, semconv, stale_rollups,
};
pub use translate::{TranslateArguments, TranslateFormat, translate_arguments};
