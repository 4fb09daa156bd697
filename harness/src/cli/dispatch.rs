//! From what was typed to the subcommand that does it.

use super::arguments::completions;
use super::{Arguments, Command, ExitCode, accept, doctor, explain, list, run, schema, serve};

/// The command line asks for something that is not there.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub(super) String);

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
