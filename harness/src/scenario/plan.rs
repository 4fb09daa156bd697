//! A checked scenario, and what the runner asks it.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Chat, Deployment, Embeddings, Feature, Group, Operation, ScenarioFile, Step, StreamFaultKind};
use crate::scenario::{ScenarioName, StepId};

/// A scenario without mistakes: every reference in it holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    name: ScenarioName,
    file: ScenarioFile,
    features: BTreeSet<Feature>,
}

/// What a step asks the service for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Call<'a> {
    /// A chat completion.
    Chat(&'a Chat),
    /// Embeddings.
    Embeddings(&'a Embeddings),
}

/// A step with its place in the scenario.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlannedStep<'a> {
    /// The step as it stands in the file.
    pub step: &'a Step,
    /// What it asks for.
    pub call: Call<'a>,
    /// The group it belongs to.
    pub group: Option<&'a Group>,
    /// Whether its group's span is opened before it.
    pub opens_group: bool,
    /// Whether its group's span is closed after it.
    pub closes_group: bool,
}

impl Scenario {
    pub(super) fn new(name: ScenarioName, file: ScenarioFile) -> Self {
        let mut scenario = Self { name, file, features: BTreeSet::new() };
        scenario.features = scenario.asked_features();
        scenario
    }

    /// The scenario's name, such as `tools/round-trip`.
    pub fn name(&self) -> &ScenarioName {
        &self.name
    }

    /// Everything that a client must have to perform this scenario.
    pub fn features(&self) -> &BTreeSet<Feature> {
        &self.features
    }

    /// The file as it was read.
    pub fn file(&self) -> &ScenarioFile {
        &self.file
    }

    /// The steps in the order in which they are performed.
    pub fn steps(&self) -> impl Iterator<Item = PlannedStep<'_>> {
        self.file.step.iter().filter_map(|step| {
            let group = self.group_of(&step.id);
            let is_end = |end: Option<&String>| end == Some(&step.id);
            Some(PlannedStep {
                step,
                // Checked when the scenario was parsed: no step is left out here.
                call: step.call()?,
                group,
                opens_group: group.is_some_and(|group| is_end(group.steps.first())),
                closes_group: group.is_some_and(|group| is_end(group.steps.last())),
            })
        })
    }

    /// A step by its id.
    pub fn step(&self, id: &StepId) -> Option<&Step> {
        self.file.step.iter().find(|step| step.id == id.as_str())
    }

    /// The group that a step belongs to.
    pub fn group_of(&self, step: &str) -> Option<&Group> {
        self.file.group_of(step)
    }

    /// A deployment by its name.
    pub fn deployment(&self, name: &str) -> Option<&Deployment> {
        self.file.azure.deployments.get(name)
    }

    /// Whether a step leaves a stream unread, which can disturb what follows in the same process: such a scenario gets
    /// a fresh worker.
    pub fn abandons_streams(&self) -> bool {
        self.file.step.iter().any(|step| step.chat.as_ref().is_some_and(|chat| chat.read.is_some()))
    }

    /// How long an application waits at the longest because the scenario says so: for an answer that is held back, between
    /// the chunks of a stream, before it tries again, until it gives up.
    pub fn longest_wait(&self) -> Duration {
        self.file.step.iter().map(|step| self.wait_of(step)).max().unwrap_or_default()
    }

    fn wait_of(&self, step: &Step) -> Duration {
        let Some(reply) = &step.reply else { return Duration::ZERO };
        let gaps = reply.chunks.as_ref().map_or(0, |chunks| chunks.len().saturating_sub(1));
        let paced = reply.chunk_gap_ms.unwrap_or(0).saturating_mul(u64::try_from(gaps).unwrap_or(u64::MAX));
        let retries = reply.preceded_by.iter().filter_map(|refusal| refusal.retry_after_ms).sum();
        let answered = if reply.fault == Some(StreamFaultKind::Stall) {
            u64::MAX
        } else {
            reply.delay_ms.unwrap_or(0).saturating_add(paced).saturating_add(retries)
        };
        // A client without a timeout of its own gives up after minutes.
        let timeout = step.chat.as_ref().and_then(|chat| chat.timeout_ms).or(self.file.application.timeout_ms);
        Duration::from_millis(answered.min(timeout.unwrap_or(u64::MAX)))
    }
}

impl Step {
    /// What the step asks for; `None` when it has no operation or two, which no checked scenario has.
    pub fn call(&self) -> Option<Call<'_>> {
        match (&self.chat, &self.embeddings) {
            (Some(chat), None) => Some(Call::Chat(chat)),
            (None, Some(embeddings)) => Some(Call::Embeddings(embeddings)),
            _ => None,
        }
    }

    /// The step's id as the other modules know it.
    pub fn step_id(&self) -> StepId {
        StepId::new(self.id.as_str())
    }
}

impl<'a> Call<'a> {
    /// The operation.
    pub fn operation(self) -> Operation {
        match self {
            Self::Chat(_) => Operation::Chat,
            Self::Embeddings(_) => Operation::Embeddings,
        }
    }

    /// The name of the deployment that is called.
    pub fn deployment(self) -> &'a str {
        match self {
            Self::Chat(chat) => &chat.deployment,
            Self::Embeddings(embeddings) => &embeddings.deployment,
        }
    }

    /// What the application passes as `model`: the deployment's name, unless the call names another.
    pub fn model(self) -> &'a str {
        let named = match self {
            Self::Chat(chat) => chat.model.as_deref(),
            Self::Embeddings(embeddings) => embeddings.model.as_deref(),
        };
        named.unwrap_or(self.deployment())
    }

    /// Whether a stream is asked for.
    pub fn is_stream(self) -> bool {
        matches!(self, Self::Chat(chat) if chat.stream)
    }
}
