//! The command line: one file per subcommand.
//!
//! Knows what people type and what they see. Must not know how anything is done. The only place for `anyhow`.

mod accept;
mod arguments;
mod doctor;
mod exit;
mod explain;
mod list;
mod run;
mod schema;
mod serve;
mod skips;

pub use arguments::*;
pub use exit::*;
pub use run::require;

/// The command line asks for something that is not there.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub(crate) String);

/// Does what was typed. Gives the exit code.
pub fn main(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    match &arguments.command {
        Command::Run(run) => run::run(&arguments.root, run),
        Command::List(list) => list::list(&arguments.root, list),
        Command::Explain(explain) => explain::explain(&arguments.root, explain),
        Command::Accept(accept) => accept::accept(&arguments.root, accept),
        Command::Doctor => doctor::doctor(&arguments.root),
        Command::Serve(serve) => serve::serve(serve),
        Command::Schema(schema) => schema::schema(&arguments.root, schema),
        Command::Completions { shell } => Ok(completions(*shell)),
    }
}
