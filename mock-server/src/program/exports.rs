//! What a client reads from its environment, as lines for a shell.

use std::io::{self, Write as _};

use crate::cloud::CloudConfig;

/// A variable and its value.
pub(super) type Export = (&'static str, String);

/// What Azure's own libraries read.
pub(super) fn of_cloud(config: &CloudConfig, endpoint: &str) -> Vec<Export> {
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
pub(super) fn of_metadata(config: &CloudConfig, base: &str) -> Vec<Export> {
    if config.managed_identities.is_empty() {
        return Vec::new();
    }
    vec![("AZURE_POD_IDENTITY_AUTHORITY_HOST", base.to_owned())]
}

/// Writes lines to paste into a shell. Standard output has nothing else.
pub(super) fn print(exports: &[Export]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for (name, value) in exports {
        writeln!(out, "export {name}='{}'", value.replace('\'', "'\\''"))?;
    }
    out.flush()
}
