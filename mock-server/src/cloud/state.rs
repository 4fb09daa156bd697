//! The cloud: its configuration, its counters, its scripts, and the one function that answers.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;
use http::StatusCode;
use serde_json::Value;

use super::call::Call;
use super::chat_request::ChatRequest;
use super::config::{CloudConfig, Deployment, Resource};
use super::errors::{self, ErrorKind};
use super::headers::{self, Content};
use super::identity::{AUTHORITIES, Directory, METADATA_HOST, app_service, entra, imds};
use super::ids::Seed;
use super::json::{Json, object};
use super::options::CloudOptions;
use super::reply::{Reply, ReplyBody};
use super::request::{Request, is_loopback};
use super::route::{Operation, Route, Surface, route};
use super::script::ScriptedReply;
use super::tokens::{self, TokenSpec};
use super::{auth, chat, embeddings, model};

/// A fake Azure OpenAI cloud. Pure: the same configuration, scripts and requests give the same replies, byte for byte,
/// but for the tokens that identity endpoints issue, which carry the time given to [`Cloud::set_now`].
#[derive(Debug)]
pub struct Cloud {
    config: CloudConfig,
    options: CloudOptions,
    seed: Seed,
    now: u64,
    scripts: HashMap<String, VecDeque<ScriptedReply>>,
    /// Requests per deployment; refused ones count under the empty name.
    served: HashMap<String, u64>,
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
        Self {
            options,
            seed: Seed(config.seed),
            now: config.epoch,
            scripts: HashMap::new(),
            served: HashMap::new(),
            identity_requests: 0,
            tokens_issued: 0,
            config,
        }
    }

    /// Sets the clock that tokens are issued and expire by, in seconds since 1970. Nothing else depends on it. Edges that
    /// serve real identity libraries, which compare with the real clock, set it before every request.
    pub fn set_now(&mut self, now: u64) {
        self.now = now;
    }

    /// What the cloud consists of.
    pub fn config(&self) -> &CloudConfig {
        &self.config
    }

    /// Queues a reply for a deployment. Each request to it that passes routing, sign-in and validation takes one from the
    /// front; when there is none, the cloud makes up an answer.
    pub fn script(&mut self, deployment: &str, reply: ScriptedReply) {
        self.scripts.entry(deployment.to_owned()).or_default().push_back(reply);
    }

    /// How many scripted replies of a deployment are still waiting.
    pub fn scripts_left(&self, deployment: &str) -> usize {
        self.scripts.get(deployment).map_or(0, VecDeque::len)
    }

    /// Drops all scripted replies that are still waiting.
    pub fn clear_scripts(&mut self) {
        self.scripts.clear();
    }

    /// Whether the cloud answers for a host: its resources, the login hosts, the metadata address, and this machine.
    pub fn owns(&self, host: &str, _port: u16) -> bool {
        is_loopback(host) || host == METADATA_HOST || is_authority(host) || self.resource_of_host(host).is_some()
    }

    /// A token that this cloud accepts, for clients that bring their own.
    pub fn issue_token(&mut self, spec: TokenSpec) -> String {
        self.tokens_issued += 1;
        // Counted from the far end, so that it never meets an ordinal of the identity endpoints.
        tokens::issue(self.seed, spec, u64::MAX - self.tokens_issued)
    }

    /// Answers a request. Never panics, whatever the request.
    pub fn reply(&mut self, request: &Request) -> Reply {
        if let Some(reply) = self.identity_reply(request) {
            return reply;
        }
        let surface = match route(request) {
            Route::Serve(operation, surface) => Ok((operation, surface)),
            Route::UnsupportedVersion => Err(ErrorKind::UnsupportedApiVersion),
            Route::Unknown => Err(ErrorKind::ResourceNotFound),
        };
        let (operation, surface) = match surface {
            Ok(served) => served,
            Err(kind) => {
                return errors::reply(&self.gateway_call(request, Operation::Models), kind);
            }
        };
        let body = serde_json::from_slice::<Value>(&request.body).ok();
        let name = deployment_name(&surface, body.as_ref());
        let Some(resource) = self.resource(request, &name).cloned() else {
            return errors::reply(&self.gateway_call(request, operation), ErrorKind::Unauthorized);
        };
        if let Err(kind) = auth::check(self.seed, self.now, request, &resource, &surface) {
            return errors::reply(&self.gateway_call(request, operation), kind);
        }
        if operation == Operation::Models {
            let call = self.gateway_call(request, operation);
            return models(&call, &self.config, &resource);
        }
        let deployment =
            self.config.deployments.iter().find(|known| known.resource == resource.name && known.name == name);
        let Some(deployment) = deployment.cloned() else {
            return errors::reply(&self.gateway_call(request, operation), ErrorKind::DeploymentNotFound);
        };
        let call = self.call(request, operation, &resource, &deployment, surface == Surface::V1);
        match body {
            Some(body) if body.is_object() => self.serve(&call, &deployment, &body),
            _ => errors::invalid_request(
                &call,
                "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The API expects a JSON payload, but what was sent was not valid JSON.)",
                None,
                None,
            ),
        }
    }

    fn serve(&mut self, call: &Call, deployment: &Deployment, body: &Value) -> Reply {
        let embeds = model::family(&deployment.model) == model::Family::Embedding;
        if embeds != (call.operation == Operation::Embeddings) {
            return wrong_operation(call);
        }
        let request = match call.operation {
            Operation::Embeddings => None,
            _ => match ChatRequest::parse(call, body) {
                Ok(request) => Some(request),
                Err(refusal) => return *refusal,
            },
        };
        let script = self.scripts.get_mut(&deployment.name).and_then(VecDeque::pop_front);
        match (request, script) {
            (_, Some(ScriptedReply::Error(error))) => errors::scripted(call, &error),
            (Some(request), Some(ScriptedReply::Chat(script))) => {
                chat::reply(call, &request, Some(script), deployment.filter)
            }
            (Some(request), _) => chat::reply(call, &request, None, deployment.filter),
            (None, Some(ScriptedReply::Embeddings(script))) => embeddings::reply(call, body, Some(script)),
            (None, _) => embeddings::reply(call, body, None),
        }
    }

    /// Answers when the request is for a login host or a metadata endpoint.
    fn identity_reply(&mut self, request: &Request) -> Option<Reply> {
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let local = request.is_loopback() || request.host == METADATA_HOST;
        let endpoint: fn(&Directory<'_>, &Request) -> Reply = match segments.as_slice() {
            _ if is_authority(&request.host) => entra::reply,
            ["metadata", "identity", "oauth2", "token"] if local => imds::reply,
            ["msi", "token"] if local => app_service::reply,
            _ => return None,
        };
        let ordinal = self.identity_requests;
        self.identity_requests += 1;
        let directory = Directory { config: &self.config, seed: self.seed, now: self.now, ordinal };
        Some(endpoint(&directory, request))
    }

    fn resource_of_host(&self, host: &str) -> Option<&Resource> {
        self.config.resources.iter().find(|resource| resource.answers_for(host))
    }

    /// The resource that a request is for. On a loopback host, where no name says so, it is the one with the deployment,
    /// or else the first.
    fn resource(&self, request: &Request, deployment: &str) -> Option<&Resource> {
        if !request.is_loopback() {
            return self.resource_of_host(&request.host);
        }
        let home = self.config.deployments.iter().find(|known| known.name == deployment).map(|known| &known.resource);
        let resources = &self.config.resources;
        home.and_then(|home| resources.iter().find(|resource| resource.name == *home)).or_else(|| resources.first())
    }

    fn next_ordinal(&mut self, deployment: &str) -> u64 {
        let count = self.served.entry(deployment.to_owned()).or_default();
        let ordinal = *count;
        *count += 1;
        ordinal
    }

    /// The call of a request that never gets to a deployment.
    fn gateway_call(&mut self, request: &Request, operation: Operation) -> Call {
        let ordinal = self.next_ordinal("");
        let region = self.resource(request, "").map(Resource::region_display_name).unwrap_or_default();
        Call {
            seed: self.seed,
            ordinal,
            time: self.config.epoch.saturating_add(ordinal),
            region,
            foundry: request.host.ends_with(".services.ai.azure.com"),
            deployment: String::new(),
            model: String::new(),
            operation,
            client_request_id: client_request_id(request),
            api_version: request.query_parameter("api-version"),
        }
    }

    fn call(
        &mut self,
        request: &Request,
        operation: Operation,
        resource: &Resource,
        deployment: &Deployment,
        v1: bool,
    ) -> Call {
        let ordinal = self.next_ordinal(&deployment.name);
        Call {
            seed: self.seed,
            ordinal,
            time: self.config.epoch.saturating_add(ordinal),
            region: resource.region_display_name(),
            foundry: request.host.ends_with(".services.ai.azure.com"),
            deployment: deployment.name.clone(),
            model: deployment.model.clone(),
            operation,
            client_request_id: client_request_id(request),
            api_version: request.query_parameter("api-version").filter(|_| !v1),
        }
    }
}

