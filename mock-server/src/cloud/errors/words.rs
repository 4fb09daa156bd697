//! The words in braces of the table's messages and headers.

use std::borrow::Cow;
use std::time::Duration;

use crate::cloud::call::Call;
use crate::cloud::route::Operation;
use crate::cloud::script::ErrorReply;

/// Fills in the words of a text. Those that nobody knows stay: the service sends such, too.
pub(super) fn fill(text: &'static str, call: &Call, error: &ErrorReply) -> Cow<'static, str> {
    if !text.contains('{') {
        return Cow::Borrowed(text);
    }
    let mut filled = String::with_capacity(text.len() + 64);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        rest = after;
        match after.split_once('}').and_then(|(name, rest)| Some((word(name, call, error)?, rest))) {
            Some((word, after)) => {
                filled.push_str(&word);
                rest = after;
            }
            None => filled.push('{'),
        }
    }
    filled.push_str(rest);
    Cow::Owned(filled)
}

fn word(name: &str, call: &Call, error: &ErrorReply) -> Option<Cow<'static, str>> {
    let target = &call.target;
    Some(match name {
        "action" => action(&target.operation).into(),
        "api" => match &target.api_version {
            None => "OpenAI Language Model Instance API".into(),
            Some(version) => format!("Azure OpenAI API version {version}").into(),
        },
        "audience" if target.foundry => "https://ai.azure.com".into(),
        "audience" => "https://cognitiveservices.azure.com".into(),
        "deployment" => call.deployment().to_owned().into(),
        "model" => call.model().without_date().to_owned().into(),
        "operation" => target.operation.name().into(),
        "path" => path(&target.operation).into(),
        "principal" => call.guid("principal").into(),
        "product" => if target.foundry { "AIServices" } else { "OpenAI" }.into(),
        "region" => target.served.region.clone().into(),
        "request" => call.guid("request").into(),
        "seconds" => seconds(error).to_string().into(),
        // Somewhat more than there is room for.
        "tokens" => (call.model().context_length + 1186).to_string().into(),
        "unit" => if seconds(error) == 1 { "second" } else { "seconds" }.into(),
        "version" => target.api_version.clone().map_or("v1".into(), Cow::Owned),
        "window" => call.model().context_length.to_string().into(),
        _ => return None,
    })
}

/// Whole seconds to wait, rounded up; one when nobody said.
pub(super) fn seconds(error: &ErrorReply) -> u64 {
    let wait = error.retry_after.or(error.retry_after_ms).unwrap_or(Duration::from_secs(1));
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// The end of a data action's name.
fn path(operation: &Operation) -> &'static str {
    match operation {
        Operation::Embeddings => "embeddings",
        Operation::Completions => "completions",
        Operation::Chat | Operation::Responses(_) | Operation::Models(_) | Operation::Info => "chat/completions",
    }
}

/// What an operation is called when a model cannot do it.
fn action(operation: &Operation) -> &'static str {
    match operation {
        Operation::Embeddings => "embeddings",
        Operation::Completions => "completion",
        Operation::Responses(_) => "responses",
        Operation::Chat | Operation::Models(_) | Operation::Info => "chatCompletion",
    }
}
