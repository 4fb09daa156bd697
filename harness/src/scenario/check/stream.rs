//! What only a stream has: reading a part of it, chunks, faults.

use super::Context;
use crate::diagnose::{Diagnostic, DiagnosticKind, Diagnostics, Place};
use crate::scenario::{Chat, ClientMode, Reply, ThenStop};

pub(super) fn check_call(context: &Context<'_>, chat: &Chat, place: Place<'_>, found: &mut Diagnostics) {
    if !chat.stream {
        let written = [("include_usage", chat.include_usage.is_some()), ("read", chat.read.is_some())];
        for (key, _) in written.into_iter().filter(|(_, written)| *written) {
            needs_stream(key, place.key(key), "write `stream = true`", found);
        }
    }
    let Some(read) = &chat.read else { return };
    let place = place.key("read");
    if read.then == ThenStop::Cancel && context.file.matrix.client.contains(&ClientMode::Sync) {
        let client = context.document.key("matrix").key("client");
        let message = "only an async client can cancel";
        let mut diagnostic =
            Diagnostic::new(DiagnosticKind::CancelNeedsAsync, message, place.key("then").span(), "cancels a task")
                .with_help("write `client = [\"async\"]` in `[matrix]`");
        if client.is_written() {
            diagnostic = diagnostic.with_secondary(client.span(), "a sync client has no task");
        }
        found.push(diagnostic);
    }
}

/// `streamed`: whether the step asks for a stream.
pub(super) fn check_reply(streamed: bool, reply: &Reply, place: Place<'_>, found: &mut Diagnostics) {
    if !streamed {
        let written = [
            ("chunks", reply.chunks.is_some()),
            ("chunk_gap_ms", reply.chunk_gap_ms.is_some()),
            ("fault", reply.fault.is_some()),
            ("after_chunk", reply.after_chunk.is_some()),
            ("interleaved", reply.interleaved),
            ("annotations", reply.annotations.is_some()),
            ("without_done", reply.without_done),
        ];
        for (key, _) in written.into_iter().filter(|(_, written)| *written) {
            needs_stream(key, place.key(key), "write `stream = true` in the call", found);
        }
    }
    check_chunks(reply, place, found);
    check_fault(reply, place, found);
}

fn needs_stream(key: &str, place: Place<'_>, help: &str, found: &mut Diagnostics) {
    let message = format!("`{key}` needs a stream");
    let diagnostic = Diagnostic::new(DiagnosticKind::NeedsStream, message, place.key_span(), "this call is no stream");
    found.push(diagnostic.with_help(help));
}

fn check_chunks(reply: &Reply, place: Place<'_>, found: &mut Diagnostics) {
    let Some(chunks) = &reply.chunks else { return };
    let chunks_place = place.key("chunks");
    let Some(text) = &reply.text else {
        let message = "`chunks` without `text`";
        found.push(
            Diagnostic::new(DiagnosticKind::Misplaced, message, chunks_place.key_span(), "there is no text to cut")
                .with_help("write `text`: what the chunks are when they are joined"),
        );
        return;
    };
    let joined = chunks.concat();
    if joined != *text {
        let message = "the chunks do not join to the text";
        found.push(
            Diagnostic::new(DiagnosticKind::ChunksDiffer, message, chunks_place.span(), format!("joined: {joined:?}"))
                .with_secondary(place.key("text").span(), "the text")
                .with_help("a space between two words belongs to one of the chunks"),
        );
    }
}

fn check_fault(reply: &Reply, place: Place<'_>, found: &mut Diagnostics) {
    match (reply.fault, reply.after_chunk) {
        (Some(fault), Some(_)) if !fault.has_place() => found.push(
            Diagnostic::new(
                DiagnosticKind::FaultPlace,
                "`after_chunk` with a fault that has no place",
                place.key("after_chunk").span(),
                "it happens all along",
            )
            .with_secondary(place.key("fault").span(), "the fault")
            .with_help("leave `after_chunk` out"),
        ),
        (Some(fault), None) if fault.has_place() && reply.raw.is_none() => found.push(
            Diagnostic::new(DiagnosticKind::FaultPlace, "a fault without a place", place.key("fault").span(), "when?")
                .with_help("write `after_chunk`: how many content chunks leave before it"),
        ),
        (None, Some(_)) => found.push(
            Diagnostic::new(
                DiagnosticKind::FaultPlace,
                "`after_chunk` without a fault",
                place.key("after_chunk").span(),
                "what happens then?",
            )
            .with_help("write `fault`, or leave `after_chunk` out"),
        ),
        (Some(_), Some(after)) => {
            let count = reply.chunks.as_ref().map(Vec::len);
            if count.is_some_and(|count| usize::try_from(after).is_ok_and(|after| after > count)) {
                let message = format!("there is no chunk {after}");
                found.push(
                    Diagnostic::new(
                        DiagnosticKind::FaultPlace,
                        message,
                        place.key("after_chunk").span(),
                        "beyond the end",
                    )
                    .with_secondary(place.key("chunks").span(), format!("{} chunks", count.unwrap_or(0)))
                    .with_help("count the chunks that leave before the fault"),
                );
            }
        }
        (Some(_) | None, None) => {}
    }
}
