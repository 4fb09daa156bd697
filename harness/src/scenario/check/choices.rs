//! Several choices: as many as are asked for, each of one kind.

use super::Context;
use super::answer::check_tool_calls;
use crate::diagnose::{Diagnostic, DiagnosticKind, Diagnostics, Place};
use crate::scenario::{Chat, ChoiceReply, Reply};

pub(super) fn check(context: &Context<'_>, chat: &Chat, reply: &Reply, place: Place<'_>, found: &mut Diagnostics) {
    check_count(chat, reply, place, found);
    let choices = place.key("choices");
    for (index, choice) in reply.choices.iter().flatten().enumerate() {
        let place = choices.item(index);
        check_kind(choice, place, found);
        if let Some(calls) = &choice.tool_calls {
            check_tool_calls(context, chat, calls, place.key("tool_calls"), found);
        }
    }
}

fn check_count(chat: &Chat, reply: &Reply, place: Place<'_>, found: &mut Diagnostics) {
    let asked = chat.n.unwrap_or(1) as usize;
    let (given, span) = match &reply.choices {
        Some(choices) => (choices.len(), place.key("choices").span()),
        None if reply.is_message() => (1, place.span()),
        None => return,
    };
    if asked != given {
        let message = format!("the call asks for {}, the reply has {given}", counted(asked));
        found.push(
            Diagnostic::new(DiagnosticKind::Choices, message, span, counted(given))
                .with_help("write as many `choices` as the call's `n` says, which is 1 when it is absent"),
        );
    }
}

fn counted(count: usize) -> String {
    if count == 1 { "1 choice".to_owned() } else { format!("{count} choices") }
}

fn check_kind(choice: &ChoiceReply, place: Place<'_>, found: &mut Diagnostics) {
    let kinds = [choice.text.is_some(), choice.refusal.is_some(), choice.tool_calls.is_some()];
    let written = kinds.into_iter().filter(|written| *written).count();
    if written != 1 {
        let label = if written == 0 { "no answer in this choice" } else { "several answers in one choice" };
        let message = if written == 0 { "the choice says nothing" } else { "the choice says several things" };
        found.push(
            Diagnostic::new(DiagnosticKind::Choices, message, place.span(), label)
                .with_help("write exactly one of `text`, `refusal` and `tool_calls`"),
        );
    }
}
