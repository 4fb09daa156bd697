//! The rules: what can be wrong, how bad it is, why it matters, and what to do about it.
//!
//! Knows each rule's words. Must not know how a rule is checked: the checks of `judge` name the rule that they found broken.
//! A rule is one constant in the file of its group, and a line in that file's list. Pure.

mod leak;
mod metric;
mod model;
mod page;
mod severity;
mod shape;
mod telemetry;
mod transparency;
mod truth;

pub(crate) use model::{Example, RuleName, closest_rule};
pub use model::{Rule, every_rule, rule};
pub(crate) use page::{rule_list, rule_page};
pub use severity::Severity;
