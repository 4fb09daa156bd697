//! How the application calls the client, where that asks for something of the call.

use crate::diagnose::{Diagnostic, DiagnosticKind, Diagnostics, Place};
use crate::scenario::{Chat, ChatApi, Embeddings, Via};

pub(super) fn check_chat(chat: &Chat, place: Place<'_>, found: &mut Diagnostics) {
    check_api(chat, place, found);
    let problem = match chat.via {
        Some(Via::ContextManager | Via::Helper) if !chat.stream => {
            Some(("only a stream has it", "write `stream = true`"))
        }
        Some(Via::Parse) if chat.stream => Some(("it gives no stream", "write `stream = false`, or another way")),
        Some(Via::Parse) if chat.response_schema.is_none() => {
            Some(("there is no form to parse", "write `response_schema`: what the application's type looks like"))
        }
        _ => None,
    };
    if let (Some(via), Some((label, help))) = (chat.via, problem) {
        push(via, place, label, help, found);
    }
    if let Some(choice) = chat.tool_choice.as_deref()
        && !matches!(choice, "auto" | "none" | "required")
        && !chat.tools.iter().any(|tool| tool == choice)
    {
        let offered = chat.tools.iter().map(String::as_str).chain(["auto", "none", "required"]);
        found.unknown_name("tool", choice, place.key("tool_choice").span(), offered);
    }
    if chat.objects && chat.continues.is_none() {
        let message = "`objects` without `continue`";
        found.push(
            Diagnostic::new(
                DiagnosticKind::Misplaced,
                message,
                place.key("objects").key_span(),
                "nothing to give back",
            )
            .with_help("write `continue`: the step whose objects are given back"),
        );
    }
    if !chat.images.is_empty() && chat.user.is_none() {
        let message = "`images` without `user`";
        found.push(
            Diagnostic::new(
                DiagnosticKind::Misplaced,
                message,
                place.key("images").key_span(),
                "no message to go with",
            )
            .with_help("write `user`: what is asked about the images"),
        );
    }
}

/// What one API has and the other has not.
fn check_api(chat: &Chat, place: Place<'_>, found: &mut Diagnostics) {
    let is_responses = chat.api == ChatApi::Responses;
    let foreign: &[(&str, bool)] = if is_responses {
        &[
            ("max_tokens", chat.max_tokens.is_some()),
            ("seed", chat.seed.is_some()),
            ("stop", chat.stop.is_some()),
            ("frequency_penalty", chat.frequency_penalty.is_some()),
            ("presence_penalty", chat.presence_penalty.is_some()),
            ("n", chat.n.is_some()),
            ("logprobs", chat.logprobs.is_some()),
            ("top_logprobs", chat.top_logprobs.is_some()),
            ("include_usage", chat.include_usage.is_some()),
        ]
    } else {
        &[("stored", chat.stored)]
    };
    for (key, _) in foreign.iter().filter(|(_, written)| *written) {
        let name = if is_responses { "Responses" } else { "chat completions" };
        let message = format!("{name} have no `{key}`");
        found.push(
            Diagnostic::new(DiagnosticKind::ForeignKey, message, place.key(key).key_span(), "another API's")
                .with_help(format!("leave `{key}` out, or choose another `api`")),
        );
    }
}

pub(super) fn check_embeddings(embeddings: &Embeddings, place: Place<'_>, found: &mut Diagnostics) {
    if let Some(via @ (Via::ContextManager | Via::Parse | Via::Helper)) = embeddings.via {
        push(via, place, "embeddings have no such way", "write `raw` or `streaming-response`, or leave it out", found);
    }
    let kinds = [
        ("input", embeddings.input.is_some()),
        ("text", embeddings.text.is_some()),
        ("tokens", embeddings.tokens.is_some()),
    ];
    let written: Vec<&str> = kinds.into_iter().filter(|(_, written)| *written).map(|(key, _)| key).collect();
    if written.len() != 1 {
        let span = written.get(1).map_or_else(|| place.span(), |second| place.key(second).key_span());
        let message = if written.is_empty() { "nothing to embed" } else { "two inputs in one call" };
        found.push(
            Diagnostic::new(DiagnosticKind::OneInput, message, span, "what is embedded?")
                .with_help("write exactly one of `input`, `text` and `tokens`"),
        );
    }
}

fn push(via: Via, place: Place<'_>, label: &str, help: &str, found: &mut Diagnostics) {
    let message = format!("this call cannot be made via `{}`", via.as_str());
    found.push(Diagnostic::new(DiagnosticKind::Via, message, place.key("via").span(), label).with_help(help));
}