fn client_request_id(request: &Request) -> Option<String> {
    request.header("x-ms-client-request-id").map(str::to_owned)
}

fn is_authority(host: &str) -> bool {
    AUTHORITIES.iter().any(|known| host.eq_ignore_ascii_case(known))
}

fn deployment_name(surface: &Surface, body: Option<&Value>) -> String {
    match surface {
        Surface::Deployment(name) => name.clone(),
        Surface::V1 => {
            let model = body.and_then(|body| body.get("model")).and_then(Value::as_str);
            model.unwrap_or_default().to_owned()
        }
        Surface::Account => String::new(),
    }
}

fn wrong_operation(call: &Call) -> Reply {
    let operation = if call.operation == Operation::Embeddings { "embeddings" } else { "chatCompletion" };
    let message = format!(
        "The {operation} operation does not work with the specified model, {}. Please choose different model and try again. You can learn more about which models can be used with each operation here: https://go.microsoft.com/fwlink/?linkid=2197993.",
        model::without_date(&call.model)
    );
    let error = object([("code", "OperationNotSupported".into()), ("message", message.into())]);
    json_reply(call, StatusCode::BAD_REQUEST, &object([("error", error)]))
}

/// The models that a resource could deploy: those that it did deploy.
fn models(call: &Call, config: &CloudConfig, resource: &Resource) -> Reply {
    let data = config
        .deployments
        .iter()
        .filter(|deployment| deployment.resource == resource.name)
        .map(|deployment| {
            let embeds = model::family(&deployment.model) == model::Family::Embedding;
            let capabilities = object([
                ("fine_tune", false.into()),
                ("inference", true.into()),
                ("completion", false.into()),
                ("chat_completion", (!embeds).into()),
                ("embeddings", embeds.into()),
            ]);
            object([
                ("status", "succeeded".into()),
                ("capabilities", capabilities),
                ("lifecycle_status", "generally-available".into()),
                ("id", (&deployment.model).into()),
                ("object", "model".into()),
                ("created_at", config.epoch.into()),
            ])
        })
        .collect();
    json_reply(call, StatusCode::OK, &object([("data", Json::List(data)), ("object", "list".into())]))
}

fn json_reply(call: &Call, status: StatusCode, body: &Json) -> Reply {
    let body = body.compact();
    Reply {
        status,
        reason: None,
        headers: headers::ordered(headers::gateway(call, Content::Json(body.len()))),
        body: ReplyBody::Whole(Bytes::from(body)),
        delay: std::time::Duration::ZERO,
    }
}
