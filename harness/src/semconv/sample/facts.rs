//! What is known of a call besides its telemetry.

use super::Facts;
use crate::scenario::{Call, Chat, Step};

const HTTPS: u16 = 443;

impl Facts {
    /// What a scenario's step asks for. Of the answer it tells only a refusal: what a broken stream or a retry comes to
    /// is the client's business.
    pub fn of_step(step: &Step) -> Self {
        let Some(call) = step.call() else { return Self::default() };
        let reply = step.reply.as_ref();
        let chat = step.chat.as_ref();
        // Which output type a format amounts to is not decided here, so nothing is demanded of it.
        let formatted = chat.is_some_and(|chat| chat.response_schema.is_some() || chat.json_object.is_some());
        Self {
            stream: Some(call.is_stream()),
            seed: Some(matches!(call, Call::Chat(Chat { seed: Some(_), .. }))),
            choices: Some(chat.and_then(|chat| chat.n).map_or(1, u64::from)),
            port: Some(HTTPS),
            service_tier_requested: Some(false),
            service_tier_answered: None,
            output_format: (!formatted).then_some(false),
            model: Some(true),
            error: reply.is_some_and(|reply| reply.error.is_some()).then_some(true),
        }
    }
}
