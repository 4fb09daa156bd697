//! Holding metrics and log events against the registry.

use std::sync::Arc;

use serde_json::json;

use super::detail::{ATTRIBUTE_KEY, Groups, absence_source, detail};
use super::name::{Fixed, deprecation_context, is_well_formed};
use super::sink::{Place, Sink};
use crate::semconv::{
    Detail, FindingId, Level, Registry, ReleaseSet, Requirement, SampleAttribute, SampleMetric, SamplePart,
    SamplePoint, Severity, Signal, SignalRow, SourceRow,
};

/// Metric or event.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum SignalKind {
    Metric,
    Event,
}

impl SignalKind {
    fn word(self) -> &'static str {
        match self {
            Self::Metric => "metric",
            Self::Event => "event",
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Metric => "metric_name",
            Self::Event => "event_name",
        }
    }
}

/// What absence of an attribute means.
struct Absence<'r> {
    requirement: &'r Requirement,
    findings: Vec<Fixed>,
}

/// What the registry says of a metric or event name.
pub(super) struct SignalFacts<'r> {
    kind: SignalKind,
    name: Arc<str>,
    signal: Option<&'r Signal>,
    fixed: Vec<Fixed>,
    absences: Vec<Absence<'r>>,
}

impl<'r> SignalFacts<'r> {
    pub(super) fn new(registry: &'r Registry, kind: SignalKind, name: &str) -> Self {
        let signals = match kind {
            SignalKind::Metric => &registry.metrics,
            SignalKind::Event => &registry.events,
        };
        let signal = signals.get(name);
        let mut facts = Self { kind, name: name.into(), signal, fixed: Vec::new(), absences: Vec::new() };
        if kind == SignalKind::Metric && !is_well_formed(name) {
            let message =
                format!("`{name}` is not made of lower-case words and digits joined by single dots and underscores");
            let context = vec![(kind.key(), json!(name))];
            facts.push(FindingId::InvalidFormat, registry.releases.all(), context, message, Vec::new());
        }
        let known = signal.map_or(ReleaseSet::EMPTY, |signal| signal.rows.releases());
        facts.judge_missing(registry.releases.all().minus(known));
        if let Some(signal) = signal {
            facts.judge_state(signal);
            facts.absences = signal.requirements.iter().map(|requirement| facts.absence(requirement)).collect();
        }
        facts
    }

