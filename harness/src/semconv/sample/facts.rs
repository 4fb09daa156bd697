//! What is known of a call besides its telemetry.

use serde_json::Value;

use super::Facts;
use crate::scenario::{Call, Chat, Step};
use crate::wire::{WireExchange, WireKind, WireResponse};

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

    /// What an exchange with the model asked for and got. Nothing of any other exchange.
    pub fn of_exchange(exchange: &WireExchange) -> Self {
        let (WireKind::Model, Some(request)) = (exchange.kind, &exchange.request) else { return Self::default() };
        let is_set = |name: &str| request.get(name).is_some_and(|value| !value.is_null());
        let tier = request.get("service_tier").and_then(Value::as_str);
        Self {
            stream: Some(request.get("stream") == Some(&Value::Bool(true))),
            seed: Some(is_set("seed")),
            choices: Some(request.get("n").and_then(Value::as_u64).unwrap_or(1)),
            port: Some(exchange.port),
            service_tier_requested: Some(tier.is_some_and(|tier| tier != "auto")),
            service_tier_answered: answered_tier(&exchange.response),
            output_format: Some(is_set("response_format")),
            model: (is_set("model") || exchange.path.contains("/deployments/")).then_some(true),
            error: exchange.status.map(|status| status >= 400).filter(|failed| *failed || exchange.complete),
        }
    }
}

fn answered_tier(response: &WireResponse) -> Option<bool> {
    let has_tier = |body: &Value| body.get("service_tier").is_some_and(|tier| !tier.is_null());
    match response {
        WireResponse::Json(body) => Some(has_tier(body)),
        WireResponse::Events(events) => Some(events.iter().any(has_tier)),
        WireResponse::None | WireResponse::Text(_) => None,
    }
}
