//! Metrics and events of the registry.

use super::{Deprecation, Requirement, Rows};

/// What some releases say of a metric or an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignalRow {
    /// The instrument; only of a metric.
    pub instrument: Option<String>,
    /// The unit; only of a metric.
    pub unit: Option<String>,
    /// Its stability, where one is stated.
    pub stability: Option<String>,
    /// Whether it is deprecated.
    pub is_deprecated: bool,
}

/// One metric or event over all releases.
#[derive(Clone, Debug, Default)]
pub struct Signal {
    /// Instrument, unit, stability.
    pub rows: Rows<SignalRow>,
    /// Why it is deprecated, where the facts say so.
    pub deprecations: Rows<Deprecation>,
    /// Its attributes; only of generative AI.
    pub requirements: Vec<Requirement>,
    /// Bucket boundaries a histogram should have.
    pub buckets: Rows<Vec<f64>>,
}
