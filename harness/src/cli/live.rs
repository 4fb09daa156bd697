//! What `--target live` and `record` need: settings, credentials, and somebody's agreement to the calls.

use std::env;
use std::fs;
use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::Arc;

use anyhow::Context;
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use super::UsageError;
use crate::live::{Cost, LiveFile, Settings, SignIn, parse_file};
use crate::matrix::PlannedCell;
use crate::run::{LiveTarget, Target, live_routes};
use crate::wire::{Credential, LiveUpstream, SecretText, UpstreamResource};
use crate::workspace::LoadError;

/// How live endpoints are found and paid for.
#[derive(Clone, Debug, Default, Args)]
pub struct LiveArguments {
    /// Where a scenario's deployments really are, in TOML; besides, the variables that Azure OpenAI's clients read
    #[arg(long, value_name = "FILE")]
    pub live: Option<Utf8PathBuf>,
    /// Make the calls without asking; somebody pays for them
    #[arg(long, short)]
    pub yes: bool,
}

/// What is known of a live run before anybody agreed to it.
pub(super) struct LivePlan {
    settings: Settings,
    ca_file: Option<Utf8PathBuf>,
}

impl LivePlan {
    /// Reads the file and the variables.
    pub(super) fn read(arguments: &LiveArguments) -> anyhow::Result<Self> {
        let file = match &arguments.live {
            None => LiveFile::default(),
            Some(path) => {
                let text = fs::read_to_string(path)
                    .map_err(|error| UsageError(format!("`{path}` cannot be read: {error}")))?;
                parse_file(path.as_str(), &text).map_err(|mistakes| LoadError::Mistakes(vec![mistakes]))?
            }
        };
        let settings = Settings::new(&file, &variable).map_err(|error| UsageError(error.to_string()))?;
        let folder = arguments.live.as_deref().and_then(Utf8Path::parent).unwrap_or(Utf8Path::new(""));
        Ok(Self { settings, ca_file: file.ca_file.map(|file| folder.join(file)) })
    }

    /// What the cells cost.
    pub(super) fn cost<'a>(&self, cells: impl IntoIterator<Item = &'a PlannedCell>) -> Cost {
        let possible = cells.into_iter().filter_map(|cell| Some((cell, live_routes(&self.settings, cell).ok()?)));
        Cost::of(&self.settings, possible)
    }

    /// Why a cell cannot be performed live.
    pub(super) fn impossible(&self, cell: &PlannedCell) -> Option<String> {
        live_routes(&self.settings, cell).err()
    }

    /// The target, which makes no more calls than the cost says.
    pub(super) fn target(self, cost: &Cost) -> anyhow::Result<Target> {
        let authorities = self.ca_file.map(|path| {
            fs::read(&path).map_err(|error| UsageError(format!("`ca_file`: `{path}` cannot be read: {error}")))
        });
        let authorities = authorities.transpose()?;
        let mut resources = Vec::new();
        for (name, resource) in &self.settings.resources {
            let credential = credential(&resource.sign_in)?;
            let (address, host) = (resource.endpoint.to_string(), resource.endpoint.host().to_owned());
            resources.push((name.clone(), UpstreamResource { address, host, credential }));
        }
        let version = self.settings.api_version.clone();
        let upstream = LiveUpstream::new(resources, version, authorities.as_deref(), cost.at_most);
        let upstream = upstream.context("live hosts cannot be reached")?;
        Ok(Target::Live(Arc::new(LiveTarget { settings: self.settings, upstream: Arc::new(upstream) })))
    }
}

/// Says what will be called, and asks whether to. Without a terminal and without `--yes` it is an error.
pub(super) fn agreed(cost: &Cost, arguments: &LiveArguments) -> anyhow::Result<bool> {
    let mut output = io::stderr();
    write!(output, "{cost}")?;
    if arguments.yes {
        return Ok(true);
    }
    if !io::stdin().is_terminal() {
        let message = format!(
            "{} calls of live models would be made, and somebody pays for them: say `--yes`, or run it at a terminal",
            cost.calls
        );
        return Err(UsageError(message).into());
    }
    write!(output, "make them? [y/N] ")?;
    output.flush()?;
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer).context("the answer cannot be read")?;
    if read == 0 {
        // The end of input leaves the cursor behind the question.
        writeln!(output)?;
    }
    let answer = answer.trim().to_ascii_lowercase();
    Ok(answer == "y" || answer == "yes")
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// A secret from its variable, without the newline that a file leaves at its end.
fn secret(name: &str) -> anyhow::Result<SecretText> {
    let value = variable(name).ok_or_else(|| UsageError(format!("`{name}` is not set")))?;
    Ok(SecretText::new(value.trim().to_owned()))
}

fn text(name: &str) -> anyhow::Result<String> {
    Ok(variable(name).ok_or_else(|| UsageError(format!("`{name}` is not set")))?)
}

/// Where applications sign in; it may be written without a scheme.
fn authority() -> Option<String> {
    let host = variable("AZURE_AUTHORITY_HOST")?;
    Some(if host.contains("://") { host } else { format!("https://{host}") })
}

fn credential(sign_in: &SignIn) -> anyhow::Result<Credential> {
    Ok(match sign_in {
        SignIn::Key(variable) => Credential::Key(secret(variable)?),
        SignIn::Token(variable) => Credential::Token(secret(variable)?),
        SignIn::ClientSecret => Credential::ClientSecret {
            authority: authority(),
            tenant: text("AZURE_TENANT_ID")?,
            client_id: text("AZURE_CLIENT_ID")?,
            secret: secret("AZURE_CLIENT_SECRET")?,
        },
        SignIn::WorkloadIdentity => Credential::WorkloadIdentity {
            authority: authority(),
            tenant: text("AZURE_TENANT_ID")?,
            client_id: text("AZURE_CLIENT_ID")?,
            token_file: text("AZURE_FEDERATED_TOKEN_FILE")?,
        },
        SignIn::ManagedIdentity(client_id) => Credential::ManagedIdentity {
            client_id: client_id.clone(),
            machine: variable("AZURE_POD_IDENTITY_AUTHORITY_HOST"),
            app_service: match (variable("IDENTITY_ENDPOINT"), variable("IDENTITY_HEADER")) {
                (Some(endpoint), Some(header)) => Some((endpoint, SecretText::new(header))),
                _ => None,
            },
        },
    })
}
