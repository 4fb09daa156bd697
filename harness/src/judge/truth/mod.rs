//! Whether telemetry says what was true: every concept of every call's span against what went over the wire.
//!
//! Knows what the wire says about each concept, and when it says nothing. Must not know packages: who may be wrong
//! stands in `snapshots/known`. Where the wire cannot decide, nothing is found.

mod conversation;
mod exceptions;
mod facts;
mod http;
mod match_score;
mod matching;
mod metrics;
mod request;
mod rules;
mod value;
mod wire_json;

pub(super) use exceptions::check as check_exceptions;
use facts::CallFacts;
pub(super) use http::check as check_http;
pub(super) use match_score::MatchScore;
use matching::exchange_of;
pub(super) use metrics::check as check_metrics;
pub(super) use rules::{TruthOf, check, truths_of};
