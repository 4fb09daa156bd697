//! `tap`: the HTTPS proxy of clients that believe they talk to Azure.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;

use super::exports::Lines;
use super::serve::{ServeOptions, reachable};
use super::signal;
use crate::front::{CertificateAuthority, Tap};

/// The options of `tap`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct TapOptions {
    /// Where to write the certificate that clients must trust.
    #[arg(long, value_name = "PATH")]
    pub ca_file: PathBuf,
    /// As those of `serve`.
    #[command(flatten)]
    pub server: ServeOptions,
}

/// Is a proxy until Ctrl-C or a request to terminate. Needs a tokio runtime with I/O and time.
pub async fn tap(options: TapOptions) -> anyhow::Result<()> {
    let plan = options.server.plan(0)?;
    let authority = Arc::new(CertificateAuthority::generate()?);
    let trust = write(&options.ca_file, authority.certificate_pem())?;
    // Another host is egress here, whoever may come in: that is what a tap is for.
    let tap = Tap::start_at(plan.address, authority, plan.service(false)).await;
    let tap = tap.map_err(|error| plan.listen_error(error))?;
    let proxy = format!("http://{}", reachable(tap.address()));
    let cloud = &plan.file.cloud;
    let endpoint = cloud.resources.first().map(|resource| format!("https://{}", resource.host)).unwrap_or_default();
    let end = signal::asked_to_end()?;
    let mut common = plan.control_exports(&proxy);
    common.extend([
        ("HTTPS_PROXY", proxy.clone()),
        ("HTTP_PROXY", proxy.clone()),
        ("NO_PROXY", "127.0.0.1,localhost".to_owned()),
        ("SSL_CERT_FILE", trust.clone()),
        ("REQUESTS_CA_BUNDLE", trust.clone()),
        ("NODE_EXTRA_CA_CERTS", trust),
        // Node.js from 24 on, and late 22, looks at the proxy only then; earlier ones need an agent.
        ("NODE_USE_ENV_PROXY", "1".to_owned()),
    ]);
    let lines =
        Lines { config: cloud, endpoint: &endpoint, metadata: &proxy, common, signs_in: true, style: plan.style };
    lines.print()?;
    end.await;
    tap.stop().await;
    Ok(())
}

/// Writes the certificate, and gives its path as it is from everywhere.
fn write(path: &Path, pem: &str) -> anyhow::Result<String> {
    std::fs::write(path, pem).with_context(|| format!("writing {}", path.display()))?;
    let path = std::path::absolute(path).with_context(|| format!("looking for {}", path.display()))?;
    Ok(path.display().to_string())
}
