//! The cloud: its configuration, its counters, its scripts, and the one function that answers.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use http::HeaderName;
use serde_json_borrow::Value;

use super::auth;
use super::call::Call;
use super::chat_fields::extra_parameters;
use super::config::{CloudConfig, Deployment, Resource};
use super::errors::{self, ErrorKind};
use super::host::{Place, place};
use super::identity::{self, Directory, is_authority};
use super::ids::Seed;
use super::models;
use super::options::CloudOptions;
use super::quota;
use super::reply::Reply;
use super::request::{Request, is_loopback};
use super::responses::Store;
use super::route::{Operation, ResponsesVerb, Route, Surface, route};
use super::script::{Reserved, ScriptedReply};
use super::serve;
use super::served::Served;
use super::tokens::{self, TokenSpec};

/// The caller's own id. Parsed once: it is looked for in every request.
static CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-client-request-id");

/// A fake Azure OpenAI cloud. Pure: the same configuration, scripts and requests give the same replies, byte for byte,
/// but for what depends on the time given to [`Cloud::set_now`]: the tokens that identity endpoints issue, and quotas.
#[derive(Debug)]
pub struct Cloud {
    pub(super) config: CloudConfig,
    pub(super) options: CloudOptions,
    pub(super) seed: Seed,
    /// The configuration's deployments, in its order.
    deployments: Vec<Arc<Served>>,
    /// The serverless endpoints of the options, in their order.
    endpoints: Vec<Arc<Served>>,
    pub(super) now: u64,
    pub(super) scripts: HashMap<String, VecDeque<ScriptedReply>>,
    pub(super) reserved: HashMap<String, Vec<Reserved>>,
    /// Requests per deployment; refused ones count under the empty name.
    served: BTreeMap<String, u64>,
    /// What deployments with a quota have used.
    pub(super) used: HashMap<String, quota::Usage>,
    pub(super) responses: Store,
    identity_requests: u64,
    tokens_issued: u64,
}

impl Cloud {
    /// A cloud at its beginning. Its clock stands at the configuration's epoch.
    pub fn new(config: CloudConfig) -> Self {
        Self::with_options(config, CloudOptions::default())
    }

