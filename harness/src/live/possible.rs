//! What of a scenario a live service can be asked for, and why not the rest.

use crate::matrix::Axes;
use crate::scenario::{AuthMode, Call, FilterMode, FinishReason, Reply, Scenario, Step};

/// Why a live service cannot be asked to play its part in a scenario; none when it can.
pub fn impossible(scenario: &Scenario, axes: Axes) -> Option<String> {
    let azure = &scenario.file().azure;
    if azure.token_lifetime_s.is_some() {
        return Some(not_on_request("tokens that expire early"));
    }
    if let AuthMode::ExpiredToken | AuthMode::WrongAudience | AuthMode::NoRole = axes.auth {
        return Some(not_on_request("a token with a fault"));
    }
    scenario.steps().find_map(|planned| {
        let deployment = scenario.deployment(planned.call.deployment())?;
        let resource = azure.resources.get(&deployment.resource)?;
        if !resource.reachable {
            return Some("nobody is to answer here, so there is nothing live about it".to_owned());
        }
        if deployment.filter == FilterMode::Asynchronous {
            return Some(not_on_request("the asynchronous content filter"));
        }
        let goes_on = planned.step.chat.as_ref().is_some_and(|chat| !chat.tool_results.is_empty());
        if goes_on && scenario.file().parallel_of(&planned.step.id).is_some() {
            let reason =
                "a live model gives its tool calls ids of its own, which a step that runs beside others cannot";
            return Some(format!("{reason} be told in time"));
        }
        match &planned.step.reply {
            Some(reply) => reply_impossible(reply, planned.step, planned.call),
            // Without a reply the service answers by itself: it refuses a wrong key, or has no such deployment.
            None if axes.auth == AuthMode::WrongKey || !deployment.exists => None,
            None => Some(not_on_request("this refusal")),
        }
    })
}

fn reply_impossible(reply: &Reply, step: &Step, call: Call<'_>) -> Option<String> {
    let limited =
        step.chat.as_ref().is_some_and(|chat| chat.max_tokens.is_some() || chat.max_completion_tokens.is_some());
    let odd_reason = |reason: Option<FinishReason>| match reason {
        None | Some(FinishReason::Stop | FinishReason::ToolCalls) => false,
        Some(FinishReason::Length) => !limited,
        Some(_) => true,
    };
    let choices = reply.choices.as_deref().unwrap_or_default();
    let refuses = reply.refusal.is_some() || choices.iter().any(|choice| choice.refusal.is_some());
    let usage = reply.usage.as_ref();
    let silent = reply.text.as_deref() == Some("");
    let fetched = match call {
        Call::Chat(chat) => chat.images.iter().any(|image| !image.starts_with("data:")),
        Call::Embeddings(_) => false,
    };
    let reasons = [
        (reply.error.is_some(), "an error"),
        (reply.raw.is_some(), "an answer byte for byte"),
        (!reply.preceded_by.is_empty(), "errors before the answer"),
        (reply.fault.is_some(), "a broken stream"),
        (reply.delay_ms.is_some() || reply.chunk_gap_ms.is_some(), "a paced answer"),
        (reply.without_done, "a stream without `[DONE]`"),
        (reply.interleaved, "fragments that take turns"),
        (reply.annotations.is_some(), "annotations at a given place"),
        (refuses, "a refusal"),
        (silent, "an empty answer"),
        (odd_reason(reply.finish_reason), "this finish reason"),
        (choices.iter().any(|choice| odd_reason(choice.finish_reason)), "this finish reason"),
        (usage.is_some_and(|usage| usage.cached > 0), "tokens read from the cache"),
        (fetched, "an image at an address that does not exist"),
    ];
    reasons.into_iter().find(|(applies, _)| *applies).map(|(_, what)| not_on_request(what))
}

fn not_on_request(what: &str) -> String {
    format!("a live service does not give {what} on request")
}
