//! The cloud, and how a request goes through it: where it leads, whether it is valid, its turn, its answer.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json_borrow::Value;

use super::call::Call;
use super::chat_request::ChatRequest;
use super::completions::{self, CompletionsRequest};
use super::config::CloudConfig;
use super::embeddings::EmbeddingsRequest;
use super::errors::{self, ErrorKind, Refusal};
use super::identity::Directory;
use super::json;
use super::ledger::{Asked, Ledger, Place, Turn};
use super::model::Family;
use super::options::CloudOptions;
use super::prepared::Rule;
use super::reply::Reply;
use super::request::Request;
use super::responses::{self, ResponsesRequest, Stored, View};
use super::route::Operation;
use super::script::{ChatReply, ScriptedReply};
use super::target::Target;
use super::tokens::{self, TokenSpec};
use super::topology::{Destination, Topology};
use super::{chat, embeddings, models};

const NOT_JSON: &str = "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The API expects a JSON payload, but what was sent was not valid JSON.)";

/// A fake Azure OpenAI cloud: what it consists of, which never changes, and what requests change. Any number of threads
/// may ask it.
///
/// The same configuration, scripts and requests in the same order give the same replies, byte for byte, but for what
/// depends on the time given to [`Cloud::set_now`]: the tokens that identity endpoints issue, and quotas.
///
/// ```
/// use azure_openai_mock::{ChatReply, Cloud, CloudConfig};
///
/// let cloud = Cloud::new(CloudConfig::sample());
/// cloud.script("chat-prod", ChatReply::text("It is 18 °C in Oslo.").into());
/// assert_eq!(cloud.scripts_left("chat-prod"), 1);
/// ```
#[derive(Debug)]
pub struct Cloud {
    topology: Topology,
    ledger: Mutex<Ledger>,
    /// Seconds since 1970.
    now: AtomicU64,
}

impl Cloud {
    /// A cloud at its beginning. Its clock stands at the configuration's epoch.
    pub fn new(config: CloudConfig) -> Self {
        Self::with_options(config, CloudOptions::default())
    }

    /// A cloud at its beginning that behaves as told.
    pub fn with_options(config: CloudConfig, options: CloudOptions) -> Self {
        let now = AtomicU64::new(config.epoch);
        Self { topology: Topology::new(config, options), ledger: Mutex::default(), now }
    }

    /// Sets the clock that tokens are issued and expire by, and quotas are counted by, in seconds since 1970. Nothing
    /// else depends on it. Edges that serve real identity libraries, which compare with the real clock, set it before
    /// every request.
    pub fn set_now(&self, now: u64) {
        self.now.store(now, Ordering::Relaxed);
    }

    /// What the cloud consists of.
    pub fn config(&self) -> &CloudConfig {
        &self.topology.config
    }

    /// Queues a reply for a deployment. Each request to it that passes routing, sign-in, validation and quota takes one
    /// from the front; when there is none, the cloud makes up an answer.
    pub fn script(&self, deployment: &str, reply: ScriptedReply) {
        self.ledger().script(deployment, reply);
    }

    /// Keeps replies of a deployment for the requests that hold a text: some string of the body must be the text. They come
    /// before those of [`Cloud::script`]. When several requests come at the same time, each gets the reply meant for it,
    /// with ids that do not depend on who came first.
    pub fn script_for(&self, deployment: &str, text: &str, replies: Vec<ScriptedReply>) {
        self.ledger().reserve(deployment, text, replies);
    }

    /// Adds a rule. Rules come after the replies of [`Cloud::script`] and [`Cloud::script_for`], in the order in which
    /// they were added; when none of them has an answer, the cloud makes one up.
    pub fn answer(&self, rule: Rule) {
        self.ledger().add(rule);
    }

    /// Forgets everything that happened and everything that was prepared: the cloud is at its beginning.
    pub fn reset(&self) {
        *self.ledger() = Ledger::default();
    }

