//! Which exchange a span stands for.

use crate::convention::{Concept, Reading};
use crate::judge::view::{CallSpan, CellView, StepView};
use crate::scenario::Step;
use crate::wire::WireExchange;

/// The exchange that ended the call of a span: the one whose answer's id the span has; else the only one of the step,
/// unless a span of an abandoned stream may have arrived late; else, of a span that stands alone for its step, the last,
/// because a client that tries again gives up or succeeds with it.
pub(in crate::judge) fn exchange_of<'a>(
    view: &CellView<'a>,
    step: &'a StepView<'a>,
    call: &CallSpan<'a>,
) -> Option<&'a WireExchange> {
    let release = view.input.variant.release();
    let evidence = view.evidence(call.span);
    let by_id = match view.input.convention.read(&evidence, Concept::ResponseId, release.as_ref()) {
        Reading::Present { value, .. } => {
            step.model_requests().find(|exchange| exchange.response_ids().any(|id| value == id))
        }
        _ => None,
    };
    let abandons = |step: &Step| step.chat.as_ref().is_some_and(|chat| chat.read.is_some());
    let is_only = step.model_requests().count() == 1 && !view.input.scenario.step.iter().any(abandons);
    by_id.or_else(|| step.model_requests().last().filter(|_| is_only || stands_alone(step)))
}

/// Whether one span, however often it was exported, stands for the step.
pub(super) fn stands_alone(step: &StepView<'_>) -> bool {
    step.calls.iter().all(|call| call.span.id == step.calls[0].span.id)
}
