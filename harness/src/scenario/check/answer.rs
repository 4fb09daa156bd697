//! What one answer may say, be it the reply or one of its choices.

use super::Context;
use crate::diagnose::{Alphabet, Diagnostic, DiagnosticKind, Diagnostics, Place};
use crate::scenario::{Chat, ToolCall};

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
