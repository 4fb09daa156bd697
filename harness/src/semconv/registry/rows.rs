//! Facts with the releases they hold for.

use crate::semconv::ReleaseSet;

/// A fact per set of releases. The sets do not overlap.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows<T>(Vec<(ReleaseSet, T)>);

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: PartialEq> Rows<T> {
    /// Adds a fact; joins it with the same fact of other releases.
    pub fn add(&mut self, releases: ReleaseSet, fact: T) {
        match self.0.iter_mut().find(|(_, known)| *known == fact) {
            Some((set, _)) => *set = set.or(releases),
            None => self.0.push((releases, fact)),
        }
    }
}

impl<T> Rows<T> {
    /// The facts with their releases.
    pub fn iter(&self) -> impl Iterator<Item = (ReleaseSet, &T)> {
        self.0.iter().map(|(releases, fact)| (*releases, fact))
    }

    /// The fact of one release.
    pub fn at(&self, place: usize) -> Option<&T> {
        self.0.iter().find(|(releases, _)| releases.contains(place)).map(|(_, fact)| fact)
    }

    /// Releases that have any fact.
    pub fn releases(&self) -> ReleaseSet {
        self.0.iter().fold(ReleaseSet::EMPTY, |all, (releases, _)| all.or(*releases))
    }
}
