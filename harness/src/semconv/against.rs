//! Which releases an input is held against.

use super::{Fit, Registry, ReleaseSet, ReleaseSetError};

/// What was asked for: releases by name, the one an input declares, the one it fits best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Against {
    releases: ReleaseSet,
    declared: bool,
    fit: bool,
}

impl Against {
    /// The release an input declares, or else the one it fits best.
    pub const DECLARED: Self = Self { releases: ReleaseSet::EMPTY, declared: true, fit: false };

    /// Reads `1.37.0,1.39.0..1.41.0,latest,declared,fit,all`.
    pub fn parse(registry: &Registry, text: &str) -> Result<Self, ReleaseSetError> {
        let words = || text.split(',').map(str::trim);
        let declared = words().any(|word| word == "declared");
        let fit = words().any(|word| word == "fit");
        let named: Vec<&str> = words().filter(|word| !matches!(*word, "declared" | "fit" | "")).collect();
        let releases = if named.is_empty() && (declared || fit) {
            ReleaseSet::EMPTY
        } else {
            registry.releases.parse(&named.join(","))?
        };
        Ok(Self { releases, declared, fit })
    }

    /// The releases for an input.
    pub fn releases(self, registry: &Registry, declared: Option<usize>, fit: &Fit) -> ReleaseSet {
        let best = || fit.release(registry).map_or(ReleaseSet::EMPTY, ReleaseSet::single);
        let mut releases = self.releases;
        if self.declared {
            releases = releases.or(declared.map_or_else(best, ReleaseSet::single));
        }
        if self.fit {
            releases = releases.or(best());
        }
        releases
    }
}

/// The release that spans declare by their schema URLs, if all that declare one declare the same; of several with that
/// URL, the newest.
pub(crate) fn declared_release<'s>(
    registry: &Registry,
    samples: impl IntoIterator<Item = &'s super::Sample>,
) -> Option<usize> {
    let urls = samples.into_iter().filter_map(|sample| match sample {
        super::Sample::Span(span) => span.schema_url.as_deref().filter(|url| !url.is_empty()),
        _ => None,
    });
    let places: std::collections::BTreeSet<Option<usize>> =
        urls.map(|url| registry.releases.of_schema_url(url).iter().last()).collect();
    match places.into_iter().collect::<Vec<_>>().as_slice() {
        [Some(place)] => Some(*place),
        _ => None,
    }
}
