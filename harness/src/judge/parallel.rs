//! What arrived for several steps at the same time, given to the steps that it belongs to.
//!
//! One flush boundary follows a block of parallel steps, so that telemetry says by its content only which step it is about: by the
//! answer's id, else by whatever else the wire knows. What belongs to no single step stays with the block.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::truth::MatchScore;
use super::view::model_requests;
use super::{Boundary, Capture, Section};
use crate::convention::{Concept, Convention, Evidence, Reading, Release};
use crate::scenario::StepId;
use crate::scenario::{Group, Operation, Parallel, ScenarioFile};
use crate::telemetry::{Span, SpanId, Telemetry, Value};

/// Moves the telemetry of every block to the sections of its steps and of the groups within it.
pub(crate) fn divide_parallel(
    capture: &mut Capture,
    scenario: &ScenarioFile,
    convention: &Convention,
    release: Option<&Release>,
) {
    for block in &scenario.parallel {
        let is_block = |section: &Section| matches!(&section.boundary, Boundary::Parallel(id) if *id == block.id);
        let Some(at) = capture.sections.iter().position(is_block) else { continue };
        let owners = Division { capture, scenario, block, convention, release, at }.owners();
        hand_out(capture, at, &owners);
    }
}

/// Sections by the spans that belong there.
type Owners = BTreeMap<SpanId, usize>;

/// Which step a span's answer came to.
enum Answered {
    /// The one with this section.
    Here(usize),
    /// One outside of the block.
    Elsewhere,
    /// None that is known.
    Unknown,
}

struct Division<'a> {
    capture: &'a Capture,
    scenario: &'a ScenarioFile,
    block: &'a Parallel,
    convention: &'a Convention,
    release: Option<&'a Release>,
    /// The position of the block's own section.
    at: usize,
}

