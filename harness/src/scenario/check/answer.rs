//! What one answer may say, be it the reply or one of its choices.

use super::Context;
use crate::diagnose::{Alphabet, Diagnostic, DiagnosticKind, Diagnostics, Place, closest, quoted_list};
use crate::scenario::{Chat, ToolCall};

/// Why a model stops, as the service says it.
const FINISH_REASONS: &[&str] = &["stop", "length", "tool_calls", "content_filter", "function_call"];

/// The reason is one of the service's.
pub(super) fn check_finish_reason(reason: Option<&str>, place: Place<'_>, found: &mut Diagnostics) {
    if let Some(reason) = reason
        && !FINISH_REASONS.contains(&reason)
    {
        let label = match closest(reason, FINISH_REASONS.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "the service has no such reason".to_owned(),
        };
        let message = format!("`{reason}` is no value of `finish_reason`");
        found.push(
            Diagnostic::new(DiagnosticKind::UnknownValue, message, place.key("finish_reason").span(), label)
                .with_help(format!("write one of {}", quoted_list(FINISH_REASONS.iter().copied(), "or"))),
        );
    }
}

/// The calls are of tools that exist and that the model is offered.
pub(super) fn check_tool_calls(
    context: &Context<'_>,
    chat: &Chat,
    calls: &[ToolCall],
    place: Place<'_>,
    found: &mut Diagnostics,
) {
    if calls.is_empty() {
        found.empty("tool_calls", place.span(), "write at least one call");
    }
    for (index, call) in calls.iter().enumerate() {
        let place = place.item(index);
        found.well_named("tool call", &call.id, place.key("id").span(), Alphabet::Word);
        if !context.file.tools.contains_key(&call.tool) {
            let tools = context.file.tools.keys().map(String::as_str);
            found.unknown_name("tool", &call.tool, place.key("tool").span(), tools);
        } else if !chat.tools.contains(&call.tool) {
            let message = format!("the model is not offered `{}`", call.tool);
            found.push(
                Diagnostic::new(DiagnosticKind::ToolNotOffered, message, place.key("tool").span(), "not in `tools`")
                    .with_help(format!("write `tools = [\"{}\"]` in the call", call.tool)),
            );
        }
    }
    let ids = calls.iter().enumerate();
    found.duplicates("tool call", ids.map(|(index, call)| (call.id.as_str(), place.item(index).key("id").span())));
}
