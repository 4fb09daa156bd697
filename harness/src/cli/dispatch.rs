//! From what was typed to the subcommand that does it.

use super::arguments::completions;
use super::{
    Arguments, Command, ExitCode, accept, doctor, explain, known, list, record, regenerate, report, rules, run, schema,
    semconv, serve, translate,
};

/// The command line asks for something that is not there.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub(super) String);

/// Does what was typed. Gives the exit code.
pub fn main(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let root = arguments.root.as_deref();
    match &arguments.command {
        Command::Run(run) => run::run(root, run),
        Command::List(list) => list::list(root, list),
        Command::Explain(explain) => explain::explain(root, explain),
        Command::Accept(accept) => accept::accept(root, accept),
        Command::Known(known) => known::known(root, known),
        Command::Record(arguments) => record::record(root, arguments),
        Command::Report(report) => report::report(root, *report),
        Command::Regenerate(arguments) => regenerate::regenerate(root, *arguments),
        Command::Rules(arguments) => rules::rules(arguments),
        Command::Doctor => doctor::doctor(root),
        Command::Serve(serve) => serve::serve(serve),
        Command::Schema(schema) => schema::schema(schema),
        Command::Semconv(arguments) => semconv::semconv(root, arguments),
        Command::Translate(arguments) => translate::translate_arguments(root, arguments),
        Command::Completions { shell } => Ok(completions(*shell)),
    }
}
