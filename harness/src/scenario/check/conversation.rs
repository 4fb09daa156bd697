//! What a chat sends: new messages, an earlier conversation, tools and their results.

use indexmap::IndexSet;

use super::Context;
use crate::diagnose::{Diagnostic, DiagnosticKind, Diagnostics, Place, quoted_list};
use crate::scenario::{Chat, Reply, Step, StreamFaultKind};

pub(super) fn check(context: &Context<'_>, index: usize, chat: &Chat, place: Place<'_>, found: &mut Diagnostics) {
    for (key, message) in [("system", &chat.system), ("user", &chat.user)] {
        if let Some(text) = message {
            found.not_blank(key, text, place.key(key).span(), "write the message, or leave the key out");
        }
    }
    check_tools(context, chat, place, found);
    let asked = match &chat.continues {
        Some(earlier) => asked_for(context, index, earlier, place, found),
        None => Some(IndexSet::new()),
    };
    if let Some(asked) = &asked {
        check_results(chat, asked, place, found);
    }
    if chat.user.is_none() && chat.tool_results.is_empty() && asked.is_some_and(|asked| asked.is_empty()) {
        let message = "this chat has nothing new to say";
        found.push(
            Diagnostic::new(DiagnosticKind::NothingToSay, message, place.span(), "no message to answer")
                .with_help("write `user`, or `continue` with `tool_results`"),
        );
    }
}

fn check_tools(context: &Context<'_>, chat: &Chat, place: Place<'_>, found: &mut Diagnostics) {
    let list = place.key("tools");
    for (index, tool) in chat.tools.iter().enumerate() {
        if !context.file.tools.contains_key(tool) {
            found.unknown_name("tool", tool, list.item(index).span(), context.file.tools.keys().map(String::as_str));
        }
    }
    found.duplicates(
        "tool",
        chat.tools.iter().enumerate().map(|(index, tool)| (tool.as_str(), list.item(index).span())),
    );
}

/// The ids of the tool calls in the reply that is continued; `None` when it cannot be continued, which is reported.
fn asked_for<'a>(
    context: &Context<'a>,
    index: usize,
    earlier: &str,
    place: Place<'_>,
    found: &mut Diagnostics,
) -> Option<IndexSet<&'a str>> {
    let span = place.key("continue").span();
    let Some((position, step)) = context.step(earlier) else {
        found.unknown_name("step", earlier, span, context.step_ids().take(index));
        return None;
    };
    let mut refuse = |message: String, label: &str, help: &str| {
        found.push(
            Diagnostic::new(DiagnosticKind::Continue, message, span.clone(), label)
                .with_secondary(context.step_place(position).key("id").span(), "this step")
                .with_help(help),
        );
        None
    };
    if position >= index {
        let label = if position == index { "this step itself" } else { "comes later" };
        return refuse(
            format!("`{earlier}` has not happened yet"),
            label,
            "continue a step that stands before this one",
        );
    }
    if step.chat.is_none() {
        let help = "continue a step with `[step.chat]`";
        return refuse(format!("`{earlier}` is no conversation"), "not a chat", help);
    }
    if step.repeat.is_some() {
        let help = "continue a step that is done once";
        return refuse(format!("`{earlier}` is done several times"), "which of them?", help);
    }
    if happens_at_once(context, step, &context.file.step[index]) {
        let help = "put both into a group of the block: its steps come one after the other";
        return refuse(format!("`{earlier}` happens at the same time"), "not answered yet", help);
    }
    if !was_answered(step) {
        let help = "continue a step whose reply has `text` or `tool_calls` and is read to its end";
        return refuse(format!("`{earlier}` has no whole answer to continue"), "no answer", help);
    }
    let calls = step.reply.iter().flat_map(Reply::first_tool_calls);
    Some(calls.map(|call| call.id.as_str()).collect())
}

/// Whether two steps run in the same block, and not one after the other in one of its groups.
fn happens_at_once(context: &Context<'_>, one: &Step, other: &Step) -> bool {
    let block = context.file.parallel_of(&one.id);
    if block.is_none() || block != context.file.parallel_of(&other.id) {
        return false;
    }
    let group = context.file.group_of(&one.id);
    group.is_none_or(|group| context.file.block_of(group).is_none() || Some(group) != context.file.group_of(&other.id))
}

/// Whether the application has the step's whole assistant message.
fn was_answered(step: &Step) -> bool {
    step.chat.as_ref().is_some_and(|chat| chat.read.is_none())
        && step.reply.as_ref().is_some_and(|reply| reply.is_message() && reply.fault.is_none_or(is_harmless))
}

fn check_results(chat: &Chat, asked: &IndexSet<&str>, place: Place<'_>, found: &mut Diagnostics) {
    let results = place.key("tool_results");
    for id in chat.tool_results.keys().filter(|id| !asked.contains(id.as_str())) {
        let help = if asked.is_empty() {
            "tool results belong to a step that continues one whose reply has `tool_calls`".to_owned()
        } else {
            format!("the continued reply asks for {}", quoted_list(asked.iter().copied(), "and"))
        };
        let message = format!("nobody asked for the tool result `{id}`");
        found.push(
            Diagnostic::new(DiagnosticKind::ToolResults, message, results.key(id).key_span(), "no such call")
                .with_help(help),
        );
    }
    let missing = asked.iter().copied().filter(|id| !chat.tool_results.contains_key(*id));
    let missing: Vec<&str> = missing.collect();
    if !missing.is_empty() {
        let message = format!("no result for the tool call {}", quoted_list(missing, "and"));
        found.push(
            Diagnostic::new(DiagnosticKind::ToolResults, message, place.key("continue").span(), "asks for tools")
                .with_help(
                    "the service refuses a conversation with a tool call that is not answered; write `tool_results`",
                ),
        );
    }
}

/// Whether the application gets the whole answer all the same.
fn is_harmless(fault: StreamFaultKind) -> bool {
    fault == StreamFaultKind::SplitCharacters
}
