//! The entry: samples in, findings out.

use std::sync::Arc;

use super::family::{Mark, family_of, judge_family};
use super::hash::NameMap;
use super::name::NameFacts;
use super::presence::Presence;
use super::signal::{SignalFacts, SignalKind};
use super::sink::{Place, Sink};
use super::span::SpanRules;
use crate::semconv::{
    Finding, Registry, ReleaseSet, Sample, SampleAttribute, SampleEvent, SampleLog, SampleMetric, SamplePart,
    SampleSpan,
};

/// What to look for.
#[derive(Clone, Copy, Debug)]
pub struct CheckOptions {
    /// Findings that hold for none of these releases are left out.
    pub releases: ReleaseSet,
    /// Also `not_stable` and `opt_in_attribute_not_present`.
    pub all: bool,
    /// Only findings that Weaver's live-check has too.
    pub only_shared: bool,
}

/// Holds samples against the registry.
pub struct Checker<'r> {
    registry: &'r Registry,
    /// The place of a name in `facts`.
    names: NameMap<String, usize>,
    facts: Vec<NameFacts<'r>>,
    signals: NameMap<(SignalKind, String), Arc<SignalFacts<'r>>>,
    spans: SpanRules<'r>,
    presence: Presence,
    sink: Sink,
}

impl<'r> Checker<'r> {
    /// A checker; it learns names as it meets them, so that one checker should judge many samples.
    pub fn new(registry: &'r Registry, options: CheckOptions) -> Self {
        Self {
            registry,
            names: NameMap::default(),
            facts: Vec::new(),
            signals: NameMap::default(),
            spans: SpanRules::new(registry),
            presence: Presence::new(registry.slots),
            sink: Sink { options, findings: Vec::new(), sample: 0, kind: "" },
        }
    }

    /// Judges samples. Findings are in the order of [`Finding::order`], with the sample's place in `samples`.
    pub fn check(&mut self, samples: &[Sample]) -> Vec<Finding> {
        for (place, sample) in samples.iter().enumerate() {
            self.sink.sample = place;
            self.sink.kind = sample.kind();
            let start = self.sink.findings.len();
            self.check_sample(sample);
            self.sink.findings[start..].sort_by(Finding::order);
        }
        std::mem::take(&mut self.sink.findings)
    }

    fn check_sample(&mut self, sample: &Sample) {
        match sample {
            Sample::Span(span) => self.check_span(span),
            Sample::SpanEvent(SampleEvent { attributes, .. })
            | Sample::SpanLink(attributes)
            | Sample::Resource(attributes) => self.check_attributes(attributes, SamplePart::Whole),
            Sample::Log(log) => self.check_log(log),
            Sample::Metric(metric) => self.check_metric(metric),
            Sample::Attribute(attribute) => {
                self.check_attribute(attribute, Place::WHOLE);
            }
        }
    }

    fn name_place(&mut self, name: &str) -> usize {
        if let Some(place) = self.names.get(name) {
            return *place;
        }
        let place = self.facts.len();
        self.facts.push(NameFacts::new(self.registry, name));
        self.names.insert(name.to_owned(), place);
        place
    }

    fn check_attribute(&mut self, attribute: &SampleAttribute, place: Place) -> usize {
        let known = self.name_place(&attribute.name);
        self.facts[known].judge(attribute, place, &mut self.sink);
        known
    }

    fn signal_facts(&mut self, kind: SignalKind, name: &str) -> Arc<SignalFacts<'r>> {
        let registry = self.registry;
        let entry = self.signals.entry((kind, name.to_owned()));
        Arc::clone(entry.or_insert_with(|| Arc::new(SignalFacts::new(registry, kind, name))))
    }

    fn check_attributes(&mut self, attributes: &[SampleAttribute], part: SamplePart) {
        for (index, attribute) in attributes.iter().enumerate() {
            self.check_attribute(attribute, Place::attribute(part, index));
        }
    }

    fn check_span(&mut self, span: &SampleSpan) {
        self.presence.clear();
        let mut renamed = Vec::new();
        let mut family: Mark = None;
        for (index, attribute) in span.attributes.iter().enumerate() {
            let place = Place::attribute(SamplePart::Whole, index);
            let known = self.check_attribute(attribute, place);
            let facts = &self.facts[known];
            if let Some(slot) = facts.slot {
                self.presence.set(slot, index);
            }
            family = family_of([family, facts.mark].into_iter());
            if !facts.renamed.is_empty() {
                renamed.push((place, known));
            }
        }
        for (index, event) in span.events.iter().enumerate() {
            self.check_attributes(&event.attributes, SamplePart::Event(index));
        }
        for (index, link) in span.links.iter().enumerate() {
            self.check_attributes(link, SamplePart::Link(index));
        }
        if self.sink.options.only_shared {
            return;
        }
        for (place, known) in renamed {
            for rename in self.facts[known].renamed.iter().filter(|rename| self.presence.get(rename.slot).is_some()) {
                self.sink.own(crate::semconv::FindingId::MixedReleases, rename.releases, place, &rename.detail);
            }
        }
        self.spans.judge(span, &self.presence, &mut self.sink);
        if let Some(family) = family {
            judge_family(self.registry, family, span, &mut self.sink);
        }
    }

    fn check_log(&mut self, log: &SampleLog) {
        if !log.event_name.is_empty() {
            let facts = self.signal_facts(SignalKind::Event, &log.event_name);
            facts.judge_name(&mut self.sink);
            facts.judge_absences(&log.attributes, SamplePart::Whole, &mut self.sink);
        }
        self.check_attributes(&log.attributes, SamplePart::Whole);
    }

    fn check_metric(&mut self, metric: &SampleMetric) {
        let facts = self.signal_facts(SignalKind::Metric, &metric.name);
        facts.judge_name(&mut self.sink);
        facts.judge_metric(metric, &mut self.sink);
        for (index, point) in metric.points.iter().enumerate() {
            let part = SamplePart::Point(index);
            facts.judge_absences(&point.attributes, part, &mut self.sink);
            facts.judge_buckets(point, part, &mut self.sink);
            self.check_attributes(&point.attributes, part);
            for (exemplar, attributes) in point.exemplars.iter().enumerate() {
                self.check_attributes(attributes, SamplePart::Exemplar(index, exemplar));
            }
        }
    }
}
