//! Findings that are accepted, each with a reason.

use serde::Deserialize;

use super::{Finding, ReleaseSet, ReleaseSetError, Releases};
use crate::diagnose::Glob;

/// Why a baseline file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// No TOML, or not of this shape.
    #[error("the baseline is no list of `[[accept]]`: {0}")]
    Syntax(#[from] toml::de::Error),
    /// No reason.
    #[error("the baseline accepts `{0}` without a reason")]
    NoReason(String),
    /// No pattern.
    #[error("the baseline has a pattern that is none: `{0}`")]
    Pattern(Glob),
    /// No release.
    #[error("the baseline names a release that does not exist: {0}")]
    Release(#[from] ReleaseSetError),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBaseline {
    #[serde(default)]
    accept: Vec<RawEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntry {
    id: String,
    subject: Option<Glob>,
    input: Option<Glob>,
    release: Option<String>,
    reason: String,
}

/// One kind of finding that is accepted.
#[derive(Debug)]
struct Entry {
    id: String,
    subject: Option<Glob>,
    input: Option<Glob>,
    releases: Option<ReleaseSet>,
    reason: String,
    text: String,
}

/// A baseline file.
///
/// ```toml
/// [[accept]]
/// id      = "span_name_mismatch"
/// subject = "openai.*"            # optional, a pattern over the finding's subject
/// input   = "**/py-openllmetry.*" # optional, a pattern over the input's name
/// release = "1.37.0..1.41.0"      # optional
/// reason  = "the package names spans after the client's method"
/// ```
#[derive(Debug, Default)]
pub struct Baseline {
    entries: Vec<Entry>,
    used: Vec<bool>,
}

impl Baseline {
    /// Reads a baseline file.
    pub fn parse(text: &str, releases: &Releases) -> Result<Self, BaselineError> {
        let raw: RawBaseline = toml::from_str(text)?;
        let sound = |glob: Option<Glob>| match glob {
            Some(broken) if broken.problem().is_some() => Err(BaselineError::Pattern(broken)),
            sound => Ok(sound),
        };
        let mut entries = Vec::with_capacity(raw.accept.len());
        for entry in raw.accept {
            if entry.reason.trim().is_empty() {
                return Err(BaselineError::NoReason(entry.id));
            }
            let parts = [
                Some(entry.id.as_str()),
                entry.subject.as_ref().map(Glob::as_str),
                entry.input.as_ref().map(Glob::as_str),
            ];
            let parts = parts.into_iter().chain([entry.release.as_deref()]).flatten();
            entries.push(Entry {
                text: parts.collect::<Vec<_>>().join(" "),
                subject: sound(entry.subject)?,
                input: sound(entry.input)?,
                releases: entry.release.as_deref().map(|text| releases.parse(text)).transpose()?,
                id: entry.id,
                reason: entry.reason,
            });
        }
        Ok(Self { used: vec![false; entries.len()], entries })
    }

    /// The reason why a finding is accepted, if it is. With releases in the entry, every release for which the finding
    /// is shown must be among them.
    pub fn accept(&mut self, input: &str, finding: &Finding, shown: ReleaseSet) -> Option<&str> {
        let fits = |entry: &Entry| {
            entry.id == finding.id.as_str()
                && entry.subject.as_ref().is_none_or(|pattern| pattern.matches(&finding.detail.subject))
                && entry.input.as_ref().is_none_or(|pattern| pattern.matches(input))
                && entry.releases.is_none_or(|releases| shown.minus(releases).is_empty())
        };
        let mut reason = None;
        for (entry, used) in self.entries.iter().zip(&mut self.used) {
            if fits(entry) {
                *used = true;
                reason = reason.or(Some(entry.reason.as_str()));
            }
        }
        reason
    }

    /// Entries that accepted nothing.
    pub fn stale(&self) -> Vec<String> {
        let unused = self.entries.iter().zip(&self.used).filter(|(_, used)| !**used);
        unused.map(|(entry, _)| entry.text.clone()).collect()
    }
}
