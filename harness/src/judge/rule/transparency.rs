//! Rules about the application and its requests, against a control without the package.

use super::{Example, Rule, Severity};

/// The rules of this group.
pub(super) const RULES: &[Rule] = &[OUTCOME, REQUESTS, REQUEST_URL, REQUEST_BODY, REQUEST_HEADER, INJECTED_HEADER];

pub(in crate::judge) const OUTCOME: Rule = Rule {
    id: "transparency.outcome",
    sentence: "The application got something else than without the package.",
    severity: Severity::Error,
    matters: "The package changes what the program does.",
    fix: "Give back what the client gave, the very same object where that is possible.",
    example: Example { emitted: "`AttributeError` in the application", truth: "an answer, without the package" },
};

pub(in crate::judge) const REQUESTS: Rule = Rule {
    id: "transparency.requests",
    sentence: "The application made another number of requests than without the package.",
    severity: Severity::Error,
    matters: "Calls are paid for twice, or not made.",
    fix: "Call the wrapped method once.",
    example: Example { emitted: "2 requests", truth: "1 request, without the package" },
};

pub(in crate::judge) const REQUEST_URL: Rule = Rule {
    id: "transparency.request-url",
    sentence: "A request went to another place than without the package.",
    severity: Severity::Error,
    matters: "The call reaches another deployment or service.",
    fix: "Do not touch the client's URL.",
    example: Example {
        emitted: "`/openai/deployments/b/chat/completions`",
        truth: "`/openai/deployments/a/chat/completions`, without the package",
    },
};

pub(in crate::judge) const REQUEST_BODY: Rule = Rule {
    id: "transparency.request-body",
    sentence: "The body of a request differs from that without the package.",
    severity: Severity::Error,
    matters: "The service is asked for something else, which may cost more or be refused.",
    fix: "Work on a copy of the arguments.",
    example: Example {
        emitted: "`\"stream_options\": {\"include_usage\": true}`",
        truth: "no `stream_options`, without the package",
    },
};

pub(in crate::judge) const REQUEST_HEADER: Rule = Rule {
    id: "transparency.request-header",
    sentence: "A header of a request was added, removed or changed.",
    severity: Severity::Error,
    matters: "The service may answer in another way, and data leaves with the request.",
    fix: "Do not touch headers other than those of W3C Trace Context.",
    example: Example { emitted: "added: `x-request-source: agent`", truth: "no such header, without the package" },
};

pub(in crate::judge) const INJECTED_HEADER: Rule = Rule {
    id: "transparency.injected-header",
    sentence: "Trace context was added to the request.",
    severity: Severity::Note,
    matters: "Ids of one's own traces go to the service, which some do not want and others do.",
    fix: "Say so in the documentation, and have a switch.",
    example: Example { emitted: "`traceparent: 00-…`", truth: "no such header, without the package" },
};
