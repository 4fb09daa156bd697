//! Rules about metrics.

use super::{Example, Rule, Severity};

/// The rules of this group.
pub(super) const RULES: &[Rule] = &[MISSING, ATTRIBUTE, UNIT, DURATION, DUPLICATE];

pub(in crate::judge) const MISSING: Rule = Rule {
    id: "metric.missing",
    sentence: "A metric that the naming family has for each call has no point for one.",
    severity: Severity::Warning,
    matters: "Rates and percentiles leave the call out.",
    fix: "Record the point on this path, too.",
    example: Example { emitted: "no point of `gen_ai.client.operation.duration`", truth: "one call in this step" },
};

pub(in crate::judge) const ATTRIBUTE: Rule = Rule {
    id: "metric.attribute",
    sentence: "A point lacks an attribute that the naming family has for it.",
    severity: Severity::Warning,
    matters: "The metric cannot be split by it.",
    fix: "Record it with the point as it is recorded on the span.",
    example: Example { emitted: "no `gen_ai.request.model`", truth: "`chat-prod`, in the request's path" },
};

pub(in crate::judge) const UNIT: Rule = Rule {
    id: "metric.unit",
    sentence: "A metric has another unit than the naming family says.",
    severity: Severity::Error,
    matters: "A panel shows seconds as milliseconds, or the other way round.",
    fix: "Register the instrument with the unit of the convention.",
    example: Example { emitted: "`ms`", truth: "`s`" },
};

pub(in crate::judge) const DURATION: Rule = Rule {
    id: "metric.duration",
    sentence: "The duration of a metric does not fit the spans of its calls.",
    severity: Severity::Error,
    matters: "Latency on the panel is not the latency of the calls.",
    fix: "Measure from the same two moments as the span.",
    example: Example { emitted: "0.001 s", truth: "the spans took 0.2 s together" },
};

pub(in crate::judge) const DUPLICATE: Rule = Rule {
    id: "metric.duplicate",
    sentence: "One call has several points of a metric that has one for each call.",
    severity: Severity::Error,
    matters: "Sums and counts are too high.",
    fix: "Record the point once.",
    example: Example { emitted: "2 points", truth: "one call in this step" },
};
