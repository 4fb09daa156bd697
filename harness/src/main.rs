//! The `azmatrix` program.

use std::io::Write;
use std::process::ExitCode;

use azmatrix::diagnose::Paint;
use azmatrix::matrix::SelectionError;
use azmatrix::report::Colour;
use azmatrix::workspace::{LoadError, WorkspaceError};
use azmatrix::{cli, drive};
use clap::Parser;

fn main() -> ExitCode {
    if drive::serve_watchdog_if_asked() {
        return ExitCode::SUCCESS;
    }
    let arguments = cli::Arguments::parse();
    cli::main(&arguments).unwrap_or_else(|error| explain(&error)).into()
}

/// Says what went wrong. Mistakes in a file of the user's or on the command line are exit code 2, all else is ours.
fn explain(error: &anyhow::Error) -> cli::ExitCode {
    let mut stderr = std::io::stderr();
    if let Some(error) = error.downcast_ref::<LoadError>() {
        let paint = match Colour::for_stream(&stderr) {
            Colour::On => Paint::Coloured,
            Colour::Off => Paint::Plain,
        };
        let _ = write!(stderr, "{}", error.render(paint));
        return cli::ExitCode::Usage;
    }
    let _ = writeln!(stderr, "error: {error:#}");
    if error.is::<WorkspaceError>() || error.is::<SelectionError>() || error.is::<cli::UsageError>() {
        cli::ExitCode::Usage
    } else {
        cli::ExitCode::Broken
    }
}
