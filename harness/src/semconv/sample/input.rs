//! The samples of one input.

use super::Sample;

/// What an input holds.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct InputSamples {
    /// The samples.
    pub samples: Vec<Sample>,
    /// Where each stands, in a snapshot: `step ask`.
    pub places: Vec<Option<String>>,
    /// Whether they are Weaver's samples.
    pub is_weaver: bool,
}
