//! Rules about what must not leave: secrets, content that is switched off, calls to strangers.

use super::{Example, Rule, Severity};

/// The rules of this group.
pub(super) const RULES: &[Rule] = &[SECRETS, CONTENT, EGRESS, BY_AXIS];

pub(in crate::judge) const SECRETS: Rule = Rule {
    id: "secrets.leaked",
    sentence: "A key or token stands in telemetry.",
    severity: Severity::Error,
    matters: "Whoever reads telemetry can use the account. It is never excused.",
    fix: "Never record headers or client objects whole.",
    example: Example { emitted: "an attribute with the `api-key`", truth: "the key of the resource `east`" },
};

pub(in crate::judge) const CONTENT: Rule = Rule {
    id: "content.leaked",
    sentence: "Content is recorded although its capture is off.",
    severity: Severity::Error,
    matters: "Texts of users are stored where they must not be.",
    fix: "Ask the switch wherever a message, a tool's arguments or a vector is recorded.",
    example: Example { emitted: "`input.value` holds the prompt", truth: "content capture is off" },
};

pub(in crate::judge) const EGRESS: Rule = Rule {
    id: "egress.contacted",
    sentence: "The package tried to reach a host that is not the scenario's.",
    severity: Severity::Error,
    matters: "Data may leave for a place that nobody has agreed to, and start-up depends on it.",
    fix: "Contact nobody unless asked, and document the host.",
    example: Example { emitted: "a request to `telemetry.example.com:443`", truth: "the scenario has no such host" },
};

pub(in crate::judge) const BY_AXIS: Rule = Rule {
    id: "snapshot.differs-by-axis",
    sentence: "Telemetry differs between ways to sign in or clients where the scenario says that it does not.",
    severity: Severity::Warning,
    matters: "What a dashboard shows depends on whether the client is asynchronous.",
    fix: "Do the same on both paths.",
    example: Example {
        emitted: "no `gen_ai.response.model` with the async client",
        truth: "it is there with the blocking one",
    },
};
