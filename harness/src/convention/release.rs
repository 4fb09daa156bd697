//! Releases of a naming family, such as `1.37.0`.

use std::fmt;
use std::str::FromStr;

/// A release: three numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Release {
    major: u32,
    minor: u32,
    patch: u32,
}

/// Why a text is no release.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a release is three numbers such as `1.37.0`, not `{0}`")]
pub struct ReleaseError(String);

impl Release {
    /// A release from its numbers.
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self { major, minor, patch }
    }
}

impl FromStr for Release {
    type Err = ReleaseError;

    fn from_str(text: &str) -> Result<Self, ReleaseError> {
        let numbers: Vec<u32> =
            text.split('.').map(str::parse).collect::<Result<_, _>>().map_err(|_| ReleaseError(text.to_owned()))?;
        match numbers.as_slice() {
            [major, minor, patch] => Ok(Self::new(*major, *minor, *patch)),
            _ => Err(ReleaseError(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Release {
    type Error = ReleaseError;

    fn try_from(text: String) -> Result<Self, ReleaseError> {
        text.parse()
    }
}

impl fmt::Display for Release {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_ordered_by_number_not_by_text() {
        let older: Release = "1.9.0".parse().expect("a release");
        let newer: Release = "1.10.0".parse().expect("a release");
        assert!(older < newer);
        assert_eq!(newer.to_string(), "1.10.0");
    }

    #[test]
    fn a_text_of_other_shape_is_no_release() {
        for text in ["", "1", "1.2", "1.2.3.4", "v1.2.3", "1.2.x"] {
            assert!(text.parse::<Release>().is_err(), "{text}");
        }
    }
}
