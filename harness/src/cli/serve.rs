//! `azmatrix serve`: the fake cloud for an application of your own; the same as `azure-openai-mock serve`.

use anyhow::Context;
use azure_openai_mock::program::{self, ServeError};

use super::{ExitCode, ServeArguments, UsageError};

pub(super) fn serve(arguments: &ServeArguments) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Runtime::new().context("the asynchronous runtime could not start")?;
    match runtime.block_on(program::serve(arguments.options.clone())) {
        Ok(()) => Ok(ExitCode::Green),
        Err(error @ (ServeError::File(_) | ServeError::Exposed { .. })) => Err(UsageError(error.to_string()).into()),
        Err(error) => Err(error.into()),
    }
}
