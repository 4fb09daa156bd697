//! `azmatrix serve`: the fake cloud for an application of your own; the same as `azure-openai-mock serve`.

use anyhow::Context;
use azure_openai_mock::program;

use super::{ExitCode, ServeArguments};

pub(super) fn serve(arguments: &ServeArguments) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Runtime::new().context("the asynchronous runtime could not start")?;
    runtime.block_on(program::serve(arguments.options.clone()))?;
    Ok(ExitCode::Green)
}
