//! What a cloud consists of, and where a request leads in it. Nothing here ever changes.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json_borrow::Value;

use super::auth;
use super::config::{CloudConfig, Deployment, Resource};
use super::errors::ErrorKind;
use super::host::{Place, place};
use super::identity::{self, Endpoint, is_authority};
use super::ids::Seed;
use super::models;
use super::options::CloudOptions;
use super::request::{Request, is_loopback};
use super::route::{Operation, ResponsesVerb, Route, Surface, route};
use super::served::Served;
use super::target::Target;

/// Configuration, deployments, routing and sign-in.
#[derive(Debug)]
pub(crate) struct Topology {
    pub(crate) config: CloudConfig,
    pub(crate) options: CloudOptions,
    pub(crate) seed: Seed,
    /// The configuration's deployments, in its order.
    deployments: Vec<Arc<Served>>,
    /// The serverless endpoints of the options, in their order.
    endpoints: Vec<Arc<Served>>,
}

/// Who answers a request.
#[derive(Debug)]
pub(crate) enum Destination<'a> {
    /// A login host or a metadata endpoint.
    SignIn(Endpoint),
    /// The gateway, which refuses.
    Refused(Target, ErrorKind),
    /// The gateway, with the models of a resource, or the one with an id.
    Models(Target, &'a Resource, Option<String>),
    /// The gateway, about a response that was made before.
    Stored(Target, ResponsesVerb),
    /// A model inference endpoint, about its model, which this provider made.
    Info(Target, &'a str),
    /// A model.
    Model(Target),
}

impl Topology {
    pub(crate) fn new(config: CloudConfig, options: CloudOptions) -> Self {
        let seed = Seed(config.seed);
        let region = |deployment: &Deployment| {
            config
                .resources
                .iter()
                .find(|resource| resource.name == deployment.resource)
                .map_or("", |found| &found.region)
        };
        let deployments = config.deployments.iter();
        Self {
            deployments: deployments.map(|deployment| Served::new(seed, deployment, region(deployment))).collect(),
            endpoints: options.serverless.iter().map(|endpoint| Served::serverless(seed, endpoint)).collect(),
            options,
            seed,
            config,
        }
    }

    /// Whether the cloud answers for a host.
    pub(crate) fn owns(&self, host: &str) -> bool {
        is_loopback(host) || host == identity::METADATA_HOST || is_authority(host) || self.place(host).is_some()
    }

    /// Who answers a request at a moment. `body` is the request's, parsed.
    pub(crate) fn find(&self, request: &Request, body: Option<&Value>, now: u64) -> Destination<'_> {
        if let Some(endpoint) = identity::endpoint(request, self.options.sign_in.arc.is_some()) {
            return Destination::SignIn(endpoint);
        }
        let place = self.place(&request.host);
        let refused = match route(request, place.kind(request)) {
            Route::Serve(operation, Surface::Serverless) => return self.serverless(request, place, operation, now),
            Route::Serve(operation, surface) => return self.routed(request, place, operation, &surface, body, now),
            Route::UnsupportedVersion => ErrorKind::UnsupportedApiVersion,
            Route::ResponsesTooOld => ErrorKind::ResponsesNeedNewerVersion,
            Route::MissingVersion => ErrorKind::MissingApiVersion,
            Route::Unknown => ErrorKind::ResourceNotFound,
        };
        Destination::Refused(self.gateway(request, place, Operation::Models(None)), refused)
    }

    /// A request whose path exists: is there a resource, and may the caller use it?
    fn routed(
        &self,
        request: &Request,
        place: Place,
        operation: Operation,
        surface: &Surface,
        body: Option<&Value>,
        now: u64,
    ) -> Destination<'_> {
        let name = deployment_name(request, surface, body);
        let opened = self.resource(request, place, &name).ok_or(ErrorKind::Unauthorized).and_then(|resource| {
            let access = self.options.access.iter().find(|(name, _)| *name == resource.name).map(|(_, access)| *access);
            auth::check(self.seed, now, request, (&resource.keys, access), surface).map(|()| resource)
        });
        let resource = match opened {
            Ok(resource) => resource,
            Err(kind) => return Destination::Refused(self.gateway(request, place, operation), kind),
        };
        match &operation {
            Operation::Models(id) => {
                let id = id.clone();
                return Destination::Models(self.gateway(request, place, operation), resource, id);
            }
            Operation::Responses(verb) if *verb != ResponsesVerb::Create => {
                let verb = verb.clone();
                return Destination::Stored(self.gateway(request, place, operation), verb);
            }
            _ => {}
        }
        let Some(served) = self.deployments.iter().find(|known| known.is(&resource.name, &name)) else {
            return Destination::Refused(self.gateway(request, place, operation), ErrorKind::DeploymentNotFound);
        };
        let target = Target::new(self, request, operation, Arc::clone(served), surface);
        if target.operation == Operation::Info {
            let provider = models::provider(&target.model().name);
            return Destination::Info(target, provider);
        }
        Destination::Model(target)
    }

    /// A request to a host that is a model.
    fn serverless(&self, request: &Request, place: Place, operation: Operation, now: u64) -> Destination<'_> {
        let endpoint =
            self.options.serverless.iter().zip(&self.endpoints).nth(place.serverless().unwrap_or(usize::MAX));
        let Some((endpoint, served)) = endpoint else {
            return Destination::Refused(self.gateway(request, place, operation), ErrorKind::ResourceNotFound);
        };
        let opened = auth::check(self.seed, now, request, (&endpoint.keys, None), &Surface::Serverless);
        if let Err(kind) = opened {
            return Destination::Refused(self.gateway(request, place, operation), kind);
        }
        let target = Target::new(self, request, operation, Arc::clone(served), &Surface::Serverless);
        match target.operation {
            Operation::Info => Destination::Info(target, &endpoint.provider),
            _ => Destination::Model(target),
        }
    }

    /// The target of a request that never gets to a deployment.
    fn gateway(&self, request: &Request, place: Place, operation: Operation) -> Target {
        let nothing = Served::nothing(self.seed, self.resource(request, place, ""));
        Target::new(self, request, operation, nothing, &Surface::Account)
    }

    fn place(&self, host: &str) -> Place {
        place(&self.config, &self.options, host)
    }

    /// The resource that a request is for. On a loopback host, where no name says so, it is the one with the deployment,
    /// or else the first. On a region's host, it is the one whose key came.
    fn resource(&self, request: &Request, place: Place, deployment: &str) -> Option<&Resource> {
        let resources = &self.config.resources;
        match place {
            Place::Resource(index) => resources.get(index),
            Place::Region => {
                let mut here = resources.iter().filter(|resource| resource.is_in_region_of(&request.host));
                let key = request.header("api-key").or_else(|| request.bearer()).unwrap_or_default();
                let owner = here.clone().find(|resource| resource.keys.iter().any(|known| known == key));
                owner.or_else(|| here.next())
            }
            Place::Serverless(_) => None,
            Place::Unknown if !request.is_loopback() => None,
            Place::Unknown => {
                let home = self.config.deployments.iter().find(|known| known.name == deployment);
                home.and_then(|home| resources.iter().find(|resource| resource.name == home.resource))
                    .or_else(|| resources.first())
            }
        }
    }
}

fn deployment_name<'a>(request: &'a Request, surface: &'a Surface, body: Option<&'a Value<'a>>) -> Cow<'a, str> {
    let model = || body.and_then(|body| body.get("model").as_str()).map(Cow::Borrowed);
    match surface {
        Surface::Deployment(name) => Cow::Borrowed(name),
        Surface::Inference if body.is_none() => request.query_parameter("model").unwrap_or_default(),
        _ => model().unwrap_or_default(),
    }
}
