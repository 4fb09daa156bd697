//! `azmatrix serve`: the fake cloud for an application of your own.

use super::{ExitCode, ServeArguments};

pub(super) fn serve(arguments: &ServeArguments) -> anyhow::Result<ExitCode> {
    let _ = arguments;
    Ok(ExitCode::Green)
}
