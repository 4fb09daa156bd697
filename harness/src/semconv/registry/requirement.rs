//! What a span, event or metric asks of an attribute.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Rows;
use crate::diagnose::words;

/// The requirement level of an attribute on a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Must be there.
    Required,
    /// Must be there when a condition holds.
    ConditionallyRequired,
    /// Should be there.
    Recommended,
    /// Only there when asked for.
    OptIn,
}

words!(Level);

/// When a conditional requirement holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Condition {
    /// No condition.
    Always,
    /// The operation ended in an error.
    OperationFailed,
    /// `server.address` is there.
    ServerAddressPresent,
    /// The port is not 443.
    PortNot443,
    /// The value is at hand.
    ValueAvailable,
    /// The request asks for an output format.
    OutputFormat,
    /// The request has a seed.
    Seed,
    /// The request asks for another number of choices than one.
    ChoicesNotOne,
    /// The request names a service tier other than `auto`.
    ServiceTierRequested,
    /// The answer names a service tier.
    ServiceTierAnswered,
    /// The answer is streamed.
    Streaming,
    /// Telemetry and wire do not tell.
    Undecidable,
}

impl Condition {
    /// Reads the registry's code. What is not known cannot be decided.
    pub fn parse(code: Option<&str>) -> Self {
        match code {
            None => Self::Always,
            Some("operation_failed") => Self::OperationFailed,
            Some("server.address_present") => Self::ServerAddressPresent,
            Some("port_not_443") => Self::PortNot443,
            Some("value_available") => Self::ValueAvailable,
            Some("request_sets_output_format" | "request_sets_response_format") => Self::OutputFormat,
            Some("request_sets_seed") => Self::Seed,
            Some("request_value_not_1") => Self::ChoicesNotOne,
            Some("request_sets_service_tier_not_auto") => Self::ServiceTierRequested,
            Some("response_has_service_tier") => Self::ServiceTierAnswered,
            Some("streaming_only" | "streaming") => Self::Streaming,
            Some(_) => Self::Undecidable,
        }
    }
}

/// What some releases ask.
#[derive(Clone, Debug, PartialEq)]
pub struct RequirementRow {
    /// How strongly.
    pub level: Level,
    /// When.
    pub condition: Condition,
    /// The value it must have.
    pub constant: Option<Value>,
}

/// One attribute of a span, event or metric, over all releases.
#[derive(Clone, Debug)]
pub struct Requirement {
    /// The attribute.
    pub attribute: Arc<str>,
    /// Its slot.
    pub slot: usize,
    /// Whether it is a template: any attribute that begins with the name will do.
    pub is_template: bool,
    /// What is asked.
    pub rows: Rows<RequirementRow>,
}
