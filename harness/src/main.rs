//! The `azmatrix` program.

use std::io::Write;
use std::process::ExitCode;

use azmatrix::{cli, diagnose, drive};
use clap::Parser;

fn main() -> ExitCode {
    if drive::serve_watchdog_if_asked() {
        return ExitCode::SUCCESS;
    }
    let arguments = cli::Arguments::parse();
    match cli::main(&arguments) {
        Ok(code) => code.into(),
        Err(error) => {
            let code = explain(&error);
            code.into()
        }
    }
}

/// Says what went wrong; mistakes in a file of the user's are exit code 2, everything else is ours.
fn explain(error: &anyhow::Error) -> cli::ExitCode {
    let mut stderr = std::io::stderr();
    if let Some(diagnostics) = error.downcast_ref::<diagnose::Diagnostics>() {
        let _ = write!(stderr, "{}", diagnostics.render(azmatrix::report::Colour::for_stream(&stderr)));
        return cli::ExitCode::Usage;
    }
    let _ = writeln!(stderr, "error: {error:#}");
    if error.is::<azmatrix::workspace::WorkspaceError>() || error.is::<azmatrix::matrix::SelectionError>() {
        cli::ExitCode::Usage
    } else {
        cli::ExitCode::Broken
    }
}
