//! `serve`: plain HTTP for clients that are pointed straight at it.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::access_log::{LogFormat, Logged};
use super::control::{self, Control, new_token};
use super::exports::{Lines, Style};
use super::file::{FileConfig, FileError, load, load_replies};
use super::signal;
use crate::cloud::model::Model;
use crate::cloud::{Cloud, Rule, tokenizer};
use crate::front::{Listener, SharedCloud};

/// Exchanges that the control path shows at most.
const REMEMBERED: usize = 1000;
/// How long requests may take to finish after an interrupt.
const PATIENCE: Duration = Duration::from_secs(5);
/// The port when neither flag nor file says.
const PORT: u16 = 8080;

/// The options of a server; those that are given win over the configuration file.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct ServeOptions {
    /// Configuration of the cloud and the server, in TOML; without it a small sample cloud is served.
    #[arg(long, value_name = "PATH")]
    pub config: Option<PathBuf>,
    /// Port to listen on; 0 takes a free one [default: 8080, and a free one for the tap].
    #[arg(long)]
    pub port: Option<u16>,
    /// Address to listen on [default: 127.0.0.1]. Others than loopback need --expose-to-network.
    #[arg(long, value_name = "ADDRESS")]
    pub bind: Option<IpAddr>,
    /// Let other machines in, and answer under any host name. There is no secret here worth having, but no lock either.
    #[arg(long)]
    pub expose_to_network: bool,
    /// Root of every id and of the jitter.
    #[arg(long)]
    pub seed: Option<u64>,
    /// What is answered instead of made-up answers, in TOML: see "Replies from a file" in the README.
    #[arg(long, value_name = "PATH")]
    pub replies: Option<PathBuf>,
    /// Let tests script replies and look at requests below /_mock, with this token or one that is made and printed.
    #[arg(long, value_name = "TOKEN", num_args = 0..=1, default_missing_value = "")]
    pub control: Option<String>,
    /// For which clients the printed lines are [default: azure].
    #[arg(long, value_enum)]
    pub style: Option<Style>,
    /// How to write the access log, on standard error [default: json].
    #[arg(long, value_enum)]
    pub log: Option<LogFormat>,
    /// The same as --log off.
    #[arg(long)]
    pub quiet: bool,
}

/// A server about to start: the options and the file, put together.
pub(super) struct Plan {
    pub(super) file: FileConfig,
    pub(super) address: SocketAddr,
    pub(super) exposed: bool,
    pub(super) format: LogFormat,
    pub(super) style: Style,
    pub(super) rules: Vec<Rule>,
    /// The token of the control path.
    pub(super) control: Option<String>,
}

impl ServeOptions {
    /// Reads the file and puts both together. `port` is that of who says nothing.
    pub(super) fn plan(&self, port: u16) -> Result<Plan, ServeError> {
        let mut file = self.config.as_deref().map(load).transpose()?.unwrap_or_else(FileConfig::sample);
        if let Some(seed) = self.seed {
            file.cloud.seed = seed;
        }
        let ip = self.bind.or(file.bind).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let exposed = self.expose_to_network || file.expose_to_network;
        if !ip.is_loopback() && !exposed {
            return Err(ServeError::Exposed { address: ip });
        }
        if exposed && self.control.is_some() {
            return Err(ServeError::ExposedControl);
        }
        let rules = self.replies.as_deref().map(load_replies).transpose()?.unwrap_or_default();
        let control = self.control.clone().map(|token| if token.is_empty() { new_token() } else { token });
        let address = SocketAddr::new(ip, self.port.or(file.port).unwrap_or(port));
        let format = if self.quiet { LogFormat::Off } else { self.log.or(file.log).unwrap_or_default() };
        Ok(Plan { file, address, exposed, format, style: self.style.unwrap_or_default(), rules, control })
    }
}

impl Plan {
    /// The cloud with its log. `any_host` says whether it answers under any host name.
    pub(super) fn service(&self, any_host: bool) -> Arc<Logged> {
        let FileConfig { cloud, options, .. } = &self.file;
        let deployments = cloud.deployments.iter().map(|deployment| deployment.name.clone()).collect();
        let cloud = Cloud::with_options(cloud.clone(), options.clone());
        for rule in &self.rules {
            cloud.answer(rule.clone());
        }
        let cloud = match &self.control {
            Some(_) => SharedCloud::with_bounded_journal(cloud, REMEMBERED),
            None => SharedCloud::without_journal(cloud),
        };
        let control = self.control.clone().map(|token| Control { token, rules: self.rules.clone() });
        Arc::new(Logged { cloud, format: self.format, deployments, any_host, control })
    }

    /// What a test reads to find the control path of a server at `base`.
    pub(super) fn control_exports(&self, base: &str) -> Vec<(&'static str, String)> {
        let Some(token) = &self.control else { return Vec::new() };
        vec![
            ("AZURE_OPENAI_MOCK_CONTROL", format!("{base}{}", control::PATH)),
            ("AZURE_OPENAI_MOCK_TOKEN", token.clone()),
        ]
    }

    pub(super) fn listen_error(&self, error: io::Error) -> ServeError {
        ServeError::Listen { address: self.address, error }
    }
}

/// Why a server could not start or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The configuration file.
    #[error(transparent)]
    File(#[from] FileError),
    /// An address that other machines can reach, without leave.
    #[error("{address} can be reached from other machines: say --expose-to-network if that is wanted")]
    Exposed {
        /// The address.
        address: IpAddr,
    },
    /// The control path, on a server that lets other machines in.
    #[error("--control is for this machine alone: it cannot be had together with --expose-to-network")]
    ExposedControl,
    /// The port is taken, or the address is not this machine's.
    #[error("listening on {address}: {error}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        error: io::Error,
    },
    /// Standard output is closed, or signals cannot be waited for.
    #[error("running")]
    Run(#[from] io::Error),
}

/// Serves until Ctrl-C or a request to terminate: prints the exports for a shell, then a log line per exchange. At the
/// end no new request is taken, and open ones have five seconds to finish. Needs a tokio runtime with I/O and time.
pub async fn serve(options: ServeOptions) -> Result<(), ServeError> {
    let plan = options.plan(PORT)?;
    let listener = Listener::start_on_cores(plan.address, plan.service(plan.exposed)).await;
    let listener = listener.map_err(|error| plan.listen_error(error))?;
    let base = format!("http://{}", reachable(listener.address()));
    let cloud = &plan.file.cloud;
    // The first request need not wait for its vocabulary.
    if let Some(model) = cloud.deployments.first().map(|deployment| Model::new(&deployment.model)) {
        tokio::task::spawn_blocking(move || tokenizer::load(model.vocabulary));
    }
    let end = signal::asked_to_end()?;
    let lines = Lines {
        config: cloud,
        endpoint: &base,
        metadata: &base,
        common: plan.control_exports(&base),
        signs_in: false,
        style: plan.style,
    };
    lines.print()?;
    end.await;
    listener.drain(PATIENCE).await;
    Ok(())
}

/// An address that a client can call: 0.0.0.0 is a place to listen at, not to call.
pub(super) fn reachable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() { SocketAddr::from((Ipv4Addr::LOCALHOST, address.port())) } else { address }
}