    /// How many scripted replies of a deployment are still waiting, those kept for a text left aside.
    pub fn scripts_left(&self, deployment: &str) -> usize {
        self.ledger().scripts_left(deployment)
    }

    /// Drops all rules and all scripted replies that are still waiting.
    pub fn clear_scripts(&self) {
        self.ledger().clear_scripts();
    }

    /// Whether the cloud answers for a host: its resources, its serverless endpoints, the login hosts, the metadata
    /// address, and this machine.
    pub fn owns(&self, host: &str, _port: u16) -> bool {
        self.topology.owns(host)
    }

    /// A token that this cloud accepts, for clients that bring their own.
    pub fn issue_token(&self, spec: TokenSpec) -> String {
        let ordinal = self.ledger().count_token();
        tokens::issue(self.topology.seed, spec, ordinal)
    }

    /// Answers a request. Never panics, whatever the request.
    pub fn reply(&self, request: &Request) -> Reply {
        let owned;
        let mut body = serde_json::from_slice::<Value>(&request.body).ok();
        if body.as_ref().is_some_and(json::repeats) {
            // Which of the fields with one name counts is another library's to say: the last one, everywhere.
            owned = serde_json::from_slice::<serde_json::Value>(&request.body).unwrap_or_default();
            body = Some(Value::from(&owned));
        }
        let body = body.as_ref();
        let now = self.now.load(Ordering::Relaxed);
        match self.topology.find(request, body, now) {
            Destination::SignIn(endpoint) => {
                let Place { ordinal, latest } = self.ledger().count_sign_in();
                let Topology { config, options, seed, .. } = &self.topology;
                let date = config.epoch.saturating_add(latest);
                endpoint(&Directory { config, sign_in: &options.sign_in, seed: *seed, now, ordinal, date }, request)
            }
            Destination::Refused(target, kind) => errors::reply(&self.call(target), kind),
            Destination::Models(target, resource, id) => {
                models::of_resource(&self.call(target), self.config(), resource, id.as_deref())
            }
            Destination::Stored(target, verb) => {
                let visit = self.ledger().responses.visit(&verb);
                visit.reply(&self.call(target), view(request))
            }
            Destination::Info(target, provider) => models::info(&self.call(target), provider),
            Destination::Model(target) => self.model(target, body, now),
        }
    }

    /// A request for a deployment that exists, by somebody who may use it.
    fn model(&self, target: Target, body: Option<&Value>, now: u64) -> Reply {
        let (request, body) = match read(&target, body) {
            Ok(read) => read,
            Err(refusal) => return refusal.reply(&self.call(target)),
        };
        // Counting costs: only where somebody keeps account.
        let charged = target.served.quota.map_or(0, |_| request.charged(&target));
        let asked = Asked {
            served: &target.served,
            operation: &target.operation,
            body,
            previous: request.previous(),
            beginnings: request.beginnings(),
            charged,
            now,
        };
        let turn = self.ledger().admit(&asked);
        let Turn { place, carried, known_texts, rates, .. } = turn;
        let call = Call { carried, known_texts, rates, ..Call::new(target, place) };
        let (reply, used, stored) = match turn.script {
            Err(refusal) => return refusal.reply(&call),
            Ok(Some(ScriptedReply::Error(error))) => (errors::scripted(&call, &error), 0, None),
            Ok(Some(ScriptedReply::Raw(raw))) => (raw.reply(), 0, None),
            Ok(script) => answer(&call, &request, script),
        };
        if call.target.served.quota.is_some() || stored.is_some() {
            self.ledger().settle(&call.target.served, charged, used, stored);
        }
        reply
    }

