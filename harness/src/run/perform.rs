//! One cell: open, steps with a flush boundary after each, close. Gives a capture.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::performer::{Performed, refusal, run, run_all};
use super::slot::Slot;
use crate::drive::WorkerFault;
use crate::judge::{Boundary, Capture, NamedText, Secret, Section};
use crate::live;
use crate::matrix::{Axes, PlannedCell};
use crate::protocol::{
    AuthRequest, BranchRequest, GroupRequest, OpenRequest, Outcome, ResourceEndpoint, StepRequest, WorkerRequest,
    seconds,
};
use crate::scenario::StepId;
use crate::scenario::{AuthMode, Call, ChatApi, Part, PlannedParallel, PlannedStep, Scenario};
use crate::telemetry::Telemetry;
use crate::wire::{self, Compared, Route, TokenKind, WireExchange, secrets};

/// How performing a cell ended.
pub(super) enum Ending {
    /// It was performed.
    Captured(Box<Captured>),
    /// The performer, or a live service, cannot do something that the scenario asks for.
    Skipped(String),
    /// The performer refused the cell before it began, and is as it was.
    Refused(String),
    /// A live service did not play its part.
    Unserved(String),
}

/// Why the rest of a cell is not performed.
enum Stop {
    Skipped(String),
    Unserved(String),
}

/// What performing a cell gave.
pub(super) struct Captured {
    pub(super) capture: Capture,
    /// Texts that must hold no secret either: received bodies, and what the worker wrote to its standard error.
    pub(super) texts: Vec<NamedText>,
    /// Every secret that was in play.
    pub(super) secrets: Vec<Secret>,
    /// Live answers, each with the mock's.
    pub(super) compared: Vec<Compared>,
    /// How long the application waited for each step that it took alone.
    pub(super) took: BTreeMap<StepId, Duration>,
    /// The port of this machine that the application called, if it did.
    pub(super) loopback: Option<u16>,
    /// The port of the tap, which is another in every run.
    pub(super) tap_port: u16,
}

/// Performs the cell on a slot; `routes` is where its live calls go, if it is a live one. After an error the slot is
/// spoiled.
pub(super) async fn perform(
    cell: &PlannedCell,
    slot: &mut Slot,
    routes: Option<Vec<Route>>,
) -> Result<Ending, WorkerFault> {
    let file = cell.scenario.file();
    slot.service.begin(wire::cloud_config(file), wire::cloud_options(file), wire::prefixes(file));
    let is_live = routes.is_some();
    slot.service.route(routes.unwrap_or_default());
    let open = open_request(cell, &slot.service, slot.tap_port());
    if let Some(reason) = refusal(&mut *slot.performer, WorkerRequest::Open(open)).await? {
        return Ok(Ending::Refused(reason));
    }
    let mut cell_run = CellRun {
        slot,
        scenario: &cell.scenario,
        capture: Capture::default(),
        raw: Vec::new(),
        is_live,
        took: BTreeMap::new(),
    };
    match cell_run.perform(cell).await? {
        Some(Stop::Skipped(reason)) => Ok(Ending::Skipped(reason)),
        Some(Stop::Unserved(reason)) => Ok(Ending::Unserved(reason)),
        None => Ok(Ending::Captured(Box::new(cell_run.finish()))),
    }
}

struct CellRun<'a> {
    slot: &'a mut Slot,
    scenario: &'a Scenario,
    capture: Capture,
    raw: Vec<bytes::Bytes>,
    is_live: bool,
    took: BTreeMap<StepId, Duration>,
}