    /// A cloud at its beginning that behaves as told.
    pub fn with_options(config: CloudConfig, options: CloudOptions) -> Self {
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
            now: config.epoch,
            scripts: HashMap::new(),
            reserved: HashMap::new(),
            served: BTreeMap::new(),
            used: HashMap::new(),
            responses: Store::default(),
            identity_requests: 0,
            tokens_issued: 0,
            config,
        }
    }

    /// Sets the clock that tokens are issued and expire by, and quotas are counted by, in seconds since 1970. Nothing
    /// else depends on it. Edges that serve real identity libraries, which compare with the real clock, set it before
    /// every request.
    pub fn set_now(&mut self, now: u64) {
        self.now = now;
    }

    /// What the cloud consists of.
    pub fn config(&self) -> &CloudConfig {
        &self.config
    }

    /// Queues a reply for a deployment. Each request to it that passes routing, sign-in, validation and quota takes one
    /// from the front; when there is none, the cloud makes up an answer.
    pub fn script(&mut self, deployment: &str, reply: ScriptedReply) {
        self.scripts.entry(deployment.to_owned()).or_default().push_back(reply);
    }

    /// Keeps replies of a deployment for the requests that hold a text: some string of the body must be the text. They come
    /// before those of [`Cloud::script`]. When several requests come at the same time, each gets the reply meant for it,
    /// with ids that do not depend on who came first.
    pub fn script_for(&mut self, deployment: &str, text: &str, replies: Vec<ScriptedReply>) {
        let served = self.served.entry(deployment.to_owned()).or_default();
        let first = *served;
        *served += replies.len() as u64;
        self.reserved.entry(deployment.to_owned()).or_default().push(Reserved::new(text, first, replies));
    }

    /// How many scripted replies of a deployment are still waiting, those kept for a text left aside.
    pub fn scripts_left(&self, deployment: &str) -> usize {
        self.scripts.get(deployment).map_or(0, VecDeque::len)
    }

    /// Drops all scripted replies that are still waiting.
    pub fn clear_scripts(&mut self) {
        self.scripts.clear();
        self.reserved.clear();
    }

    /// Whether the cloud answers for a host: its resources, its serverless endpoints, the login hosts, the metadata
    /// address, and this machine.
    pub fn owns(&self, host: &str, _port: u16) -> bool {
        is_loopback(host)
            || host == identity::METADATA_HOST
            || is_authority(host)
            || place(&self.config, &self.options, host).is_some()
    }

    /// A token that this cloud accepts, for clients that bring their own.
    pub fn issue_token(&mut self, spec: TokenSpec) -> String {
        self.tokens_issued += 1;
        // Counted from the far end, so that it never meets an ordinal of the identity endpoints.
        tokens::issue(self.seed, spec, u64::MAX - self.tokens_issued)
    }

    /// Answers a request. Never panics, whatever the request.
    pub fn reply(&mut self, request: &Request) -> Reply {
        serve::reply(&mut |work| work(self), request)
    }

    /// The first part of a reply: as far as a deployment, or an answer without one. `body` is the request's, parsed.
    pub(super) fn arrive(&mut self, request: &Request, body: Option<&Value>) -> Result<Call, Reply> {
        if let Some(reply) = self.identity_reply(request) {
            return Err(reply);
        }
        let place = place(&self.config, &self.options, &request.host);
        let refused = match route(request, place.kind(request)) {
            Route::Serve(operation, surface) => return self.routed(request, place, operation, &surface, body),
            Route::UnsupportedVersion => ErrorKind::UnsupportedApiVersion,
            Route::ResponsesTooOld => ErrorKind::ResponsesNeedNewerVersion,
            Route::MissingVersion => ErrorKind::MissingApiVersion,
            Route::Unknown => ErrorKind::ResourceNotFound,
        };
        Err(errors::reply(&self.gateway_call(request, Operation::Models(None)), refused))
    }

    /// A request whose path exists: is there a resource, and may the caller use it?
    fn routed(
        &mut self,
        request: &Request,
        place: Place,
        operation: Operation,
        surface: &Surface,
        body: Option<&Value>,
    ) -> Result<Call, Reply> {
        if *surface == Surface::Serverless {
            return self.serverless(request, &place, operation);
        }
        let name = deployment_name(request, surface, body);
        let opened = self.resource(request, &place, &name).ok_or(ErrorKind::Unauthorized).and_then(|resource| {
            let access = self.options.access.iter().find(|(name, _)| *name == resource.name).map(|(_, access)| *access);
            auth::check(self.seed, self.now, request, (&resource.keys, access), surface).map(|()| resource)
        });
        let resource = match opened {
            Ok(resource) => resource,
            Err(kind) => return Err(errors::reply(&self.gateway_call(request, operation), kind)),
        };
        match &operation {
            Operation::Models(id) => {
                let resource = resource.clone();
                let call = self.gateway_call(request, operation.clone());
                return Err(models::of_resource(&call, &self.config, &resource, id.as_deref()));
            }
            Operation::Responses(verb) if *verb != ResponsesVerb::Create => {
                let call = self.gateway_call(request, operation.clone());
                return Err(self.responses.reply(&call, verb));
            }
            _ => {}
        }
        let found = self.deployments.iter().find(|known| known.resource == resource.name && known.name == name);
        let Some(served) = found.cloned() else {
            return Err(errors::reply(&self.gateway_call(request, operation), ErrorKind::DeploymentNotFound));
        };
        let call = self.call(request, operation, served, surface);
        if call.operation == Operation::Info {
            return Err(models::info(&call, models::provider(&call.model().name)));
        }
        Ok(call)
    }

    /// A request to a host that is a model.
    fn serverless(&mut self, request: &Request, place: &Place, operation: Operation) -> Result<Call, Reply> {
        let endpoint =
            self.options.serverless.iter().zip(&self.endpoints).nth(place.serverless().unwrap_or(usize::MAX));
        let Some((endpoint, served)) = endpoint else {
            return Err(errors::reply(&self.gateway_call(request, operation), ErrorKind::ResourceNotFound));
        };
        let opened = auth::check(self.seed, self.now, request, (&endpoint.keys, None), &Surface::Serverless);
        if let Err(kind) = opened {
            return Err(errors::reply(&self.gateway_call(request, operation), kind));
        }
        let (served, provider) = (Arc::clone(served), endpoint.provider.clone());
        let call = self.call(request, operation, served, &Surface::Serverless);
        if call.operation == Operation::Info {
            return Err(models::info(&call, &provider));
        }
        Ok(call)
    }

    /// Answers when the request is for a login host or a metadata endpoint.
    fn identity_reply(&mut self, request: &Request) -> Option<Reply> {
        let endpoint = identity::endpoint(request, self.options.sign_in.arc.is_some())?;
        let ordinal = self.identity_requests;
        self.identity_requests += 1;
        let (config, sign_in) = (&self.config, &self.options.sign_in);
        Some(endpoint(&Directory { config, sign_in, seed: self.seed, now: self.now, ordinal }, request))
    }

    /// The resource that a request is for. On a loopback host, where no name says so, it is the one with the deployment,
    /// or else the first. On a region's host, it is the one whose key came.
    fn resource(&self, request: &Request, place: &Place, deployment: &str) -> Option<&Resource> {
        let resources = &self.config.resources;
        match place {
            Place::Resource(index) => resources.get(*index),
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

    fn next_ordinal(&mut self, deployment: &str) -> u64 {
        if let Some(count) = self.served.get_mut(deployment) {
            *count += 1;
            return *count - 1;
        }
        self.served.insert(deployment.to_owned(), 1);
        0
    }

    /// The call of a request that never gets to a deployment.
    fn gateway_call(&mut self, request: &Request, operation: Operation) -> Call {
        let place = place(&self.config, &self.options, &request.host);
        let nothing = Served::nothing(self.seed, self.resource(request, &place, ""));
        self.call(request, operation, nothing, &Surface::Account)
    }

    fn call(&mut self, request: &Request, operation: Operation, served: Arc<Served>, surface: &Surface) -> Call {
        let ordinal = self.next_ordinal(&served.name);
        let host = request.host.as_str();
        Call {
            seed: self.seed,
            ordinal,
            time: self.config.epoch.saturating_add(ordinal),
            foundry: host.contains(".services.ai."),
            inference: surface.infers(),
            serverless: *surface == Surface::Serverless,
            served,
            operation,
            client_request_id: request.header(&CLIENT_REQUEST_ID).map(str::to_owned),
            api_version: match surface {
                Surface::V1 => None,
                _ => request.query_parameter("api-version").map(Cow::into_owned),
            },
            pacing: self.options.pacing,
            rates: None,
            extra_parameters: if surface.infers() {
                extra_parameters(request, self.options.extra_parameters)
            } else {
                self.options.extra_parameters
            },
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