    /// The call of a request that takes nothing from the ledger but its turn.
    fn call(&self, target: Target) -> Call {
        let place = self.ledger().count(&target.served.name);
        Call::new(target, place)
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // A panic elsewhere leaves no half-written state here worth dying for.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request whose body was read.
enum Parsed<'a> {
    Chat(ChatRequest),
    Completions(CompletionsRequest),
    Embeddings(EmbeddingsRequest<'a>),
    Responses(Box<ResponsesRequest>),
}

impl Parsed<'_> {
    /// Tokens that the service charges at admission.
    fn charged(&self, target: &Target) -> u64 {
        match self {
            Self::Chat(request) => request.charged(),
            Self::Completions(request) => request.charged(),
            Self::Embeddings(request) => request.tokens(target.model()),
            Self::Responses(request) => request.charged(),
        }
    }

    /// Hashes of the beginnings of its prompt, where prompts are cached.
    fn beginnings(&self) -> Vec<u64> {
        match self {
            Self::Chat(request) => request.prompt.beginnings(),
            Self::Responses(request) => request.prompt.beginnings(),
            Self::Completions(_) | Self::Embeddings(_) => Vec::new(),
        }
    }

    /// The response that it goes on from.
    fn previous(&self) -> Option<&str> {
        match self {
            Self::Responses(request) => request.previous.as_deref(),
            Self::Chat(_) | Self::Completions(_) | Self::Embeddings(_) => None,
        }
    }
}

/// How a client wants to see a response that was made before.
fn view(request: &Request) -> View {
    let parameter = |name| request.query_parameter(name);
    if parameter("stream").as_deref() != Some("true") {
        return View::Object;
    }
    View::Events(parameter("starting_after").and_then(|number| number.parse().ok()))
}

/// Reads a body as the operation wants it.
fn read<'a>(target: &Target, body: Option<&'a Value<'a>>) -> Result<(Parsed<'a>, &'a Value<'a>), Refusal> {
    let body = body.filter(|body| body.is_object()).ok_or_else(|| Refusal::invalid(NOT_JSON, None, None))?;
    let embeds = target.model().family == Family::Embedding;
    let able = match target.operation {
        Operation::Embeddings => embeds,
        Operation::Completions => target.model().completes,
        Operation::Responses(_) => !embeds && target.model().is_openai,
        Operation::Chat | Operation::Models(_) | Operation::Info => target.model().converses,
    };
    if !able {
        return Err(ErrorKind::OperationNotSupported.into());
    }
    let parsed = match target.operation {
        Operation::Embeddings => Parsed::Embeddings(EmbeddingsRequest::parse(target, body)?),
        Operation::Completions => Parsed::Completions(CompletionsRequest::parse(target, body)?),
        Operation::Responses(_) => Parsed::Responses(Box::new(ResponsesRequest::parse(target, body)?)),
        Operation::Chat | Operation::Models(_) | Operation::Info => Parsed::Chat(ChatRequest::parse(target, body)?),
    };
    Ok((parsed, body))
}

/// The reply, the tokens it took, and what is to be kept of it. A script of another kind than the request is used up
/// without effect.
fn answer(call: &Call, request: &Parsed<'_>, script: Option<ScriptedReply>) -> (Reply, u64, Option<Stored>) {
    let filter = call.target.served.filter;
    let (reply, used) = match request {
        Parsed::Chat(request) => chat::reply(call, request, of_chat(script), filter),
        Parsed::Completions(request) => completions::reply(call, request, of_chat(script), filter),
        Parsed::Embeddings(request) => {
            let script = match script {
                Some(ScriptedReply::Embeddings(script)) => Some(script),
                _ => None,
            };
            embeddings::reply(call, request, script)
        }
        Parsed::Responses(request) => {
            let script = match script {
                Some(ScriptedReply::Response(script)) => Some(script),
                Some(ScriptedReply::Chat(script)) => Some(responses::of_chat(script)),
                _ => None,
            };
            let created = responses::create(call, request, script, filter);
            return (created.reply, created.tokens, created.stored);
        }
    };
    (reply, used, None)
}

fn of_chat(script: Option<ScriptedReply>) -> Option<ChatReply> {
    match script {
        Some(ScriptedReply::Chat(script)) => Some(script),
        _ => None,
    }
}
