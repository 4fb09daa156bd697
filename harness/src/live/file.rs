//! The file of `--live`: where a scenario's deployments really are. Its shape, and its mistakes.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Endpoint, EndpointError};
use crate::diagnose::{Diagnostic, DiagnosticKind, Diagnostics, Place, read};

/// Live endpoints: which real resources there are, and which real deployment stands for a scenario's. No secret stands
/// here, only the names of the variables that hold one.
#[derive(Clone, Debug, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LiveFile {
    /// The `api-version` that is sent in place of a scenario's. Else `AZURE_OPENAI_API_VERSION` or `OPENAI_API_VERSION`.
    pub api_version: Option<String>,
    /// A PEM file of certificate authorities to trust besides the machine's; a path from this file's folder.
    pub ca_file: Option<String>,
    /// Real resources, by names of your own. Without any there is one, at `AZURE_OPENAI_ENDPOINT`.
    #[serde(default)]
    pub resources: IndexMap<String, LiveResource>,
    /// Real deployments by the names that scenarios have for theirs, such as `chat-prod`.
    #[serde(default)]
    pub deployments: IndexMap<String, LiveDeployment>,
    /// Real deployments by the models that scenarios ask for, such as `gpt-4o-2024-11-20`, where no name above matches.
    #[serde(default)]
    pub models: IndexMap<String, LiveDeployment>,
}

/// A real Azure OpenAI resource.
#[derive(Clone, Debug, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LiveResource {
    /// Its address, `https://<name>.openai.azure.com`. Else `AZURE_OPENAI_ENDPOINT`.
    pub endpoint: Option<String>,
    /// How to sign in. Else with what the usual variables hold: a key, a token, a client secret, a workload identity, a
    /// managed identity.
    pub sign_in: Option<LiveSignIn>,
}

/// How to sign in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LiveSignIn {
    /// One of `key`, `token`, `client-secret`, `workload-identity` and `managed-identity`.
    pub with: LiveMethod,
    /// The name of the variable that holds the key or the token; never the secret itself.
    pub variable: Option<String>,
    /// The client id of a user-assigned managed identity.
    pub client_id: Option<String>,
}

/// What a sign-in is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LiveMethod {
    /// The resource's key, in `AZURE_OPENAI_API_KEY` or the variable named.
    Key,
    /// A Microsoft Entra token, in `AZURE_OPENAI_AD_TOKEN` or the variable named.
    Token,
    /// `AZURE_TENANT_ID`, `AZURE_CLIENT_ID` and `AZURE_CLIENT_SECRET`.
    ClientSecret,
    /// `AZURE_TENANT_ID`, `AZURE_CLIENT_ID` and the token in the file that `AZURE_FEDERATED_TOKEN_FILE` names.
    WorkloadIdentity,
    /// The managed identity of the machine or of the App Service.
    ManagedIdentity,
}

/// A real deployment.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LiveDeployment {
    /// Its name on the service.
    pub deployment: String,
    /// The resource it lives in; may be left out when there is only one.
    pub resource: Option<String>,
}

/// Reads the file; `file` is the name to show. Fails with all mistakes at once.
pub fn parse_file(file: &str, text: &str) -> Result<LiveFile, Diagnostics> {
    let (live, document) = read::<LiveFile>(file, text).map_err(|mistakes| masked(file, &mistakes))?;
    let mut found = document.diagnostics();
    let blank = "write a value, or leave the key out";
    for (key, value) in [("api_version", &live.api_version), ("ca_file", &live.ca_file)] {
        if let Some(value) = value {
            found.not_blank(key, value, document.key(key).span(), blank);
        }
    }
    for (name, resource) in &live.resources {
        check_resource(resource, document.key("resources").key(name), &mut found);
    }
    let mut without = live.resources.iter().filter(|(_, resource)| resource.endpoint.is_none());
    if let Some((name, _)) = without.nth(1) {
        let span = document.key("resources").key(name).span();
        let message = "several resources have no `endpoint`";
        found.push(
            Diagnostic::new(DiagnosticKind::MissingKey, message, span, "at most one may leave it out")
                .with_help("`AZURE_OPENAI_ENDPOINT` can only be the address of one of them"),
        );
    }
    for (key, deployments) in [("deployments", &live.deployments), ("models", &live.models)] {
        for (name, deployment) in deployments {
            check_deployment(&live, deployment, document.key(key).key(name), &mut found);
        }
    }
    found.finish(live).map_err(|mistakes| masked(file, &mistakes))
}

