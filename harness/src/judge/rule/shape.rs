//! Rules about traces: spans and their parents, beginnings and ends, one for each call.

use super::{Example, Rule, Severity};

/// The rules of this group.
pub(super) const RULES: &[Rule] = &[
    MISSING,
    DUPLICATE,
    NEVER_ENDED,
    ENDED_LATE,
    ENDED_TWICE,
    END_BEFORE_START,
    ORPHAN,
    SIBLING_ROOT,
    WRONG_PARENT,
    LEAKED_CONTEXT,
    STATUS,
    SWITCHED_OFF,
    LOG_WITHOUT_SPAN,
];

pub(in crate::judge) const MISSING: Rule = Rule {
    id: "shape.missing",
    sentence: "A call that went over the wire has no span.",
    severity: Severity::Error,
    matters: "The call, its cost and its failure do not exist for whoever looks at traces.",
    fix: "Start a span for this way to call the client, too.",
    example: Example { emitted: "no span after the call", truth: "one request to the model in this step" },
};

pub(in crate::judge) const DUPLICATE: Rule = Rule {
    id: "shape.duplicate",
    sentence: "Several spans stand for one call.",
    severity: Severity::Error,
    matters: "Calls, tokens and cost are counted twice.",
    fix: "Instrument one layer only, or mark the inner span as something else than a call of the model.",
    example: Example { emitted: "2 spans with the operation `chat`", truth: "one request to the model in this step" },
};

pub(in crate::judge) const NEVER_ENDED: Rule = Rule {
    id: "shape.never-ended",
    sentence: "A span that was started never ended.",
    severity: Severity::Error,
    matters: "The call is never exported, and whatever hangs on the span is kept in memory.",
    fix: "End the span when the stream is closed, left or collected, not only when it is read to its end.",
    example: Example {
        emitted: "1 span started, 0 ended, at the end of the cell",
        truth: "the application left the stream after 2 chunks",
    },
};

pub(in crate::judge) const ENDED_LATE: Rule = Rule {
    id: "shape.ended-late",
    sentence: "A span ended only after a later step had begun.",
    severity: Severity::Error,
    matters: "The duration of the call holds the time of whatever the application did next.",
    fix: "End the span when its call is over.",
    example: Example {
        emitted: "a span of step `ask` ended during step `again`",
        truth: "the answer of `ask` was complete before `again` began",
    },
};

pub(in crate::judge) const ENDED_TWICE: Rule = Rule {
    id: "shape.ended-twice",
    sentence: "The same span was exported twice.",
    severity: Severity::Error,
    matters: "Back ends count it twice, or keep the wrong one.",
    fix: "End each span on one path only.",
    example: Example { emitted: "two spans with one id", truth: "one request to the model in this step" },
};

pub(in crate::judge) const END_BEFORE_START: Rule = Rule {
    id: "shape.end-before-start",
    sentence: "A span ended before it started.",
    severity: Severity::Error,
    matters: "Durations are negative; some back ends refuse the span.",
    fix: "Take both times from the same clock.",
    example: Example { emitted: "`end` is 3 ms before `start`", truth: "time does not run backwards" },
};

pub(in crate::judge) const ORPHAN: Rule = Rule {
    id: "shape.orphan",
    sentence: "The parent of a span is no span of the application.",
    severity: Severity::Error,
    matters: "The trace is broken: the call hangs below something that nobody ever sees.",
    fix: "Export the parent, or do not make a span the parent that will not be exported.",
    example: Example {
        emitted: "`parent_span_id` of a span that was never exported",
        truth: "no other span of this trace",
    },
};

pub(in crate::judge) const SIBLING_ROOT: Rule = Rule {
    id: "shape.sibling-root",
    sentence: "A call's span has no parent, although the application had a span that was current.",
    severity: Severity::Error,
    matters: "The call cannot be found from the application's own trace.",
    fix: "Start the span in the application's current context.",
    example: Example { emitted: "no parent", truth: "the application's span `handle request` was current" },
};

pub(in crate::judge) const WRONG_PARENT: Rule = Rule {
    id: "shape.wrong-parent",
    sentence: "A call's span is under a span that is not the application's.",
    severity: Severity::Error,
    matters: "The call belongs to another trace than the work that made it.",
    fix: "Start the span in the application's current context.",
    example: Example {
        emitted: "under the span `worker`",
        truth: "the application's span `handle request` was current",
    },
};

pub(in crate::judge) const LEAKED_CONTEXT: Rule = Rule {
    id: "shape.leaked-context",
    sentence: "A call's span is under a span of an earlier step that was over.",
    severity: Severity::Error,
    matters: "Calls that have nothing to do with each other stand in one trace.",
    fix: "Detach what was attached to the context, also when a stream is left or the call fails.",
    example: Example { emitted: "under the span of step `first`", truth: "step `first` was over" },
};

pub(in crate::judge) const STATUS: Rule = Rule {
    id: "shape.status",
    sentence: "The status of a span is not what the application saw.",
    severity: Severity::Error,
    matters: "Failures are not alerted on, or successes are.",
    fix: "Set the status to error exactly when the call raises.",
    example: Example { emitted: "status error", truth: "the application got its answer" },
};

pub(in crate::judge) const SWITCHED_OFF: Rule = Rule {
    id: "shape.switched-off",
    sentence: "Telemetry was exported although the variant switches all of it off.",
    severity: Severity::Error,
    matters: "Somebody who turned it off pays for it and sends data away.",
    fix: "Respect the switch on every path.",
    example: Example { emitted: "1 span", truth: "`OTEL_SDK_DISABLED=true`" },
};

pub(in crate::judge) const LOG_WITHOUT_SPAN: Rule = Rule {
    id: "shape.log-without-span",
    sentence: "A log record tells of a call, but belongs to no span.",
    severity: Severity::Warning,
    matters: "The record cannot be found from the trace of its call.",
    fix: "Emit the record with the context of the call's span.",
    example: Example { emitted: "`trace_id` is empty", truth: "the call has a span" },
};
