//! A deployment as it answers requests: with all that follows from its model and place, worked out once.

use std::sync::Arc;

use super::config::{Deployment, FilterMode, Quota, Resource};
use super::ids::Seed;
use super::model::{Family, Model, region_display_name};
use super::options::ServerlessEndpoint;

/// A model under a name.
#[derive(Debug)]
pub(crate) struct Served {
    /// The name that clients call; empty when there is none.
    pub(crate) name: String,
    /// The name of the resource that it is in; empty for a serverless endpoint.
    pub(crate) resource: String,
    /// Its region, as headers write it: `East US 2`.
    pub(crate) region: String,
    pub(crate) model: Model,
    /// `system_fingerprint`, where the model has one.
    pub(crate) fingerprint: Option<String>,
    pub(crate) filter: FilterMode,
    pub(crate) quota: Option<Quota>,
}

impl Served {
    /// A deployment in a region, which is named as in host names.
    pub(crate) fn new(seed: Seed, deployment: &Deployment, region: &str) -> Arc<Self> {
        let model = Model::new(&deployment.model);
        let fingerprint =
            (model.family != Family::Reasoning).then(|| seed.hex_after("fp_", ("fingerprint", &*model.name), 0, 10));
        Arc::new(Self {
            name: deployment.name.clone(),
            resource: deployment.resource.clone(),
            region: region_display_name(region),
            model,
            fingerprint,
            filter: deployment.filter,
            quota: deployment.quota,
        })
    }

    /// The deployment that a serverless endpoint is.
    pub(crate) fn serverless(seed: Seed, endpoint: &ServerlessEndpoint) -> Arc<Self> {
        Self::new(seed, &Deployment::new(&endpoint.name, "", &endpoint.model), &endpoint.region)
    }

    /// Whether it has this name in this resource.
    pub(crate) fn is(&self, resource: &str, name: &str) -> bool {
        self.resource == resource && self.name == name
    }

    /// What stands in for a deployment where there is none.
    pub(crate) fn nothing(seed: Seed, resource: Option<&Resource>) -> Arc<Self> {
        Self::new(seed, &Deployment::new("", "", ""), resource.map_or("", |resource| &resource.region))
    }
}
