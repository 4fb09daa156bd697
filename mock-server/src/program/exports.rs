//! What a client reads from its environment, as lines for a shell.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use crate::cloud::model::Model;
use crate::cloud::{CloudConfig, Deployment};

/// What a shell is told so that a client finds the cloud. There are two styles, of which only one may be active: clients
/// refuse to choose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Style {
    /// For `AzureOpenAI()`, and everything that reads its variables.
    #[default]
    Azure,
    /// For `OpenAI()`, pointed at the v1 surface.
    V1,
    /// For programs: one line with both styles, and what both need, as JSON.
    Json,
}

/// Variables and their values.
type Exports = Vec<(&'static str, String)>;

/// The api-version that clients are told: the newest that is no preview.
const VERSION: &str = "2024-10-21";

/// Everything that is printed to be pasted.
pub(super) struct Lines<'a> {
    pub(super) config: &'a CloudConfig,
    /// `http://127.0.0.1:8080`, or the first resource's own endpoint.
    pub(super) endpoint: &'a str,
    /// Where managed identities get their tokens.
    pub(super) metadata: &'a str,
    /// What is needed besides in both styles.
    pub(super) common: Exports,
    /// Whether there is a TLS authority for Entra ID. Without one, its secrets would be sent to the real one.
    pub(super) signs_in: bool,
    pub(super) style: Style,
}

impl Lines<'_> {
    /// Writes lines to paste into a shell, all at once: who reads them may go away after the last one.
    pub(super) fn print(&self) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(self.text().as_bytes())?;
        out.flush()
    }

    fn text(&self) -> String {
        let (azure, v1) = (self.azure(), self.v1());
        if self.style == Style::Json {
            let object = |exports: &Exports| -> serde_json::Map<String, serde_json::Value> {
                exports.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into())).collect()
            };
            let all = serde_json::json!({ "azure": object(&azure), "common": object(&self.common), "v1": object(&v1) });
            return format!("{all}\n");
        }
        let mut text = String::new();
        for deployment in &self.config.deployments {
            let _ = writeln!(text, "# deployment {} in {}: {}", deployment.name, deployment.resource, deployment.model);
        }
        block(&mut text, "", &[], &self.common);
        let of_azure = ["AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_API_KEY", "OPENAI_API_VERSION"];
        let of_v1 = ["OPENAI_BASE_URL"];
        let (azure_says, v1_says) = match self.style {
            Style::Azure | Style::Json => {
                ("# for AzureOpenAI()", "# instead, for OpenAI(): --style v1, or without the marks")
            }
            Style::V1 => ("# instead, for AzureOpenAI(): --style azure, or without the marks", "# for OpenAI()"),
        };
        let mark = |style: Style| if style == self.style { "" } else { "# " };
        let _ = writeln!(text, "{azure_says}");
        block(&mut text, mark(Style::Azure), &of_v1, &azure);
        let _ = writeln!(text, "{v1_says}");
        block(&mut text, mark(Style::V1), &of_azure, &v1);
        text
    }

    /// What Azure's own libraries read, and those that have names of their own for it.
    fn azure(&self) -> Exports {
        let (config, key) = (self.config, self.key());
        let mut exports = vec![
            ("AZURE_OPENAI_ENDPOINT", self.endpoint.to_owned()),
            ("AZURE_OPENAI_API_KEY", key.clone()),
            ("OPENAI_API_VERSION", VERSION.to_owned()),
            ("AZURE_OPENAI_API_VERSION", VERSION.to_owned()),
        ];
        let first = |name, wanted: fn(&Model) -> bool| {
            let is_wanted = |deployment: &&Deployment| wanted(&Model::new(&deployment.model));
            Some((name, config.deployments.iter().find(is_wanted)?.name.clone()))
        };
        exports.extend(first("AZURE_OPENAI_DEPLOYMENT_NAME", |_| true));
        exports.extend(first("AZURE_OPENAI_CHAT_DEPLOYMENT_NAME", |model| model.converses));
        exports.extend(first("AZURE_OPENAI_EMBEDDING_DEPLOYMENT_NAME", Model::embeds));
        exports.extend([
            ("AZURE_API_BASE", self.endpoint.to_owned()),
            ("AZURE_API_KEY", key),
            ("AZURE_API_VERSION", VERSION.to_owned()),
        ]);
        if self.signs_in {
            exports.extend(config.resources.first().map(|resource| ("AZURE_RESOURCE_NAME", resource.name.clone())));
            for tenant in config.tenants.iter().take(1) {
                exports.push(("AZURE_TENANT_ID", tenant.id.clone()));
                for application in tenant.applications.iter().take(1) {
                    exports.push(("AZURE_CLIENT_ID", application.client_id.clone()));
                    exports.push(("AZURE_CLIENT_SECRET", application.secret.clone()));
                }
            }
        }
        // `IDENTITY_ENDPOINT` is not among them: set, it would hide the other.
        if !config.managed_identities.is_empty() {
            exports.push(("AZURE_POD_IDENTITY_AUTHORITY_HOST", self.metadata.to_owned()));
        }
        exports
    }

    fn v1(&self) -> Exports {
        vec![("OPENAI_BASE_URL", format!("{}/openai/v1/", self.endpoint)), ("OPENAI_API_KEY", self.key())]
    }

    fn key(&self) -> String {
        self.config.resources.first().and_then(|resource| resource.keys.first()).cloned().unwrap_or_default()
    }
}

/// Lines of one block, each behind a mark.
fn block(text: &mut String, mark: &str, unset: &[&str], exports: &Exports) {
    if !unset.is_empty() {
        let _ = writeln!(text, "{mark}unset {}", unset.join(" "));
    }
    for (name, value) in exports {
        let _ = writeln!(text, "{mark}export {name}='{}'", value.replace('\'', "'\\''"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The variables of a shell after it has been given the lines that are not marked.
    fn active(style: Style, signs_in: bool) -> Vec<String> {
        let config = CloudConfig::sample();
        let lines = Lines {
            config: &config,
            endpoint: "http://127.0.0.1:8080",
            metadata: "http://127.0.0.1:8080",
            common: vec![("NO_PROXY", "it's".to_owned())],
            signs_in,
            style,
        };
        let text = lines.text();
        text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
    }

    #[test]
    fn one_style_is_active_and_unsets_the_other() {
        let azure = active(Style::Azure, false);
        assert_eq!(azure[0], "export NO_PROXY='it'\\''s'");
        assert_eq!(azure[1], "unset OPENAI_BASE_URL");
        assert!(!azure.iter().any(|line| line.starts_with("export OPENAI_BASE_URL")), "{azure:?}");
        let v1 = active(Style::V1, false);
        assert_eq!(
            v1[1..],
            [
                "unset AZURE_OPENAI_ENDPOINT AZURE_OPENAI_API_KEY OPENAI_API_VERSION",
                "export OPENAI_BASE_URL='http://127.0.0.1:8080/openai/v1/'",
                "export OPENAI_API_KEY='mock-key-east'",
            ]
        );
    }

    #[test]
    fn secrets_of_entra_id_are_only_where_it_is_answered_for() {
        let has = |signs_in: bool, name: &str| active(Style::Azure, signs_in).iter().any(|line| line.contains(name));
        for name in ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_RESOURCE_NAME"] {
            assert!(has(true, name) && !has(false, name), "{name}");
        }
        assert!(has(false, "AZURE_OPENAI_EMBEDDING_DEPLOYMENT_NAME='embed-prod'"));
    }
}
