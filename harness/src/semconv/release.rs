//! Releases, and sets of them.

use std::fmt;

use crate::convention::Release;

/// Which releases: one bit per release, in the order of the registry. At most 64.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct ReleaseSet(u64);

impl ReleaseSet {
    /// No release.
    pub const EMPTY: Self = Self(0);

    /// One release, by its place in the order.
    pub fn single(place: usize) -> Self {
        Self(1 << place)
    }

    /// The first `count` releases.
    pub fn first(count: usize) -> Self {
        Self(if count >= 64 { u64::MAX } else { (1 << count) - 1 })
    }

    /// From one place to another, both included.
    pub fn run(from: usize, to: usize) -> Self {
        Self::first(to + 1).minus(Self::first(from))
    }

    /// Whether the release at this place is in it.
    pub fn contains(self, place: usize) -> bool {
        place < 64 && self.0 & (1 << place) != 0
    }

    /// Releases in either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Releases in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Releases in this and not in the other.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many.
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Their places, in order.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..64).filter(move |place| self.contains(*place))
    }

    /// The newest place.
    pub fn newest(self) -> Option<usize> {
        (!self.is_empty()).then(|| 63 - self.0.leading_zeros() as usize)
    }

    /// The oldest place.
    pub fn oldest(self) -> Option<usize> {
        (!self.is_empty()).then(|| self.0.trailing_zeros() as usize)
    }
}

impl fmt::Debug for ReleaseSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.iter()).finish()
    }
}

/// What the registry knows of one release: where its facts come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryRelease {
    /// Which.
    pub release: Release,
    /// The schema URL it states.
    pub schema_url: String,
    /// The repository it was read from.
    pub repository: String,
    /// The tag, where there is one.
    pub tag: Option<String>,
    /// The commit.
    pub commit: String,
    /// The date of the commit.
    pub date: String,
}

/// Every release, in the order of the registry.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Releases(pub(super) Vec<RegistryRelease>);

/// Why a word names no releases.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReleaseSetError {
    /// No such release.
    #[error("there is no release `{name}`; there are {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// A range whose end comes before its start.
    #[error("the range `{0}` ends before it starts")]
    Backwards(String),
    /// An empty list.
    #[error("no release was named")]
    Nothing,
}

impl Releases {
    /// All of them.
    pub fn all(&self) -> ReleaseSet {
        ReleaseSet::first(self.0.len())
    }

    /// The release at a place.
    pub fn at(&self, place: usize) -> &RegistryRelease {
        &self.0[place]
    }

    /// Every release, in order.
    pub fn iter(&self) -> impl Iterator<Item = &RegistryRelease> {
        self.0.iter()
    }

    /// The place of a release.
    pub fn place(&self, release: Release) -> Option<usize> {
        self.0.iter().position(|known| known.release == release)
    }

    /// The newest numbered release of the core registry.
    pub fn latest(&self) -> Option<usize> {
        self.0.iter().rposition(|known| known.release.is_numbered())
    }

    /// The releases that a schema URL names: one, but for states of the newer registry, which share theirs.
    pub fn of_schema_url(&self, url: &str) -> ReleaseSet {
        let places = self.0.iter().enumerate().filter(|(_, release)| release.schema_url == url);
        places.fold(ReleaseSet::EMPTY, |set, (place, _)| set.or(ReleaseSet::single(place)))
    }

    /// Reads `1.37.0,1.39.0..1.41.0,latest,genai-latest,all`. A leading `v` is passed over.
    pub fn parse(&self, text: &str) -> Result<ReleaseSet, ReleaseSetError> {
        let mut set = ReleaseSet::EMPTY;
        for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            set = set.or(self.parse_word(word)?);
        }
        if set.is_empty() { Err(ReleaseSetError::Nothing) } else { Ok(set) }
    }

    fn parse_word(&self, word: &str) -> Result<ReleaseSet, ReleaseSetError> {
        if word == "all" {
            return Ok(self.all());
        }
        let Some((from, to)) = word.split_once("..") else {
            return self.parse_one(word).map(ReleaseSet::single);
        };
        let from = if from.is_empty() { 0 } else { self.parse_one(from)? };
        let to = to.strip_prefix('=').unwrap_or(to);
        let to = if to.is_empty() { self.0.len().saturating_sub(1) } else { self.parse_one(to)? };
        if from > to { Err(ReleaseSetError::Backwards(word.to_owned())) } else { Ok(ReleaseSet::run(from, to)) }
    }

    /// The place of one release's name, `latest` or `genai-latest`.
    pub fn parse_one(&self, word: &str) -> Result<usize, ReleaseSetError> {
        let found = match word {
            "latest" => self.latest(),
            "genai-latest" => self.0.len().checked_sub(1),
            name => name.strip_prefix('v').unwrap_or(name).parse().ok().and_then(|release| self.place(release)),
        };
        found.ok_or_else(|| ReleaseSetError::Unknown {
            name: word.to_owned(),
            known: self.0.iter().map(|release| release.release.to_string()).collect::<Vec<_>>().join(", "),
        })
    }

    /// The set as people read it: `1.27.0..1.36.0, genai-main-20260803`. Numbered releases and snapshots never share
    /// a range.
    pub fn text(&self, set: ReleaseSet) -> String {
        let name = |place: usize| self.0[place].release;
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for place in set.iter().take_while(|place| *place < self.0.len()) {
            match runs.last_mut() {
                Some((from, to)) if *to + 1 == place && name(*from).is_numbered() == name(place).is_numbered() => {
                    *to = place;
                }
                _ => runs.push((place, place)),
            }
        }
        let word = |(from, to): (usize, usize)| {
            if from == to { name(from).to_string() } else { format!("{}..{}", name(from), name(to)) }
        };
        runs.into_iter().map(word).collect::<Vec<_>>().join(", ")
    }
}
