//! Rules about the form of what is exported.

use super::{Example, Rule, Severity};

/// The rules of this group.
pub(super) const RULES: &[Rule] =
    &[NOT_OTLP, LOST_LOG, INVALID_ID, EMPTY_VALUE, DUPLICATE_ATTRIBUTE, BROKEN_JSON, AGAINST_RESOURCE, OBJECT_ADDRESS];

pub(in crate::judge) const NOT_OTLP: Rule = Rule {
    id: "telemetry.not-otlp",
    sentence: "What was exported is not OTLP as its specification has it.",
    severity: Severity::Warning,
    matters: "A receiver that keeps to the specification refuses the body or loses parts of it.",
    fix: "Write enumerators as numbers and names in lowerCamelCase, as OTLP's JSON mapping says.",
    example: Example { emitted: "`\"kind\": \"SPAN_KIND_CLIENT\"`", truth: "OTLP/JSON has numbers for enumerators" },
};

pub(in crate::judge) const LOST_LOG: Rule = Rule {
    id: "telemetry.lost-log",
    sentence: "A log record was emitted that no exporter can write.",
    severity: Severity::Error,
    matters: "The record is lost, with no more than a warning of the SDK.",
    fix: "Give the record attributes that OTLP has a type for.",
    example: Example {
        emitted: "an attribute that is an object of Python",
        truth: "OTLP has texts, numbers, booleans, bytes, lists and maps",
    },
};

pub(in crate::judge) const INVALID_ID: Rule = Rule {
    id: "telemetry.invalid-id",
    sentence: "A trace or span id has a form that OpenTelemetry does not allow.",
    severity: Severity::Error,
    matters: "Back ends drop the span, or put strangers into one trace.",
    fix: "Leave ids to the SDK.",
    example: Example { emitted: "a trace id of zeros", truth: "16 bytes, not all of them 0" },
};

pub(in crate::judge) const EMPTY_VALUE: Rule = Rule {
    id: "telemetry.empty-value",
    sentence: "An attribute is present but has no value.",
    severity: Severity::Note,
    matters: "It takes place in storage and says nothing; some exporters refuse it.",
    fix: "Leave the attribute out.",
    example: Example { emitted: "`llm.prompt_template = null`", truth: "an attribute has a value or is absent" },
};

pub(in crate::judge) const DUPLICATE_ATTRIBUTE: Rule = Rule {
    id: "telemetry.duplicate-attribute",
    sentence: "One attribute stands twice.",
    severity: Severity::Warning,
    matters: "Which of the two a back end keeps is chance.",
    fix: "Set it once.",
    example: Example { emitted: "`gen_ai.system` twice on one span", truth: "names are unique" },
};

pub(in crate::judge) const BROKEN_JSON: Rule = Rule {
    id: "telemetry.broken-json",
    sentence: "A value looks like JSON but does not parse.",
    severity: Severity::Warning,
    matters: "Queries that open the value fail for this call.",
    fix: "Cut the parts before they are written as JSON, or write them with a JSON library.",
    example: Example { emitted: "`{\"role\": \"user\", \"con`", truth: "a JSON text ends" },
};

pub(in crate::judge) const AGAINST_RESOURCE: Rule = Rule {
    id: "telemetry.against-resource",
    sentence: "An attribute says something else than the resource that it stands under.",
    severity: Severity::Warning,
    matters: "A filter by the resource and one by the attribute find different spans.",
    fix: "Do not repeat what the resource says, or repeat it truly.",
    example: Example {
        emitted: "`service.name = unknown_service` on the span",
        truth: "`service.name = shop` in the resource",
    },
};

pub(in crate::judge) const OBJECT_ADDRESS: Rule = Rule {
    id: "telemetry.object-address",
    sentence: "A name or value holds the address of an object in memory.",
    severity: Severity::Warning,
    matters: "It is another in every process: nothing can be grouped by it.",
    fix: "Write what the object stands for, not its default text.",
    example: Example { emitted: "`<openai.AsyncStream object at 0x7f…>`", truth: "a text that means something" },
};
