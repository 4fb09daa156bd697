//! `azure-openai-mock`: the fake cloud as a program.

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

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Runtime::new().context("starting the runtime")?;
    runtime.block_on(async {
        match arguments.command {
            Command::Serve(options) => Ok(serve(options).await?),
            Command::Tap(options) => tap(options).await,
        }
    })
}
