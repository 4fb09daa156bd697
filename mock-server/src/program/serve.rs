//! `serve`: plain HTTP for clients that are pointed straight at it.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::access_log::{LogFormat, Logged};
use super::exports::{Lines, Style};
use super::file::{FileConfig, FileError, load};
use super::signal;
use crate::cloud::model::Model;
use crate::cloud::{Cloud, tokenizer};
use crate::front::{Listener, SharedCloud};

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
        let address = SocketAddr::new(ip, self.port.or(file.port).unwrap_or(port));
        let format = if self.quiet { LogFormat::Off } else { self.log.or(file.log).unwrap_or_default() };
        Ok(Plan { file, address, exposed, format, style: self.style.unwrap_or_default() })
    }
}

impl Plan {
    /// The cloud with its log. `any_host` says whether it answers under any host name.
    pub(super) fn service(&self, any_host: bool) -> Arc<Logged> {
        let FileConfig { cloud, options, .. } = &self.file;
        let deployments = cloud.deployments.iter().map(|deployment| deployment.name.clone()).collect();
        let cloud = SharedCloud::without_journal(Cloud::with_options(cloud.clone(), options.clone()));
        Arc::new(Logged { cloud, format: self.format, deployments, any_host })
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
        common: Vec::new(),
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
