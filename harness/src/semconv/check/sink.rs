//! Where findings go.

use std::sync::Arc;

use super::CheckOptions;
use crate::semconv::{Detail, Finding, FindingId, ReleaseSet, SamplePart, SamplePath, Severity};

/// A place on the sample at hand.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) part: SamplePart,
    pub(super) attribute: Option<usize>,
}

impl Place {
    pub(super) const WHOLE: Self = Self { part: SamplePart::Whole, attribute: None };

    pub(super) fn attribute(part: SamplePart, index: usize) -> Self {
        Self { part, attribute: Some(index) }
    }
}

/// Collects what was asked for.
pub(super) struct Sink {
    pub(super) options: CheckOptions,
    pub(super) findings: Vec<Finding>,
    pub(super) sample: usize,
    pub(super) kind: &'static str,
}

impl Sink {
    /// Whether a finding of these releases is asked for.
    pub(super) fn wants(&self, releases: ReleaseSet) -> bool {
        !self.options.releases.and(releases).is_empty()
    }

    /// A finding that Weaver has too.
    pub(super) fn shared(&mut self, id: FindingId, releases: ReleaseSet, place: Place, detail: &Arc<Detail>) {
        let is_quiet = matches!(id, FindingId::NotStable | FindingId::OptInAttributeNotPresent);
        if self.options.all || !is_quiet {
            self.push(id, id.severity(), true, releases, place, detail);
        }
    }

    /// A finding beyond Weaver's.
    pub(super) fn own(&mut self, id: FindingId, releases: ReleaseSet, place: Place, detail: &Arc<Detail>) {
        self.own_as(id, id.severity(), releases, place, detail);
    }

    /// A finding beyond Weaver's with a severity of its own.
    pub(super) fn own_as(
        &mut self,
        id: FindingId,
        severity: Severity,
        releases: ReleaseSet,
        place: Place,
        detail: &Arc<Detail>,
    ) {
        if !self.options.only_shared {
            self.push(id, severity, false, releases, place, detail);
        }
    }

    fn push(
        &mut self,
        id: FindingId,
        severity: Severity,
        is_shared: bool,
        releases: ReleaseSet,
        place: Place,
        detail: &Arc<Detail>,
    ) {
        if !self.wants(releases) {
            return;
        }
        let path = SamplePath { kind: self.kind, part: place.part, attribute: place.attribute };
        let detail = Arc::clone(detail);
        self.findings.push(Finding { id, severity, is_shared, releases, sample: self.sample, path, detail });
    }

    /// Joins findings from `start` on that say the same of different releases.
    pub(super) fn join_from(&mut self, start: usize) {
        let mut joined: Vec<Finding> = Vec::new();
        for finding in self.findings.drain(start..) {
            let same = |known: &&mut Finding| {
                known.id == finding.id
                    && known.severity == finding.severity
                    && known.path == finding.path
                    && known.detail.subject == finding.detail.subject
                    && known.detail.message == finding.detail.message
                    && known.releases.and(finding.releases).is_empty()
            };
            match joined.iter_mut().find(same) {
                Some(known) => {
                    known.releases = known.releases.or(finding.releases);
                    let detail = Arc::make_mut(&mut known.detail);
                    detail.rows.extend(finding.detail.rows.iter().cloned());
                }
                None => joined.push(finding),
            }
        }
        self.findings.extend(joined);
    }
}
