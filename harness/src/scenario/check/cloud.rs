//! Resources, deployments, the application's setting, axes and tools.

use super::Context;
use crate::diagnose::{Alphabet, Diagnostic, DiagnosticKind, Diagnostics, Place};
use crate::scenario::{AuthMode, AxisName, ClientKind, ClientMode, Resource};

pub(super) fn check(context: &Context<'_>, found: &mut Diagnostics) {
    check_head(context, found);
    check_azure(context, found);
    check_matrix(context, found);
    check_tools(context, found);
}

fn check_head(context: &Context<'_>, found: &mut Diagnostics) {
    let (file, document) = (context.file, context.document);
    found.not_blank("title", &file.title, document.key("title").span(), "say in one line what happens");
    let intent_help = "say what this scenario shows that no other does";
    found.not_blank("intent", &file.intent, document.key("intent").span(), intent_help);
    let tags = document.key("tags");
    for (index, tag) in file.tags.iter().enumerate() {
        found.well_named("tag", tag, tags.item(index).span(), Alphabet::Path);
    }
    found.duplicates("tag", file.tags.iter().enumerate().map(|(index, tag)| (tag.as_str(), tags.item(index).span())));
}

fn check_azure(context: &Context<'_>, found: &mut Diagnostics) {
    let azure = &context.file.azure;
    let place = context.document.key("azure");
    let version_help = "write a version, such as `2024-10-21`";
    found.not_blank("api_version", &azure.api_version, place.key("api_version").span(), version_help);
    if azure.resources.is_empty() {
        found.empty("resources", place.key("resources").span(), "write `[azure.resources.east]` with a `region`");
    }
    if azure.deployments.is_empty() {
        found.empty("deployments", place.key("deployments").span(), "write `[azure.deployments.chat-prod]`");
    }
    for (name, resource) in &azure.resources {
        let place = place.key("resources").key(name);
        found.well_named("resource", name, place.key_span(), Alphabet::Path);
        found.well_named("region", &resource.region, place.key("region").span(), Alphabet::Path);
        if let Some(host) = &resource.host {
            found.well_named("host", host, place.key("host").span(), Alphabet::Dotted);
        }
        check_address(resource, place, found);
    }
    for (name, deployment) in &azure.deployments {
        let place = place.key("deployments").key(name);
        found.well_named("deployment", name, place.key_span(), Alphabet::Dotted);
        found.well_named("model", &deployment.model, place.key("model").span(), Alphabet::Dotted);
        if !azure.resources.contains_key(&deployment.resource) {
            let resources = azure.resources.keys().map(String::as_str);
            found.unknown_name("resource", &deployment.resource, place.key("resource").span(), resources);
        }
    }
    if let Some(pinned) = &context.file.application.pinned_deployment
        && !azure.deployments.contains_key(pinned)
    {
        let span = context.document.key("application").key("pinned_deployment").span();
        found.unknown_name("deployment", pinned, span, azure.deployments.keys().map(String::as_str));
    }
    check_client(context, found);
}

/// A prefix is a path; whoever is reached through this machine has no other host, and is there.
fn check_address(resource: &Resource, place: Place<'_>, found: &mut Diagnostics) {
    for segment in resource.prefix.iter().flat_map(|prefix| prefix.split('/')) {
        found.well_named("prefix", segment, place.key("prefix").span(), Alphabet::Dotted);
    }
    if resource.loopback.is_none() {
        return;
    }
    let others = [("host", resource.host.is_some()), ("reachable", !resource.reachable)];
    for (key, _) in others.into_iter().filter(|(_, written)| *written) {
        let message = format!("`{key}` contradicts `loopback`");
        found.push(
            Diagnostic::new(DiagnosticKind::Address, message, place.key(key).key_span(), "another address")
                .with_secondary(place.key("loopback").span(), "this machine")
                .with_help("write one of the two"),
        );
    }
}

/// The clients of `/openai/v1` and of `/models` know no deployments, so that none can be fixed in them.
fn check_client(context: &Context<'_>, found: &mut Diagnostics) {
    let application = &context.file.application;
    let client = match application.client {
        ClientKind::Azure => return,
        ClientKind::OpenaiV1 => "the plain client of OpenAI",
        ClientKind::ModelInference => "the client of model inference",
    };
    if application.pinned_deployment.is_some() {
        let place = context.document.key("application");
        let message = "this client has no deployment to pin";
        found.push(
            Diagnostic::new(
                DiagnosticKind::PinnedDeployment,
                message,
                place.key("pinned_deployment").span(),
                "not known",
            )
            .with_secondary(place.key("client").span(), client)
            .with_help("leave `pinned_deployment` out, or write `client = \"azure\"`"),
        );
    }
}

fn check_matrix(context: &Context<'_>, found: &mut Diagnostics) {
    let matrix = &context.file.matrix;
    let axes: [(&str, Vec<&str>); 3] = [
        ("auth", matrix.auth.iter().map(|mode| AuthMode::as_str(*mode)).collect()),
        ("client", matrix.client.iter().map(|mode| ClientMode::as_str(*mode)).collect()),
        ("same", matrix.same.iter().map(|axis| AxisName::as_str(*axis)).collect()),
    ];
    for (axis, values) in axes {
        let place = context.document.key("matrix").key(axis);
        if values.is_empty() && axis != "same" {
            found.empty(axis, place.span(), "write at least one value, or leave the key out");
        }
        let items = values.into_iter().enumerate();
        found.duplicates("value", items.map(|(index, value)| (value, place.item(index).span())));
    }
}

fn check_tools(context: &Context<'_>, found: &mut Diagnostics) {
    for (name, tool) in &context.file.tools {
        let place = context.document.key("tools").key(name);
        found.well_named("tool", name, place.key_span(), Alphabet::Word);
        let span = place.key("description").span();
        found.not_blank("description", &tool.description, span, "say what the tool does, as the model is told");
    }
}
