//! `azure-openai-mock`: the fake cloud as a program.

use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use azure_openai_mock::{
    CertificateAuthority, Cloud, CloudConfig, Exchange, Listener, Reply, Request, Service, SharedCloud, Tap,
};
use clap::{Parser, Subcommand};

/// How long requests may take to finish after an interrupt.
const PATIENCE: Duration = Duration::from_secs(5);

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
    Serve {
        /// Port to listen on; 0 takes a free one.
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// Do not write a line per request to standard error.
        #[arg(long)]
        quiet: bool,
    },
    /// Be the HTTPS proxy of clients that believe they talk to Azure.
    Tap {
        /// Where to write the certificate that clients must trust.
        #[arg(long, value_name = "PATH")]
        ca_file: PathBuf,
        /// Do not write a line per request to standard error.
        #[arg(long)]
        quiet: bool,
    },
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Runtime::new().context("starting the runtime")?;
    runtime.block_on(async {
        match arguments.command {
            Command::Serve { port, quiet } => serve(port, quiet).await,
            Command::Tap { ca_file, quiet } => tap(&ca_file, quiet).await,
        }
    })
}

async fn serve(port: u16, quiet: bool) -> anyhow::Result<()> {
    let config = CloudConfig::sample();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener =
        Listener::start(address, service(&config, quiet)).await.with_context(|| format!("listening on {address}"))?;
    let base = format!("http://{}", listener.address());
    let mut exports = exports(&config, &base);
    exports.push(("OPENAI_BASE_URL", format!("{base}/openai/v1/")));
    exports.extend(metadata_exports(&config, &base));
    print_exports(&exports)?;
    until_interrupted().await?;
    // A stalled stream would never end, and a client may always send one request more.
    let _ = tokio::time::timeout(PATIENCE, listener.quiesce()).await;
    listener.stop().await;
    Ok(())
}

async fn tap(ca_file: &Path, quiet: bool) -> anyhow::Result<()> {
    let config = CloudConfig::sample();
    let authority = Arc::new(CertificateAuthority::generate()?);
    std::fs::write(ca_file, authority.certificate_pem()).with_context(|| format!("writing {}", ca_file.display()))?;
    let tap = Tap::start(authority, service(&config, quiet)).await.context("starting the tap")?;
    let proxy = format!("http://{}", tap.address());
    let endpoint = config.resources.first().map(|resource| format!("https://{}", resource.host)).unwrap_or_default();
    let trust = ca_file.display().to_string();
    let mut exports = exports(&config, &endpoint);
    exports.extend([
        ("HTTPS_PROXY", proxy.clone()),
        ("HTTP_PROXY", proxy.clone()),
        ("NO_PROXY", "127.0.0.1,localhost".to_owned()),
        ("SSL_CERT_FILE", trust.clone()),
        ("REQUESTS_CA_BUNDLE", trust.clone()),
        ("NODE_EXTRA_CA_CERTS", trust),
    ]);
    exports.extend(metadata_exports(&config, &proxy));
    print_exports(&exports)?;
    until_interrupted().await?;
    tap.stop().await;
    Ok(())
}

/// What Azure's own libraries read from the environment.
fn exports(config: &CloudConfig, endpoint: &str) -> Vec<(&'static str, String)> {
    let key = config.resources.first().and_then(|resource| resource.keys.first()).cloned().unwrap_or_default();
    let mut exports = vec![
        ("AZURE_OPENAI_ENDPOINT", endpoint.to_owned()),
        ("AZURE_OPENAI_API_KEY", key),
        ("OPENAI_API_VERSION", "2024-10-21".to_owned()),
    ];
    if let Some(deployment) = config.deployments.first() {
        exports.push(("AZURE_OPENAI_DEPLOYMENT_NAME", deployment.name.clone()));
    }
    for tenant in config.tenants.iter().take(1) {
        exports.push(("AZURE_TENANT_ID", tenant.id.clone()));
        for application in tenant.applications.iter().take(1) {
            exports.push(("AZURE_CLIENT_ID", application.client_id.clone()));
            exports.push(("AZURE_CLIENT_SECRET", application.secret.clone()));
        }
    }
    exports
}

/// Where managed identities get their tokens. `IDENTITY_ENDPOINT` is not among them: set, it would hide the other.
fn metadata_exports(config: &CloudConfig, base: &str) -> Vec<(&'static str, String)> {
    if config.managed_identities.is_empty() {
        return Vec::new();
    }
    vec![("AZURE_POD_IDENTITY_AUTHORITY_HOST", base.to_owned())]
}

/// Lines to paste into a shell. Standard output has nothing else.
fn print_exports(exports: &[(&str, String)]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for (name, value) in exports {
        writeln!(out, "export {name}='{}'", value.replace('\'', "'\\''"))?;
    }
    out.flush()
}

async fn until_interrupted() -> anyhow::Result<()> {
    tokio::signal::ctrl_c().await.context("waiting for Ctrl-C")
}

fn service(config: &CloudConfig, quiet: bool) -> Arc<dyn Service> {
    let cloud = SharedCloud::without_journal(Cloud::new(config.clone()));
    if quiet { Arc::new(cloud) } else { Arc::new(AccessLog { cloud }) }
}

/// A cloud that writes a line for every exchange.
struct AccessLog {
    cloud: SharedCloud,
}

impl Service for AccessLog {
    fn owns(&self, host: &str, port: u16) -> bool {
        self.cloud.owns(host, port)
    }

    fn reply(&self, request: &Request) -> Reply {
        self.cloud.reply(request)
    }

    fn record(&self, exchange: Exchange) {
        let request = &exchange.request;
        let status = exchange.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
        let query = request.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        // The log is no reason to fail a request.
        let _ = writeln!(
            io::stderr(),
            "{} {} {}:{}{}{query} -> {status} {:?} {} bytes",
            exchange.ordinal,
            request.method,
            request.host,
            request.port,
            request.path,
            exchange.end,
            exchange.response_body.len(),
        );
        self.cloud.record(exchange);
    }
}