impl<'a> Division<'a> {
    fn spans(&self) -> &'a [Span] {
        &self.capture.sections[self.at].telemetry.spans
    }

    fn position(&self, boundary: &Boundary) -> Option<usize> {
        self.capture.sections.iter().position(|section| section.boundary == *boundary)
    }

    /// The steps' sections.
    fn steps(&self) -> Vec<usize> {
        let boundaries = self.block.steps.iter().map(|step| Boundary::Step(StepId::new(step.as_str())));
        boundaries.filter_map(|boundary| self.position(&boundary)).collect()
    }

    fn owners(&self) -> Owners {
        let mut owners = Owners::new();
        let steps = self.steps();
        let mut doubtful = Vec::new();
        for span in self.spans() {
            let Some(operation) = self.convention.operation(span) else { continue };
            match self.answered(span) {
                Answered::Here(step) => {
                    owners.insert(span.id, step);
                }
                Answered::Elsewhere => {}
                Answered::Unknown => doubtful.push((span, operation)),
            }
        }
        self.by_match_score(doubtful, &steps, &mut owners);
        self.relatives(&mut owners);
        self.groups(&mut owners);
        owners
    }

    /// Whose answer's id the span has.
    fn answered(&self, span: &Span) -> Answered {
        let reading = self.convention.read(&Evidence::of_span(span), Concept::ResponseId, self.release);
        let Reading::Present { value, .. } = reading else { return Answered::Unknown };
        let Some(id) = value.as_str().filter(|id| !id.is_empty()) else { return Answered::Unknown };
        let has_it =
            |section: &Section| model_requests(section).any(|exchange| exchange.response_ids().any(|one| one == id));
        match self.capture.sections.iter().position(has_it) {
            Some(step) if self.steps().contains(&step) => Answered::Here(step),
            Some(_) => Answered::Elsewhere,
            None => Answered::Unknown,
        }
    }

    /// Spans without an id of an answer go to the step whose call they describe best, and no two to one step as long as
    /// there are others.
    fn by_match_score(&self, spans: Vec<(&'a Span, Operation)>, steps: &[usize], owners: &mut Owners) {
        if spans.is_empty() {
            return;
        }
        let facts: Vec<MatchScore> = steps.iter().filter_map(|step| self.score(*step)).collect();
        let mut spans: Vec<_> = spans.into_iter().map(|(span, operation)| (text(span), span, operation)).collect();
        // Of two that are equally like a step, the text decides, not who came first.
        spans.sort_by(|left, right| left.0.cmp(&right.0));
        let mut pairs = Vec::new();
        for (place, (_, span, operation)) in spans.iter().enumerate() {
            let said = MatchScore::said(&self.evidence(span), self.convention, self.release);
            for (facts, step) in facts.iter().zip(steps) {
                pairs.push((Reverse(facts.of(span, *operation, &said)), *step, place));
            }
        }
        pairs.sort_unstable();
        let mut taken: Vec<usize> = owners.values().copied().collect();
        let mut placed = vec![false; spans.len()];
        for (_, step, place) in &pairs {
            if !placed[*place] && !taken.contains(step) {
                placed[*place] = true;
                taken.push(*step);
                owners.insert(spans[*place].1.id, *step);
            }
        }
        // More spans than steps: a second one for some call.
        for (Reverse(score), step, place) in pairs {
            if !placed[place] && score > 0 {
                placed[place] = true;
                owners.insert(spans[place].1.id, step);
            }
        }
    }

    fn score(&self, at: usize) -> Option<MatchScore<'a>> {
        let section = &self.capture.sections[at];
        let Boundary::Step(id) = &section.boundary else { return None };
        let step = self.scenario.step.iter().find(|step| step.id == id.as_str())?;
        Some(MatchScore::new(step, section))
    }

    fn evidence(&self, span: &'a Span) -> Evidence<'a> {
        let logs = self.capture.sections[self.at].telemetry.logs.iter();
        Evidence {
            span,
            logs: logs.filter(|log| log.span == Some(span.id) && log.trace == Some(span.trace)).collect(),
            ancestors: Vec::new(),
        }
    }

    /// What is below a call belongs to its step; what is above calls of one step only, too.
    fn relatives(&self, owners: &mut Owners) {
        let by_id: BTreeMap<SpanId, &Span> = self.spans().iter().map(|span| (span.id, span)).collect();
        let parent = |span: &Span| span.parent.and_then(|parent| by_id.get(&parent).copied());
        let mut above: BTreeMap<SpanId, Vec<usize>> = BTreeMap::new();
        for span in self.spans() {
            let mut path = vec![span];
            while let Some(next) = parent(path[path.len() - 1]).filter(|_| path.len() <= by_id.len()) {
                path.push(next);
            }
            let Some(owner) = path.iter().find_map(|span| owners.get(&span.id)).copied() else { continue };
            for span in path {
                let known = above.entry(span.id).or_default();
                if !known.contains(&owner) {
                    known.push(owner);
                }
            }
        }
        let groups: Vec<&str> = self.inner_groups().map(|group| group.name.as_str()).collect();
        let is_group = |span: &Span| span.parent.is_none() && groups.contains(&span.name.as_str());
        for span in self.spans().iter().filter(|span| !is_group(span)) {
            if let Some([owner]) = above.get(&span.id).map(Vec::as_slice) {
                owners.entry(span.id).or_insert(*owner);
            }
        }
    }

    fn inner_groups(&self) -> impl Iterator<Item = &'a Group> {
        let (scenario, block) = (self.scenario, self.block);
        scenario.group.iter().filter(move |group| scenario.block_of(group) == Some(block))
    }

    /// The application's own spans within the block: known by their session, else by what is below them.
    fn groups(&self, owners: &mut Owners) {
        let unowned = |owners: &Owners, group: &Group| -> Vec<&'a Span> {
            let spans = self.spans().iter();
            spans.filter(|span| span.name == group.name && !owners.contains_key(&span.id)).collect()
        };
        for group in self.inner_groups() {
            let Some(section) = self.position(&Boundary::Group(group.id.clone())) else { continue };
            let of_session = |span: &&&Span| {
                let is_session = |value: &Value| matches!((value, &group.session), (Value::String(text), Some(session)) if text == session);
                span.attributes.values().any(is_session)
            };
            let candidates = unowned(owners, group);
            let steps: Vec<usize> = group
                .steps
                .iter()
                .filter_map(|step| self.position(&Boundary::Step(StepId::new(step.as_str()))))
                .collect();
            let is_above = |span: &&&Span| {
                let below = self.spans().iter().filter(|below| below.parent == Some(span.id));
                below.filter_map(|below| owners.get(&below.id)).any(|owner| steps.contains(owner))
            };
            let found = candidates.iter().find(of_session).or_else(|| candidates.iter().find(is_above));
            if let Some(span) = found {
                owners.insert(span.id, section);
            }
        }
        for group in self.inner_groups() {
            let Some(section) = self.position(&Boundary::Group(group.id.clone())) else { continue };
            if !owners.values().any(|owner| *owner == section)
                && let Some(span) = unowned(owners, group).first()
            {
                owners.insert(span.id, section);
            }
        }
    }
}

/// What a span says, without what is another at every run.
fn text(span: &Span) -> String {
    let events: Vec<_> = span.events.iter().map(|event| (&event.name, &event.attributes)).collect();
    format!("{:?}", (&span.name, &span.status, &span.attributes, events))
}

fn hand_out(capture: &mut Capture, at: usize, owners: &Owners) {
    let block = &mut capture.sections[at];
    let telemetry = std::mem::take(&mut block.telemetry);
    let mut moved: BTreeMap<usize, u64> = BTreeMap::new();
    let Telemetry { spans, logs, metrics, payloads, flaws } = telemetry;
    // Nobody knows whose these are.
    block.telemetry = Telemetry { metrics, payloads, flaws, ..Telemetry::default() };
    for span in spans {
        let owner = owners.get(&span.id).copied().unwrap_or(at);
        *moved.entry(owner).or_default() += 1;
        capture.sections[owner].telemetry.spans.push(span);
    }
    for log in logs {
        let owner = log.span.and_then(|span| owners.get(&span).copied()).unwrap_or(at);
        capture.sections[owner].telemetry.logs.push(log);
    }
    moved.remove(&at);
    for (owner, count) in moved {
        capture.sections[owner].spans_started += count;
        capture.sections[owner].spans_ended += count;
        let block = &mut capture.sections[at];
        block.spans_started = block.spans_started.saturating_sub(count);
        block.spans_ended = block.spans_ended.saturating_sub(count);
    }
}
