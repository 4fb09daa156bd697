//! What the service answers: one thing, and one that fits the call.

use azure_openai_mock::replies::BadReply;

use super::answer::check_tool_calls;
use super::{Context, choices, stream};
use crate::diagnose::{Diagnostic, DiagnosticKind, Diagnostics, Place};
use crate::scenario::{Call, ErrorKind, Operation, Reply};

/// How often the client tries again, when the scenario does not say.
const DEFAULT_RETRIES: u32 = 2;

/// Why what belongs to other answers does not belong to one that is written byte for byte.
const WRITTEN_OUT: &str = "a raw answer says it itself";

pub(super) fn check(context: &Context<'_>, call: Call<'_>, reply: &Reply, place: Place<'_>, found: &mut Diagnostics) {
    check_kind(call, reply, place, found);
    stream::check_reply(call.is_stream(), reply, place, found);
    check_usage(call, reply, place, found);
    check_refusals(context, reply, place, found);
    if let (Call::Chat(chat), Some(calls)) = (call, &reply.tool_calls) {
        check_tool_calls(context, chat, calls, place.key("tool_calls"), found);
    }
    if let Call::Chat(chat) = call {
        choices::check(context, chat, reply, place, found);
    }
}

/// One of the kinds of answers, and the keys that belong to it.
fn check_kind(call: Call<'_>, reply: &Reply, place: Place<'_>, found: &mut Diagnostics) {
    let kinds = [
        ("text", reply.text.is_some()),
        ("refusal", reply.refusal.is_some()),
        ("tool_calls", reply.tool_calls.is_some()),
        ("choices", reply.choices.is_some()),
        ("embeddings", reply.embeddings.is_some()),
        ("error", reply.error.is_some()),
        ("raw", reply.raw.is_some()),
    ];
    let written: Vec<&str> = kinds.into_iter().filter(|(_, written)| *written).map(|(key, _)| key).collect();
    match written.as_slice() {
        [kind] => check_belongings(kind, reply, place, found),
        several => one_reply(several, place, found),
    }
    let (foreign, help): (&[&str], _) = match call.operation() {
        Operation::Chat => {
            (&["embeddings"], "a chat is answered with `text`, `refusal`, `tool_calls`, `choices`, `error` or `raw`")
        }
        Operation::Embeddings => (
            &["text", "refusal", "tool_calls", "choices"],
            "embeddings are answered with `embeddings = {}`, `error` or `raw`",
        ),
    };
    for key in foreign.iter().filter(|key| written.contains(key)) {
        let message = format!("`{key}` is no reply to {}", call.operation().as_str());
        let span = place.key(key).key_span();
        found
            .push(Diagnostic::new(DiagnosticKind::ReplyMismatch, message, span, "another operation's").with_help(help));
    }
}

fn one_reply(written: &[&str], place: Place<'_>, found: &mut Diagnostics) {
    let kind = DiagnosticKind::OneReply;
    let diagnostic = match written {
        [first, second, ..] => {
            let message = format!("the reply is both `{first}` and `{second}`");
            Diagnostic::new(kind, message, place.key(second).key_span(), "the second")
                .with_secondary(place.key(first).key_span(), "the first")
        }
        _ => Diagnostic::new(kind, "the reply says nothing", place.span(), "no answer in this reply"),
    };
    found.push(
        diagnostic.with_help(
            "write exactly one of `text`, `refusal`, `tool_calls`, `choices`, `embeddings`, `error` and `raw`",
        ),
    );
}

/// Keys that only some kinds of answers have.
fn check_belongings(kind: &str, reply: &Reply, place: Place<'_>, found: &mut Diagnostics) {
    let (is_error, is_raw) = (kind == "error", kind == "raw");
    if is_raw {
        check_raw(reply, place, found);
    }
    let misplaced = [
        ("usage", reply.usage.is_some() && is_error, "an error has none"),
        ("finish_reason", reply.finish_reason.is_some() && is_error, "an error has none"),
        ("finish_reason", reply.finish_reason.is_some() && kind == "embeddings", "embeddings have none"),
        ("finish_reason", reply.finish_reason.is_some() && kind == "choices", "each choice has its own"),
        ("chunk_gap_ms", reply.chunk_gap_ms.is_some() && is_error, "an error is not streamed"),
        ("fault", reply.fault.is_some() && is_error, "an error is not streamed"),
        ("retry_after_ms", reply.retry_after_ms.is_some() && !is_error, "only an error has it"),
        ("usage", reply.usage.is_some() && is_raw, WRITTEN_OUT),
        ("finish_reason", reply.finish_reason.is_some() && is_raw, WRITTEN_OUT),
        ("interleaved", reply.interleaved && is_raw, WRITTEN_OUT),
        ("annotations", reply.annotations.is_some() && is_raw, WRITTEN_OUT),
        ("without_done", reply.without_done && is_raw, WRITTEN_OUT),
        ("after_chunk", reply.after_chunk.is_some() && is_raw, "the fault comes after the last event"),
    ];
    for (key, _, label) in misplaced.into_iter().filter(|(_, misplaced, _)| *misplaced) {
        let message = format!("`{key}` does not belong to a reply with `{kind}`");
        found.push(
            Diagnostic::new(DiagnosticKind::Misplaced, message, place.key(key).key_span(), label)
                .with_help(format!("leave `{key}` out")),
        );
    }
}

