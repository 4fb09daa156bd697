//! What people type.

use std::num::NonZeroUsize;

use camino::Utf8PathBuf;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use super::known::KnownArguments;
use super::report::ReportArguments;
use super::semconv::SemconvArguments;
use super::translate::TranslateArguments;
use super::{ExitCode, LiveArguments, RecordArguments, RegenerateArguments, RulesArguments};

/// Compatibility test matrix for Azure OpenAI instrumentation.
///
/// Scenarios (TOML) say what an application does with Azure OpenAI and what the service answers. Each is run through
/// real instrumentation packages against a fake Azure OpenAI cloud on this machine; what they export is compared
/// with reviewed snapshots, and judged against what really went over the wire.
#[derive(Debug, Parser)]
#[command(name = "azmatrix", version, max_term_width = 100, after_help = AFTER_HELP)]
pub struct Arguments {
    /// The workspace: the folder that holds `scenarios/` and `snapshots/` [default: found from the current folder up]
    #[arg(long, global = true, value_name = "FOLDER")]
    pub root: Option<Utf8PathBuf>,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

const AFTER_HELP: &str = "\
Start with `azmatrix run`: it makes the environments it needs and prints a table of verdicts.

Exit codes: 0 pass or known · 1 changed, failed or fixed · 2 wrong file or usage · 3 environment not ready · \
4 nothing selected · 5 broken (our fault or the machine's) · 130 interrupted";

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run cells and print the table of verdicts
    Run(RunArguments),
    /// Say which cells there are; starts nothing
    List(ListArguments),
    /// Run one cell and show everything: what the application saw, what went over the wire, telemetry, findings
    Explain(ExplainArguments),
    /// Take pending snapshots (`*.snap.new`) as reviewed
    Accept(AcceptArguments),
    /// List, add and resolve known issues
    Known(KnownArguments),
    /// Ask a live service, and make its answers the replies of a scenario
    Record(RecordArguments),
    /// Run everything and write `COMPATIBILITY.md`: which flavor records what, and whether it is true
    Report(ReportArguments),
    /// Write every file anew that is made from something else: schemas, pages, roll-ups, numbers in the README
    Regenerate(RegenerateArguments),
    /// Say which rules there are, or what one means, why it matters and what to do
    Rules(RulesArguments),
    /// Say what is on this machine, what is missing, and the command that brings it
    Doctor,
    /// Start the fake Azure OpenAI cloud for an application of your own
    Serve(ServeArguments),
    /// Print the JSON Schemas of the files
    Schema(SchemaArguments),
    /// Hold telemetry against releases of the semantic conventions, and releases against each other
    Semconv(SemconvArguments),
    /// Say what a dashboard or alert must change to move from one spelling to another
    Translate(TranslateArguments),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Which cells.
#[derive(Clone, Debug, Default, Args)]
pub struct SelectionArguments {
    /// A part of a cell's id, such as `streaming/` or `::py-openllmetry::`; or a glob over all of it
    pub filter: Vec<String>,
    /// Only this flavor (glob)
    #[arg(long, value_name = "FLAVOR")]
    pub flavor: Vec<String>,
    /// Only this variant (glob)
    #[arg(long, value_name = "VARIANT")]
    pub variant: Vec<String>,
    /// Only scenarios with this tag
    #[arg(long, value_name = "TAG")]
    pub tag: Vec<String>,
}

/// `azmatrix run`.
#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch that people type")]
pub struct RunArguments {
    /// Which cells
    #[command(flatten)]
    pub selection: SelectionArguments,
    /// Workers that keep a core busy at the same time; as many again may wait [default: the cores of this machine, with `--target live` 1]
    #[arg(long, short, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// What must be there: with `all`, a missing runtime is a failure [default: all when `CI` is set, else available]
    #[arg(long, value_name = "WHAT")]
    pub require: Option<RequireArgument>,
    /// Write each verdict as a JSON line
    #[arg(long, value_name = "FILE")]
    pub events: Option<Utf8PathBuf>,
    /// Print each exported span as opentelemetry-stdout does
    #[arg(long)]
    pub console: bool,
    /// A line for every cell, not only for those that need attention
    #[arg(long, short)]
    pub verbose: bool,
    /// Seconds a worker may take for one request before it is killed [default: 60, with `--target live` 300]
    #[arg(long, value_name = "SECONDS")]
    pub deadline: Option<f64>,
    /// Run the cells of each process in another order
    #[arg(long, value_name = "SEED")]
    pub shuffle: Option<u64>,
    /// Run each cell in a process of its own: slow, and the same verdicts, unless a package leaks from one scenario
    /// into the next
    #[arg(long)]
    pub fresh: bool,
    /// Leave out cells that were green when their scenario, lock, adapter, conventions, known issues, snapshot and this
    /// program were the same; with the mock only
    #[arg(long, conflicts_with_all = ["fresh", "shuffle", "console"])]
    pub changed: bool,
    /// Who plays the service. With `live`, real deployments are called and somebody pays for it
    #[arg(long, value_name = "WHO", default_value = "mock")]
    pub target: TargetArgument,
    /// With `--target live`: which live service, and whether to ask
    #[command(flatten)]
    pub live: LiveArguments,
}

/// `--target`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TargetArgument {
    /// The fake cloud on this machine
    Mock,
    /// Real resources, at the addresses in the usual variables or in the file of `--live`
    Live,
}

/// `--require`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RequireArgument {
    /// Cells of a missing runtime are skipped with the reason
    Available,
    /// A missing runtime is a failure
    All,
}

/// `azmatrix list`.
#[derive(Clone, Debug, Args)]
pub struct ListArguments {
    /// Which cells
    #[command(flatten)]
    pub selection: SelectionArguments,
    /// For people or for programs
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: ListFormat,
}

/// `--format` of `list`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// One id per line
    Text,
    /// One JSON array
    Json,
}

/// `azmatrix explain`.
#[derive(Clone, Debug, Args)]
pub struct ExplainArguments {
    /// The cell's id, as `azmatrix list` prints it
    pub cell: String,
}

/// `azmatrix accept`.
#[derive(Clone, Debug, Args)]
pub struct AcceptArguments {
    /// A part of the snapshot's path below `snapshots/`
    pub filter: Vec<String>,
    /// Throw pending snapshots away instead
    #[arg(long)]
    pub reject: bool,
    /// Only remove reviewed snapshots that no cell writes any more
    #[arg(long, conflicts_with = "reject")]
    pub prune: bool,
}

/// `azmatrix serve`.
#[derive(Clone, Debug, Args)]
pub struct ServeArguments {
    /// The mock's own options
    #[command(flatten)]
    pub options: azure_openai_mock::program::ServeOptions,
}

/// `azmatrix schema`.
#[derive(Clone, Debug, Args)]
pub struct SchemaArguments {
    /// Which one; all when absent
    pub name: Option<String>,
}

/// Prints completions for a shell.
pub(super) fn completions(shell: clap_complete::Shell) -> ExitCode {
    clap_complete::generate(shell, &mut Arguments::command(), "azmatrix", &mut std::io::stdout());
    ExitCode::Green
}
