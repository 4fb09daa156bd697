//! Releases of the semantic conventions or of another naming family: `1.37.0`, or a state of a registry that numbers none, such as `genai-main-20260803`.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// A release. Every numbered one is older than those of the registry that the GenAI conventions moved to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub enum Release {
    /// `1.37.0`.
    Numbered(Numbers),
    /// `genai-1.42.0-dev`: a state that its tag calls a preparation of this release.
    GenaiDevelopment(Numbers),
    /// `genai-main-20260803`: the main branch on a day, as year, month and day in one number.
    GenaiMain(u32),
}

/// The three numbers of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Numbers {
    major: u32,
    minor: u32,
    patch: u32,
}

/// Why a text is no release.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a release is three numbers such as `1.37.0`, `genai-1.42.0-dev`, or `genai-main-` and a day, not `{0}`")]
pub struct ReleaseError(String);

impl Release {
    /// A numbered release.
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self::Numbered(Numbers { major, minor, patch })
    }

    /// Whether it is a numbered release, and no state of a registry that numbers none.
    pub fn is_numbered(self) -> bool {
        matches!(self, Self::Numbered(_))
    }

    /// What comes after the host in the schema URL of the release: one for every state of the registry that the
    /// conventions moved to, whose manifest has kept the same since it began.
    pub fn schema_path(&self) -> String {
        match self {
            Self::Numbered(numbers) => numbers.to_string(),
            Self::GenaiDevelopment(_) | Self::GenaiMain(_) => "gen-ai-dev/1.42.0-dev".to_owned(),
        }
    }
}

impl FromStr for Release {
    type Err = ReleaseError;

    fn from_str(text: &str) -> Result<Self, ReleaseError> {
        let read = match text.strip_prefix("genai-") {
            None => numbers(text).map(Self::Numbered),
            Some(state) => match (state.strip_prefix("main-"), state.strip_suffix("-dev")) {
                (Some(day), _) if day.len() == 8 => day.parse().ok().map(Self::GenaiMain),
                (_, Some(text)) => numbers(text).map(Self::GenaiDevelopment),
                _ => None,
            },
        };
        read.ok_or_else(|| ReleaseError(text.to_owned()))
    }
}

fn numbers(text: &str) -> Option<Numbers> {
    let numbers: Vec<u32> = text.split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
    let [major, minor, patch] = *numbers.as_slice() else { return None };
    Some(Numbers { major, minor, patch })
}

impl TryFrom<String> for Release {
    type Error = ReleaseError;

    fn try_from(text: String) -> Result<Self, ReleaseError> {
        text.parse()
    }
}

impl fmt::Display for Release {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Numbered(numbers) => write!(formatter, "{numbers}"),
            Self::GenaiDevelopment(numbers) => write!(formatter, "genai-{numbers}-dev"),
            Self::GenaiMain(day) => write!(formatter, "genai-main-{day}"),
        }
    }
}

impl fmt::Display for Numbers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_ordered_by_number_not_by_text() {
        let order = ["1.9.0", "1.10.0", "1.44.0", "genai-1.42.0-dev", "genai-main-20260803", "genai-main-20261001"];
        let releases: Vec<Release> = order.iter().map(|text| text.parse().expect("a release")).collect();
        assert!(releases.is_sorted(), "{releases:?}");
        let texts: Vec<String> = releases.iter().map(Release::to_string).collect();
        assert_eq!(texts, order);
    }

    #[test]
    fn a_text_of_other_shape_is_no_release() {
        let texts = ["", "1", "1.2", "1.2.3.4", "v1.2.3", "1.2.x", "genai-", "genai-1.42.0", "genai-main-2026"];
        for text in texts {
            assert!(text.parse::<Release>().is_err(), "{text}");
        }
    }
}
