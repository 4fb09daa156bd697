//! `tap`: the HTTPS proxy of clients that believe they talk to Azure.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;

use super::access_log::{LogFormat, Logged};
use super::file::{FileConfig, load};
use super::{exports, signal};
use crate::cloud::Cloud;
use crate::front::{CertificateAuthority, SharedCloud, Tap};

/// The options of `tap`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct TapOptions {
    /// Where to write the certificate that clients must trust.
    #[arg(long, value_name = "PATH")]
    pub ca_file: PathBuf,
    /// Configuration of the cloud, in TOML; without it a small sample cloud is served.
    #[arg(long, value_name = "PATH")]
    pub config: Option<PathBuf>,
    /// How to write the access log, on standard error [default: json].
    #[arg(long, value_enum)]
    pub log: Option<LogFormat>,
    /// The same as --log off.
    #[arg(long)]
    pub quiet: bool,
}

/// Is a proxy until Ctrl-C or a request to terminate. Needs a tokio runtime with I/O and time.
pub async fn tap(options: TapOptions) -> anyhow::Result<()> {
    let file = options.config.as_deref().map(load).transpose()?.unwrap_or_else(FileConfig::sample);
    let format = if options.quiet { LogFormat::Off } else { options.log.or(file.log).unwrap_or_default() };
    let authority = Arc::new(CertificateAuthority::generate()?);
    let ca_file = &options.ca_file;
    std::fs::write(ca_file, authority.certificate_pem()).with_context(|| format!("writing {}", ca_file.display()))?;
    let cloud = SharedCloud::without_journal(Cloud::with_options(file.cloud.clone(), file.options.clone()));
    let deployments = file.cloud.deployments.iter().map(|deployment| deployment.name.clone()).collect();
    let service = Arc::new(Logged { cloud, format, deployments, any_host: false });
    let tap = Tap::start(authority, service).await.context("starting the tap")?;
    let proxy = format!("http://{}", tap.address());
    let endpoint =
        file.cloud.resources.first().map(|resource| format!("https://{}", resource.host)).unwrap_or_default();
    let trust = ca_file.display().to_string();
    let mut lines = exports::of_cloud(&file.cloud, &endpoint);
    lines.extend([
        ("HTTPS_PROXY", proxy.clone()),
        ("HTTP_PROXY", proxy.clone()),
        ("NO_PROXY", "127.0.0.1,localhost".to_owned()),
        ("SSL_CERT_FILE", trust.clone()),
        ("REQUESTS_CA_BUNDLE", trust.clone()),
        ("NODE_EXTRA_CA_CERTS", trust),
    ]);
    lines.extend(exports::of_metadata(&file.cloud, &proxy));
    let end = signal::asked_to_end()?;
    exports::print(&lines)?;
    end.await;
    tap.stop().await;
    Ok(())
}