fn check_resource(resource: &LiveResource, place: Place<'_>, found: &mut Diagnostics) {
    if let Some(Err(error)) = resource.endpoint.as_deref().map(Endpoint::parse) {
        let label = match error {
            EndpointError::Plain => "not for another machine",
            _ => "not an endpoint",
        };
        let message = format!("this endpoint cannot be used: {error}");
        found.push(
            Diagnostic::new(DiagnosticKind::Endpoint, message, place.key("endpoint").span(), label)
                .with_help("write it as the portal shows it, such as `https://contoso.openai.azure.com`"),
        );
    }
    let Some(sign_in) = &resource.sign_in else { return };
    let place = place.key("sign_in");
    if let Some(variable) = &sign_in.variable {
        if !is_variable(variable) {
            let message = "this is not the name of a variable";
            found.push(
                Diagnostic::new(DiagnosticKind::BadName, message, place.key("variable").span(), "not a name").with_help(
                    "write the name of the variable that holds the secret, such as `AZURE_OPENAI_API_KEY`; a secret \
                     in a file is soon in a repository",
                ),
            );
        }
        if !matches!(sign_in.with, LiveMethod::Key | LiveMethod::Token) {
            misplaced("variable", "a key or a token", place, found);
        }
    }
    if let Some(client_id) = &sign_in.client_id {
        let help = "leave `client_id` out for the identity that the machine itself has";
        found.not_blank("client_id", client_id, place.key("client_id").span(), help);
    }
    if sign_in.client_id.is_some() && sign_in.with != LiveMethod::ManagedIdentity {
        misplaced("client_id", "a managed identity", place, found);
    }
}

fn misplaced(key: &str, of: &str, place: Place<'_>, found: &mut Diagnostics) {
    found.push(
        Diagnostic::new(DiagnosticKind::SignIn, format!("`{key}` is for {of}"), place.key(key).key_span(), "not here")
            .with_secondary(place.key("with").span(), "because of this")
            .with_help(format!("remove `{key}`, or sign in in another way")),
    );
}

fn check_deployment(live: &LiveFile, deployment: &LiveDeployment, place: Place<'_>, found: &mut Diagnostics) {
    found.not_blank(
        "deployment",
        &deployment.deployment,
        place.key("deployment").span(),
        "write the deployment's name as the portal shows it",
    );
    match &deployment.resource {
        Some(name) if !live.resources.contains_key(name) => {
            let known = live.resources.keys().map(String::as_str);
            found.unknown_name("resource", name, place.key("resource").span(), known);
        }
        None if live.resources.len() > 1 => {
            let message = "several resources are named, and this deployment says none";
            found.push(
                Diagnostic::new(DiagnosticKind::MissingKey, message, place.span(), "`resource` is missing")
                    .with_help("write `resource = \"…\"` with the name of one of them"),
            );
        }
        _ => {}
    }
}

/// Names as shells have them.
fn is_variable(name: &str) -> bool {
    let allowed = |character: char| matches!(character, 'A'..='Z' | '0'..='9' | '_');
    name.starts_with(|first: char| first.is_ascii_uppercase() || first == '_') && name.chars().all(allowed)
}

/// The mistakes without texts that may be secrets: somebody may have written a key where its variable's name belongs, or
/// under a key of his own, and what is printed ends up in logs.
fn masked(file: &str, mistakes: &Diagnostics) -> Diagnostics {
    let mut text = mistakes.text().to_owned();
    let mut secrets = Vec::new();
    for word in mistakes.text().split(|character: char| !character.is_ascii_alphanumeric()) {
        if looks_secret(word) {
            // As long as before, so that every place stays where it is.
            text = text.replace(word, &"*".repeat(word.len()));
            secrets.push(word.to_owned());
        }
    }
    let clean = |words: &str| secrets.iter().fold(words.to_owned(), |words, secret| words.replace(secret, "…"));
    let mut found = Diagnostics::new(file, text);
    for entry in mistakes.entries() {
        let mut entry = entry.clone();
        entry.message = clean(&entry.message);
        entry.primary.text = clean(&entry.primary.text);
        entry.help = entry.help.as_deref().map(clean);
        found.push(entry);
    }
    found
}

/// Long, in one piece, letters and digits mixed: as keys and tokens are, and names are not.
fn looks_secret(word: &str) -> bool {
    let digits = word.chars().filter(char::is_ascii_digit).count();
    word.len() >= 20 && digits >= 4 && digits < word.len()
}
