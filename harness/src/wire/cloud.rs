//! From a scenario to the cloud that it needs.

use azure_openai_mock as mock;

use super::secrets;
use crate::scenario::{Deployment, Resource, ScenarioFile};

/// Seconds since 1970 at which every fake cloud starts: 20 November 2026, 06:00 UTC.
const EPOCH: u64 = 1_795_154_400;

/// An address at which nobody listens: the port belongs to a service that no machine offers any more, and this machine's
/// own address is reached without the tap.
const NOBODY: &str = "https://127.0.0.1:9";

/// The name of a scenario's resource in the cloud, the first label of its host.
pub(crate) fn resource_name(resource: &str) -> String {
    format!("contoso-{resource}")
}

/// The host of a resource.
pub fn host(name: &str, resource: &Resource) -> String {
    resource.host.clone().unwrap_or_else(|| format!("{}.openai.azure.com", resource_name(name)))
}

/// The endpoint that an application is given for a resource; `tap_port` is where this machine listens for it.
pub fn endpoint(name: &str, resource: &Resource, tap_port: u16) -> String {
    if !resource.reachable {
        return NOBODY.to_owned();
    }
    let origin = match resource.loopback {
        Some(loopback) => format!("http://{}:{tap_port}", loopback.as_str()),
        None => format!("https://{}", host(name, resource)),
    };
    match &resource.prefix {
        Some(prefix) => format!("{origin}/{prefix}"),
        None => origin,
    }
}

/// The paths in front of the service's own, `/azure-openai`.
pub(crate) fn prefixes(scenario: &ScenarioFile) -> Vec<String> {
    let prefixes = scenario.azure.resources.values().filter_map(|resource| resource.prefix.as_ref());
    prefixes.map(|prefix| format!("/{prefix}")).collect()
}

/// What the cloud of a scenario does besides what it consists of.
pub fn cloud_options(scenario: &ScenarioFile) -> mock::CloudOptions {
    let sign_in = mock::SignIn { token_lifetime: scenario.azure.token_lifetime_s, ..mock::SignIn::default() };
    mock::CloudOptions { sign_in, ..mock::CloudOptions::default() }
}

/// The cloud of a scenario, before anything was asked.
pub fn cloud_config(scenario: &ScenarioFile) -> mock::CloudConfig {
    let roles = vec!["Cognitive Services OpenAI User".to_owned()];
    mock::CloudConfig {
        seed: 1,
        epoch: EPOCH,
        tenants: vec![mock::Tenant {
            id: secrets::TENANT.to_owned(),
            applications: vec![mock::Application {
                client_id: secrets::CLIENT_ID.to_owned(),
                object_id: "aaaaaaaa-0000-4000-8000-000000000001".to_owned(),
                secret: secrets::CLIENT_SECRET.to_owned(),
                roles: roles.clone(),
            }],
        }],
        resources: scenario
            .azure
            .resources
            .iter()
            .map(|(name, resource)| mock::Resource {
                host: host(name, resource),
                ..mock::Resource::new(&resource_name(name), &resource.region, &[&secrets::resource_key(name)])
            })
            .collect(),
        deployments: scenario
            .azure
            .deployments
            .iter()
            .filter(|(_, deployment)| deployment.exists)
            .map(|(name, deployment)| mock_deployment(name, deployment))
            .collect(),
        managed_identities: vec![mock::ManagedIdentity {
            client_id: secrets::MANAGED_IDENTITY.to_owned(),
            object_id: "aaaaaaaa-0000-4000-8000-000000000002".to_owned(),
            resource_id: None,
            roles,
        }],
        app_service_header: Some(secrets::IDENTITY_HEADER.to_owned()),
    }
}

fn mock_deployment(name: &str, deployment: &Deployment) -> mock::Deployment {
    mock::Deployment {
        filter: deployment.filter,
        ..mock::Deployment::new(name, &resource_name(&deployment.resource), &deployment.model)
    }
}
