//! What a call's span tells of an exception: it is the one that the application saw.

use super::matching::stands_alone;
use super::value::{plain, shown};
use crate::convention::to_json;
use crate::judge::Finding;
use crate::judge::view::{CallSpan, CellView, StepView};
use crate::protocol::Outcome;
use crate::telemetry::{Attributes, Value};
use crate::wire::WireExchange;

/// The name that OpenTelemetry has for an event of an exception.
const EVENT: &str = "exception";

/// Every exception event of a span that stands for a call. Where nobody can say what came of the call, nothing is found.
pub(in crate::judge) fn check(view: &CellView<'_>) -> Vec<Finding> {
    let steps = view.steps.iter().filter(|step| stands_alone(step));
    steps.flat_map(|step| step.calls.iter().flat_map(move |call| of_call(step, call))).collect()
}

fn of_call(step: &StepView<'_>, call: &CallSpan<'_>) -> Vec<Finding> {
    let events = call.span.events.iter().filter(|event| event.name == EVENT);
    let error = match step.section.outcome.as_ref() {
        Some(Outcome::Error { error } | Outcome::Stream { error: Some(error), .. }) => Some(error),
        Some(Outcome::Response { .. }) => None,
        // Whoever leaves a stream may raise something in it.
        Some(Outcome::Stream { .. }) | None => return Vec::new(),
    };
    let told = step.model_requests().any(WireExchange::tells_of_a_failure);
    let finding = |id: &str, name: &str, message: String| {
        Finding::new(id, format!("{}/{}/{name}", step.step.id, call.label), message)
    };
    events
        .filter_map(|event| {
            let Some(error) = error else {
                let message =
                    format!("an exception of the type {}, but the application saw an answer", said(&event.attributes));
                return if told { None } else { Some(finding("truth.invented", EVENT, message)) };
            };
            let Some(Value::String(kind)) = event.attributes.get("exception.type") else { return None };
            (plain(kind) != plain(&error.kind)).then(|| {
                let message = format!("emitted `{kind}`; the application saw `{}`", error.kind);
                finding("truth.wrong", "exception.type", message)
            })
        })
        .collect()
}

fn said(attributes: &Attributes) -> String {
    attributes.get("exception.type").map_or_else(|| "no name".to_owned(), |kind| shown(&to_json(kind)))
}
