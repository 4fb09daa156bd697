//! `azure-openai-mock`: the fake cloud as a program.

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;
use azure_openai_mock::program::{ServeOptions, TapOptions, serve, tap};
use clap::{Parser, Subcommand};

/// A fake Azure OpenAI cloud on this machine.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Answer plain HTTP on 127.0.0.1, for clients that are pointed straight at it.
    Serve(ServeOptions),
    /// Be the HTTPS proxy of clients that believe they talk to Azure.
    Tap(TapOptions),
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // There is nobody else to tell.
            let _ = writeln!(io::stderr(), "error: {}", format!("{error:#}").trim_end());
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("starting the runtime")?;
    runtime.block_on(async {
        match arguments.command {
            Command::Serve(options) => Ok(serve(options).await?),
            Command::Tap(options) => tap(options).await,
        }
    })
}