/// What the mock itself refuses of an answer that is written byte for byte.
fn check_raw(reply: &Reply, place: Place<'_>, found: &mut Diagnostics) {
    let Err(mistake) = reply.scripted(None) else { return };
    let raw = place.key("raw");
    let (kind, span, label) = match &mistake {
        BadReply::Both { other, .. } => (DiagnosticKind::OneReply, raw.key(other).key_span(), "the second"),
        BadReply::Status(_) => (DiagnosticKind::UnknownValue, raw.key("status").span(), "from 100 to 999"),
        BadReply::RawFault => (DiagnosticKind::Misplaced, place.key("fault").span(), "no end of a connection"),
        // Said of every kind of answer, each at its place.
        _ => return,
    };
    let help = match &mistake {
        BadReply::Both { .. } => "write at most one of `body`, `json` and `events`",
        BadReply::Status(_) => "write the status that the service answers with, or leave it out for 200",
        _ => "write the broken event into `events`",
    };
    found.push(Diagnostic::new(kind, mistake.to_string(), span, label).with_help(help));
}

/// Every answer of a model says what it cost, even where the application never sees it.
fn check_usage(call: Call<'_>, reply: &Reply, place: Place<'_>, found: &mut Diagnostics) {
    let Some(usage) = &reply.usage else {
        // A reply that says nothing is reported as that.
        if reply.is_message() || reply.embeddings.is_some() {
            let message = "the reply does not say what it cost";
            found.push(
                Diagnostic::new(DiagnosticKind::Usage, message, place.span(), "needs `usage`")
                    .with_help("write `usage = { input = 57, output = 17 }`, with counts that stand nowhere else"),
            );
        }
        return;
    };
    let place = place.key("usage");
    let parts =
        [("cached", usage.cached, "input", usage.input), ("reasoning", usage.reasoning, "output", usage.output)];
    for (part, part_count, whole, whole_count) in parts {
        if part_count > whole_count {
            let message = format!("`{part}` is more than `{whole}`");
            found.push(
                Diagnostic::new(DiagnosticKind::Usage, message, place.key(part).span(), "a part of the other")
                    .with_secondary(place.key(whole).span(), "the whole")
                    .with_help(format!("`{whole}` counts the tokens of `{part}` too")),
            );
        }
    }
    if call.operation() == Operation::Embeddings && usage.output > 0 {
        let message = "embeddings have no output tokens";
        found.push(
            Diagnostic::new(DiagnosticKind::Usage, message, place.key("output").span(), "the service reports none")
                .with_help("write `usage = { input = … }`"),
        );
    }
}

/// Whether the client tries again after an error.
fn is_retried(error: ErrorKind) -> bool {
    matches!(error.status(), 408 | 409 | 429 | 500..)
}

/// The error answers before the reply must be ones after which the client tries again, and not too many.
fn check_refusals(context: &Context<'_>, reply: &Reply, place: Place<'_>, found: &mut Diagnostics) {
    let place = place.key("preceded_by");
    for (index, refusal) in reply.preceded_by.iter().enumerate() {
        if !is_retried(refusal.error) {
            let message = "the client does not try again after this error";
            found.push(
                Diagnostic::new(
                    DiagnosticKind::ReplyUnreachable,
                    message,
                    place.item(index).key("error").span(),
                    "final",
                )
                .with_help(
                    "the client tries again only after 408, 409, 429 and from 500 on: make it the reply's own `error`",
                ),
            );
        }
    }
    let retries = context.file.application.max_retries.unwrap_or(DEFAULT_RETRIES);
    if usize::try_from(retries).is_ok_and(|retries| reply.preceded_by.len() > retries) {
        let times = if retries == 1 { "time" } else { "times" };
        let message = format!("the client tries again {retries} {times} at most");
        let label = format!("{} answers before the reply", reply.preceded_by.len());
        let mut diagnostic = Diagnostic::new(DiagnosticKind::ReplyUnreachable, message, place.span(), label)
            .with_help("write fewer, or a greater `max_retries` in `[application]`");
        let written = context.document.key("application").key("max_retries");
        if written.is_written() {
            diagnostic = diagnostic.with_secondary(written.span(), "as set here");
        }
        found.push(diagnostic);
    }
}
