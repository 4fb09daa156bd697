//! Rules about what telemetry says of a call, against what went over the wire.

use super::{Example, Rule, Severity};

/// The rules of this group.
pub(super) const RULES: &[Rule] = &[WRONG, INVENTED, MISSING, CONTRADICTION];

pub(in crate::judge) const WRONG: Rule = Rule {
    id: "truth.wrong",
    sentence: "The value differs from what went over the wire.",
    severity: Severity::Error,
    matters: "A dashboard shows a model, a number of tokens or a host that is not the real one, and nobody can see that \
         from the telemetry.",
    fix: "Record the value of the request or the response as it stands there; the finding names the place.",
    example: Example {
        emitted: "`gen_ai.usage.input_tokens = 13`",
        truth: "12, in the response body's `/usage/prompt_tokens`",
    },
};

pub(in crate::judge) const INVENTED: Rule = Rule {
    id: "truth.invented",
    sentence: "The value was never sent by anybody.",
    severity: Severity::Error,
    matters: "A default that nobody asked for, or a count that the service did not give, looks like a fact.",
    fix: "Leave the attribute out where the request or the response has no such member.",
    example: Example { emitted: "`gen_ai.request.temperature = 1.0`", truth: "the request body has no `/temperature`" },
};

pub(in crate::judge) const MISSING: Rule = Rule {
    id: "truth.missing",
    sentence: "The value was on the wire, the naming family has a name for it, and it is not recorded.",
    severity: Severity::Warning,
    matters: "A panel that groups or sums by this attribute leaves the call out.",
    fix: "Record it; the finding names the attribute that was looked for and the place on the wire.",
    example: Example {
        emitted: "no `gen_ai.response.model`",
        truth: "`gpt-4o-2024-11-20`, in the response body's `/model`",
    },
};

pub(in crate::judge) const CONTRADICTION: Rule = Rule {
    id: "truth.contradiction",
    sentence: "Two places of the same telemetry say different things about one call.",
    severity: Severity::Error,
    matters: "Two panels that should agree do not, and which of them is right depends on the query.",
    fix: "Write both from the same value, or write one of them.",
    example: Example {
        emitted: "`gen_ai.response.finish_reasons = [\"stop\"]` on the span, `length` in its event",
        truth: "`length`, in the response body's `/choices/0/finish_reason`",
    },
};
