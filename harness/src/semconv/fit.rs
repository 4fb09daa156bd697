//! How well telemetry fits each release.

use super::{Finding, FindingId, Registry, ReleaseSet, Sample, SampleAttribute, Severity};

/// How well telemetry fits each release.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// Per release, in order: 100 is a perfect fit, 0 none at all.
    pub scores: Vec<f64>,
    /// The releases with the highest score.
    pub best: ReleaseSet,
}

impl Fit {
    /// The one release to hold against: the newest of the best, a numbered one if there is any.
    pub fn release(&self, registry: &Registry) -> Option<usize> {
        let numbered = self.best.iter().filter(|place| registry.releases.at(*place).release.is_numbered()).last();
        numbered.or_else(|| self.best.newest())
    }

    /// The highest score.
    pub fn score(&self) -> f64 {
        self.best.newest().map_or(0.0, |place| self.scores[place])
    }
}

/// What a finding takes from a release's score. Absent recommendations and matters of taste take nothing: every release
/// has them alike.
fn weight(finding: &Finding) -> f64 {
    match (finding.id, finding.severity) {
        (FindingId::SchemaUrlAbsent | FindingId::SchemaUrlMismatch, _) => 0.0,
        (FindingId::UndefinedEnumVariant | FindingId::MixedReleases | FindingId::SpanNameMismatch, _) => 0.5,
        (id, Severity::Violation) if !id.as_str().starts_with("family_") => 1.0,
        (FindingId::ErrorTypeWithoutError | FindingId::BucketMismatch, _) => 0.5,
        _ => 0.0,
    }
}

/// How much of a sample can be right or wrong: each attribute, and kind, name and definition of the signal.
fn facts(sample: &Sample) -> usize {
    let count = |attributes: &Vec<SampleAttribute>| attributes.len();
    match sample {
        Sample::Span(span) => {
            let events: usize = span.events.iter().map(|event| count(&event.attributes)).sum();
            3 + count(&span.attributes) + events + span.links.iter().map(count).sum::<usize>()
        }
        Sample::Log(log) => 1 + count(&log.attributes),
        Sample::Metric(metric) => 3 + metric.points.iter().map(|point| count(&point.attributes)).sum::<usize>(),
        Sample::SpanEvent(event) => count(&event.attributes),
        Sample::Resource(attributes) | Sample::SpanLink(attributes) => count(attributes),
        Sample::Attribute(_) => 1,
    }
}

/// Scores every release. `findings` must be those of all releases.
pub fn fit<'f>(
    registry: &Registry,
    samples: impl IntoIterator<Item = &'f Sample>,
    findings: impl IntoIterator<Item = &'f Finding>,
) -> Fit {
    let releases = registry.releases.all();
    let total: usize = samples.into_iter().map(facts).sum();
    let mut lost = vec![0.0; releases.len()];
    for finding in findings {
        let weight = weight(finding);
        if weight > 0.0 {
            finding.releases.iter().for_each(|place| lost[place] += weight);
        }
    }
    let total = f64::from(u32::try_from(total.max(1)).unwrap_or(u32::MAX));
    // One decimal: what is closer together than that is the same fit.
    let scores: Vec<f64> = lost.iter().map(|lost| ((1.0 - lost / total).max(0.0) * 1000.0).round() / 10.0).collect();
    let highest = scores.iter().copied().fold(0.0, f64::max);
    let best = releases.iter().filter(|place| (scores[*place] - highest).abs() < 0.05);
    let best = best.fold(ReleaseSet::EMPTY, |all, place| all.or(ReleaseSet::single(place)));
    Fit { scores, best }
}