    fn push(
        &mut self,
        id: FindingId,
        releases: ReleaseSet,
        context: Vec<(&'static str, serde_json::Value)>,
        message: String,
        rows: Vec<SourceRow>,
    ) {
        let detail = detail(&self.name, context, message, rows);
        self.fixed.push(Fixed { id, releases, detail });
    }

    fn judge_missing(&mut self, missing: ReleaseSet) {
        let (id, name) = match self.kind {
            SignalKind::Metric => (FindingId::MissingMetric, Arc::clone(&self.name)),
            SignalKind::Event => (FindingId::MissingEvent, Arc::clone(&self.name)),
        };
        if !missing.is_empty() {
            let word = self.kind.word();
            let context = vec![(self.kind.key(), json!(*name))];
            let source = absence_source(word, &name, missing);
            self.push(id, missing, context, format!("the registry has no {word} `{name}`"), source);
        }
    }

    fn source(&self, releases: ReleaseSet, row: &SignalRow) -> SourceRow {
        let words = [row.instrument.as_deref(), row.unit.as_deref(), row.stability.as_deref()];
        let facts: Vec<&str> = words.into_iter().flatten().collect();
        SourceRow { releases, text: format!("{} {}: {}", self.kind.word(), self.name, facts.join(", ")) }
    }

    fn judge_state(&mut self, signal: &Signal) {
        let name = Arc::clone(&self.name);
        let word = self.kind.word();
        let mut unstable: Groups<String> = Groups::new();
        let mut deprecated: Groups<Option<crate::semconv::Deprecation>> = Groups::new();
        for (releases, row) in signal.rows.iter() {
            if let Some(stability) = row.stability.as_deref().filter(|stability| *stability != "stable") {
                unstable.add(stability.to_owned(), releases, || self.source(releases, row));
            }
            if row.is_deprecated {
                let told = signal.deprecations.releases();
                for (set, deprecation) in signal.deprecations.iter() {
                    let set = set.and(releases);
                    if !set.is_empty() {
                        deprecated.add(Some(deprecation.clone()), set, || self.source(set, row));
                    }
                }
                let untold = releases.minus(told);
                if !untold.is_empty() {
                    deprecated.add(None, untold, || self.source(untold, row));
                }
            }
        }
        for (stability, releases, rows) in unstable.0 {
            let context = vec![(self.kind.key(), json!(*name)), ("stability", json!(stability))];
            let message = format!("the {word} `{name}` is not stable, it is in `{stability}`");
            self.push(FindingId::NotStable, releases, context, message, rows);
        }
        for (deprecation, releases, rows) in deprecated.0 {
            let context = deprecation_context(self.kind.key(), &name, deprecation.as_ref());
            let why = deprecation.map_or(String::new(), |deprecation| format!(": {deprecation}"));
            let message = format!("the {word} `{name}` is deprecated{why}");
            self.push(FindingId::Deprecated, releases, context, message, rows);
        }
    }

    fn absence(&self, requirement: &'r Requirement) -> Absence<'r> {
        let attribute = &requirement.attribute;
        let mut levels: Groups<Level> = Groups::new();
        for (releases, row) in requirement.rows.iter() {
            let text = format!("{} {}, attribute {attribute}: {}", self.kind.word(), self.name, row.level.as_str());
            levels.add(row.level, releases, || SourceRow { releases, text });
        }
        let finding = |(level, releases, rows): (Level, ReleaseSet, Vec<SourceRow>)| {
            let message = format!(
                "`{attribute}` is absent; on the {} `{}` it is {}",
                self.kind.word(),
                self.name,
                level.as_str().replace('_', " ")
            );
            let detail = detail(attribute, vec![(ATTRIBUTE_KEY, json!(**attribute))], message, rows);
            Fixed { id: absence_id(level), releases, detail }
        };
        Absence { requirement, findings: levels.0.into_iter().map(finding).collect() }
    }

    pub(super) fn judge_name(&self, sink: &mut Sink) {
        for fixed in &self.fixed {
            sink.shared(fixed.id, fixed.releases, Place::WHOLE, &fixed.detail);
        }
    }

    pub(super) fn judge_absences(&self, attributes: &[SampleAttribute], part: SamplePart, sink: &mut Sink) {
        for absence in &self.absences {
            let wanted = &*absence.requirement.attribute;
            let is_present = attributes.iter().any(|attribute| {
                attribute.name == wanted || absence.requirement.is_template && attribute.name.starts_with(wanted)
            });
            if !is_present {
                for fixed in &absence.findings {
                    sink.shared(fixed.id, fixed.releases, Place { part, attribute: None }, &fixed.detail);
                }
            }
        }
    }

    pub(super) fn judge_metric(&self, metric: &SampleMetric, sink: &mut Sink) {
        let Some(signal) = self.signal else { return };
        let mut instruments: Groups<&str> = Groups::new();
        let mut units: Groups<&str> = Groups::new();
        for (releases, row) in signal.rows.iter() {
            if let Some(wanted) = row.instrument.as_deref().filter(|wanted| *wanted != metric.instrument) {
                instruments.add(wanted, releases, || self.source(releases, row));
            }
            if let Some(wanted) = row.unit.as_deref().filter(|wanted| *wanted != metric.unit) {
                units.add(wanted, releases, || self.source(releases, row));
            }
        }
        let findings = instruments
            .0
            .into_iter()
            .map(|group| (FindingId::UnexpectedInstrument, "instrument", &metric.instrument, group))
            .chain(units.0.into_iter().map(|group| (FindingId::UnitMismatch, "unit", &metric.unit, group)));
        for (id, word, actual, (wanted, releases, rows)) in findings {
            let context = vec![(word, json!(actual)), ("expected", json!(wanted))];
            let message = format!("the metric `{}` has the {word} `{actual}`, not `{wanted}`", self.name);
            sink.shared(id, releases, Place::WHOLE, &detail(&self.name, context, message, rows));
        }
    }

    pub(super) fn judge_buckets(&self, point: &SamplePoint, part: SamplePart, sink: &mut Sink) {
        let Some(signal) = self.signal.filter(|_| !point.bounds.is_empty()) else { return };
        for (releases, wanted) in signal.buckets.iter() {
            if *wanted != point.bounds {
                let context = vec![("buckets", json!(point.bounds)), ("expected", json!(wanted))];
                let message = format!("the metric `{}` has other bucket boundaries than {wanted:?}", self.name);
                let source = SourceRow { releases, text: format!("metric {}: buckets {wanted:?}", self.name) };
                let detail: Arc<Detail> = detail(&self.name, context, message, vec![source]);
                let place = Place { part, attribute: None };
                sink.own_as(FindingId::BucketMismatch, Severity::Improvement, releases, place, &detail);
            }
        }
    }
}

fn absence_id(level: Level) -> FindingId {
    match level {
        Level::Required => FindingId::RequiredAttributeNotPresent,
        Level::ConditionallyRequired => FindingId::ConditionallyRequiredAttributeNotPresent,
        Level::Recommended => FindingId::RecommendedAttributeNotPresent,
        Level::OptIn => FindingId::OptInAttributeNotPresent,
    }
}