impl CellRun<'_> {
    /// The steps and the end; `Some` is the reason why the scenario cannot be performed.
    async fn perform(&mut self, cell: &PlannedCell) -> Result<Option<Stop>, WorkerFault> {
        for part in self.scenario.parts() {
            let (opens, closes) = match &part {
                Part::Step(step) => (step.group.filter(|_| step.opens_group), step.group.filter(|_| step.closes_group)),
                Part::Parallel(parallel) => (parallel.opens, parallel.closes),
            };
            if let Some(group) = opens
                && let Some(reason) = self.refusal(WorkerRequest::GroupOpen(GroupRequest::of(group))).await?
            {
                return Ok(Some(Stop::Skipped(reason)));
            }
            let refused = match part {
                Part::Step(step) => self.step(cell, step).await?,
                Part::Parallel(parallel) => self.parallel(cell, &parallel).await?,
            };
            if refused.is_some() {
                return Ok(refused);
            }
            if let Some(group) = closes {
                if let Some(reason) = self.refusal(WorkerRequest::GroupClose).await? {
                    return Ok(Some(Stop::Skipped(reason)));
                }
                self.boundary(Boundary::Group(group.id.clone()), None).await?;
            }
        }
        self.refusal(WorkerRequest::Close).await?;
        self.boundary(Boundary::Close, None).await?;
        Ok(None)
    }

    async fn refusal(&mut self, request: WorkerRequest) -> Result<Option<String>, WorkerFault> {
        refusal(&mut *self.slot.performer, request).await
    }

    async fn step(&mut self, cell: &PlannedCell, step: PlannedStep<'_>) -> Result<Option<Stop>, WorkerFault> {
        if let Some(reply) = &step.step.reply {
            let replies = match reply.scripted(response_id(cell, step)) {
                Ok(replies) => replies,
                Err(mistake) => return Ok(Some(Stop::Unserved(mistake.to_string()))),
            };
            self.slot.service.script(step.call.deployment(), replies);
        }
        let mut request = StepRequest::of(self.scenario, step);
        if self.is_live {
            request = match live::with_live_ids(request, self.scenario, &self.capture) {
                Ok(request) => request,
                Err(reason) => return Ok(Some(Stop::Skipped(reason))),
            };
        }
        let asked = Instant::now();
        match run(&mut *self.slot.performer, request).await? {
            Performed::Skip(reason) => Ok(Some(Stop::Skipped(reason))),
            Performed::Outcome(outcome) => {
                self.took.insert(step.step.step_id(), asked.elapsed());
                self.boundary(Boundary::Step(step.step.step_id()), Some(outcome)).await?;
                Ok(self.off_script(step))
            }
        }
    }

    /// Whether a live service did not play its part in a step that was performed.
    fn off_script(&self, step: PlannedStep<'_>) -> Option<Stop> {
        let section = self.capture.step(&step.step.step_id()).filter(|_| self.is_live)?;
        let refused = self.slot.service.take_problem().or_else(|| live::refused(step, section));
        refused.map(Stop::Unserved).or_else(|| live::answered_otherwise(step, section).map(Stop::Skipped))
    }

    /// Several steps at the same time, with one flush boundary behind them all. The wire tells whose exchange is whose; whose
    /// telemetry is whose, the judge finds out.
    async fn parallel(
        &mut self,
        cell: &PlannedCell,
        parallel: &PlannedParallel<'_>,
    ) -> Result<Option<Stop>, WorkerFault> {
        let steps: Vec<PlannedStep<'_>> = parallel.branches.iter().flat_map(|branch| branch.steps.clone()).collect();
        for step in &steps {
            if let (Some(reply), Some(marker)) = (&step.step.reply, step.step.marker()) {
                let replies = match reply.scripted(response_id(cell, *step)) {
                    Ok(replies) => replies,
                    Err(mistake) => return Ok(Some(Stop::Unserved(mistake.to_string()))),
                };
                self.slot.service.script_for(step.call.deployment(), marker, replies);
            }
        }
        let branches = parallel.branches.iter().map(|branch| BranchRequest::of(self.scenario, branch)).collect();
        let mut outcomes = match run_all(&mut *self.slot.performer, branches).await? {
            Performed::Skip(reason) => return Ok(Some(Stop::Skipped(reason))),
            Performed::Outcome(outcomes) => outcomes,
        };
        let flushed = self.slot.performer.flush().await?;
        let boundary = Boundary::Parallel(parallel.parallel.id.clone());
        self.slot.quiesce(&boundary, outcomes.values()).await?;
        self.raw.extend(flushed.raw);
        let (own, rest) = by_step(&steps, self.slot.service.take_exchanges());
        self.capture.sections.push(Section {
            boundary,
            telemetry: flushed.telemetry,
            outcome: None,
            exchanges: rest,
            spans_started: flushed.spans_started,
            spans_ended: flushed.spans_ended,
        });
        let empty = |boundary, outcome, exchanges| Section {
            boundary,
            telemetry: Telemetry::default(),
            outcome,
            exchanges,
            spans_started: 0,
            spans_ended: 0,
        };
        let mut own = own.into_iter();
        for branch in &parallel.branches {
            for step in &branch.steps {
                let outcome = outcomes.remove(&step.step.id);
                let exchanges = own.next().unwrap_or_default();
                self.capture.sections.push(empty(Boundary::Step(step.step.step_id()), outcome, exchanges));
            }
            if let Some(group) = branch.group {
                self.capture.sections.push(empty(Boundary::Group(group.id.clone()), None, Vec::new()));
            }
        }
        Ok(steps.into_iter().find_map(|step| self.off_script(step)))
    }

    async fn boundary(&mut self, boundary: Boundary, outcome: Option<Outcome>) -> Result<(), WorkerFault> {
        let flushed = self.slot.performer.flush().await?;
        self.slot.quiesce(&boundary, &outcome).await?;
        self.raw.extend(flushed.raw);
        self.capture.sections.push(Section {
            boundary,
            telemetry: flushed.telemetry,
            outcome,
            exchanges: self.slot.service.take_exchanges(),
            spans_started: flushed.spans_started,
            spans_ended: flushed.spans_ended,
        });
        Ok(())
    }

    fn finish(self) -> Captured {
        let mut secrets = fixed_secrets(self.scenario);
        secrets.extend(tokens(&self.capture));
        let named = |name: &str, text: String| NamedText { name: name.to_owned(), text };
        let is_loopback = |resource: &crate::scenario::Resource| resource.loopback.is_some();
        let called = self.scenario.file().azure.resources.values().any(is_loopback);
        let loopback = called.then(|| self.slot.tap_port());
        let mut texts = vec![named("worker log", self.slot.performer.take_stderr())];
        texts.extend(self.raw.iter().map(|body| named("export", String::from_utf8_lossy(body).into_owned())));
        let compared = self.slot.service.take_compared();
        Captured {
            tap_port: self.slot.tap_port(),
            capture: self.capture,
            texts,
            secrets,
            compared,
            took: self.took,
            loopback,
        }
    }
}

/// The exchanges of each of the steps, and those of none. A conversation that goes on holds the texts of its beginning, so
/// that the last step counts whose text a request holds.
fn by_step(steps: &[PlannedStep<'_>], exchanges: Vec<WireExchange>) -> (Vec<Vec<WireExchange>>, Vec<WireExchange>) {
    let mut own = vec![Vec::new(); steps.len()];
    let mut rest = Vec::new();
    for exchange in exchanges {
        let is_of = |step: &PlannedStep<'_>| step.step.marker().is_some_and(|marker| exchange.request_holds(marker));
        match steps.iter().rposition(is_of) {
            Some(step) => own[step].push(exchange),
            None => rest.push(exchange),
        }
    }
    (own, rest)
}

/// The id of a response. Instrumentors remember responses by their ids as long as their process lives, so that no two
/// cells may share one; a cell and its control must.
fn response_id(cell: &PlannedCell, step: PlannedStep<'_>) -> Option<String> {
    let is_response = matches!(step.call, Call::Chat(chat) if chat.api == ChatApi::Responses);
    is_response.then(|| {
        let Axes { auth, client } = cell.axes;
        let name = format!("{}/{}/{}/{}", cell.id.scenario, step.step.id, auth.as_str(), client.as_str());
        let mut id = "resp_".to_owned();
        for byte in name.bytes() {
            // Writing into a text cannot fail.
            let _ = write!(id, "{byte:02x}");
        }
        id
    })
}

fn open_request(cell: &PlannedCell, service: &wire::CellService, tap_port: u16) -> OpenRequest {
    let scenario = cell.scenario.file();
    let resources = scenario.azure.resources.iter().map(|(name, resource)| {
        let endpoint = wire::endpoint(name, resource, tap_port);
        (name.clone(), ResourceEndpoint { endpoint, key: key(cell.axes, name) })
    });
    let application = &scenario.application;
    OpenRequest {
        cell: cell.id.to_string(),
        client: cell.axes.client,
        library: application.client,
        api_version: scenario.azure.api_version.clone(),
        resources: resources.collect(),
        pinned_deployment: application.pinned_deployment.clone(),
        max_retries: application.max_retries,
        timeout_s: application.timeout_ms.map(seconds),
        auth: auth(cell.axes.auth, service),
        environment: environment(cell.axes.auth, tap_port),
    }
}

fn key(axes: Axes, resource: &str) -> Option<String> {
    match axes.auth {
        AuthMode::ApiKey => Some(secrets::resource_key(resource)),
        AuthMode::WrongKey => Some(secrets::WRONG_KEY.to_owned()),
        _ => None,
    }
}

const SCOPE: &str = "https://cognitiveservices.azure.com/.default";

fn auth(mode: AuthMode, service: &wire::CellService) -> AuthRequest {
    let scope = SCOPE.to_owned();
    let token = |kind| AuthRequest::EntraToken { token: service.issue_token(kind) };
    match mode {
        // Keys differ by resource and stand there.
        AuthMode::ApiKey | AuthMode::WrongKey => AuthRequest::ApiKey,
        AuthMode::EntraToken => token(TokenKind::Valid),
        AuthMode::ExpiredToken => token(TokenKind::Expired),
        AuthMode::WrongAudience => token(TokenKind::ForeignAudience),
        AuthMode::NoRole => token(TokenKind::WithoutRole),
        AuthMode::TokenProvider => AuthRequest::TokenProvider {
            tenant: secrets::TENANT.to_owned(),
            client_id: secrets::CLIENT_ID.to_owned(),
            client_secret: secrets::CLIENT_SECRET.to_owned(),
            scope,
        },
        AuthMode::ManagedIdentityImds => AuthRequest::ManagedIdentityImds { client_id: None, scope },
        AuthMode::ManagedIdentityAppService => AuthRequest::ManagedIdentityAppService { client_id: None, scope },
    }
}

/// What the platform puts into the environment of an application that signs in this way.
fn environment(mode: AuthMode, tap_port: u16) -> BTreeMap<String, String> {
    let tap = format!("http://127.0.0.1:{tap_port}");
    let variables = match mode {
        AuthMode::ManagedIdentityImds => vec![("AZURE_POD_IDENTITY_AUTHORITY_HOST", tap)],
        AuthMode::ManagedIdentityAppService => vec![
            ("IDENTITY_ENDPOINT", format!("{tap}/msi/token")),
            ("IDENTITY_HEADER", secrets::IDENTITY_HEADER.to_owned()),
        ],
        _ => Vec::new(),
    };
    variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn fixed_secrets(scenario: &Scenario) -> Vec<Secret> {
    let secret = |name: String, value: &str| Secret { name, value: value.to_owned() };
    let keys = scenario.file().azure.resources.keys();
    keys.map(|resource| secret(format!("key of {resource}"), &secrets::resource_key(resource)))
        .chain([
            secret("client secret".to_owned(), secrets::CLIENT_SECRET),
            secret("identity header".to_owned(), secrets::IDENTITY_HEADER),
            secret("wrong key".to_owned(), secrets::WRONG_KEY),
        ])
        .collect()
}

/// Every bearer token that went over the wire.
fn tokens(capture: &Capture) -> Vec<Secret> {
    let exchanges = capture.sections.iter().flat_map(|section| &section.exchanges);
    let headers = exchanges.flat_map(|exchange| &exchange.request_headers);
    let tokens: BTreeSet<&str> = headers
        .filter(|(name, _)| name == "authorization")
        .filter_map(|(_, value)| value.strip_prefix("Bearer "))
        .collect();
    tokens.into_iter().map(|token| Secret { name: "access token".to_owned(), value: token.to_owned() }).collect()
}

#[cfg(test)]
#[path = "protocol_tests.rs"]
mod tests;
