//! What the request says of the conversation: who said what, which tools were called, what they gave.

use serde_json::Value as Json;

use super::value::Truth;
use super::wire_json::{list, opened, tools};
use crate::convention::Concept;
use crate::wire::WireExchange;

/// The truth of a concept that the messages or items of the request know.
pub(super) fn conversation(concept: Concept, exchange: &WireExchange) -> Truth {
    let Some(messages) = exchange.request.as_ref().and_then(|body| body.get("messages")).and_then(Json::as_array)
    else {
        return responses(concept, exchange);
    };
    let of_role = |roles: &[&str]| {
        let messages = messages.iter().filter(|message| roles.contains(&role(message)));
        messages.flat_map(texts).map(Json::from).collect::<Vec<_>>()
    };
    match concept {
        Concept::InputUser => Truth::maybe(of_role(&["user"]).pop(), "the last `user` message of the request"),
        Concept::InputSystem => list(of_role(&["system", "developer"]), "the request's `system` messages"),
        Concept::InputAssistant => list(of_role(&["assistant"]), "the request's `assistant` messages"),
        Concept::InputRoles => {
            list(messages.iter().map(|message| role(message).into()).collect(), "the request body's `/messages/*/role`")
        }
        Concept::InputToolCalls => {
            let names = messages.iter().flat_map(|message| tools(message.get("tool_calls")));
            let names = names.filter_map(|call| call.pointer("/function/name").cloned()).collect();
            list(names, "the request body's `/messages/*/tool_calls/*/function/name`")
        }
        Concept::InputToolResults => {
            let results = messages.iter().filter(|message| role(message) == "tool");
            let results = results.filter_map(|message| message.get("content")).map(opened).collect();
            list(results, "the request's `tool` messages")
        }
        _ => Truth::Unknown,
    }
}

/// The same of a Responses request, whose instructions stand beside its items.
fn responses(concept: Concept, exchange: &WireExchange) -> Truth {
    let Some(body) = exchange.request.as_ref().filter(|_| exchange.path.ends_with("/responses")) else {
        // Inputs of other shapes have no one reading.
        return Truth::Unknown;
    };
    let items: Vec<&Json> = match body.get("input") {
        Some(Json::Array(items)) => items.iter().collect(),
        Some(text @ Json::String(_)) => return of_text(concept, text, body),
        _ => return Truth::Unknown,
    };
    let of_kind = |kind: &'static str| items.iter().copied().filter(move |item| kind_of(item) == kind);
    let of_role = |roles: &[&str]| {
        let messages = of_kind("message").filter(|message| roles.contains(&role(message)));
        messages.flat_map(texts).map(Json::from).collect::<Vec<_>>()
    };
    match concept {
        Concept::InputUser => Truth::maybe(of_role(&["user"]).pop(), "the last `user` item of the request's `/input`"),
        Concept::InputSystem => {
            let said = body.get("instructions").filter(|text| text.is_string()).cloned();
            let said = said.into_iter().chain(of_role(&["system", "developer"])).collect();
            list(said, "the request's `/instructions`")
        }
        Concept::InputAssistant => list(of_role(&["assistant"]), "the request's `assistant` items"),
        Concept::InputToolCalls => {
            let names = of_kind("function_call").filter_map(|item| item.get("name").cloned()).collect();
            list(names, "the request body's `/input/*/name`")
        }
        Concept::InputToolResults => {
            let results = of_kind("function_call_output").filter_map(|item| item.get("output")).map(opened).collect();
            list(results, "the request body's `/input/*/output`")
        }
        // Whether instructions and calls count as messages is everybody's own affair.
        _ => Truth::Unknown,
    }
}

/// An input that is one text.
fn of_text(concept: Concept, text: &Json, body: &Json) -> Truth {
    match concept {
        Concept::InputUser => Truth::is(text.clone(), "the request body's `/input`"),
        Concept::InputSystem => {
            let said = body.get("instructions").filter(|text| text.is_string()).cloned();
            list(said.into_iter().collect(), "the request's `/instructions`")
        }
        _ => Truth::Unknown,
    }
}

/// The type of an item; a message may leave it out.
fn kind_of(item: &Json) -> &str {
    item.get("type").and_then(Json::as_str).unwrap_or("message")
}

fn role(message: &Json) -> &str {
    message.get("role").and_then(Json::as_str).unwrap_or_default()
}

/// The texts of a message: its content, or the text parts of it.
fn texts(message: &Json) -> Vec<&str> {
    match message.get("content") {
        Some(Json::String(text)) if !text.is_empty() => vec![text],
        Some(Json::Array(parts)) => parts.iter().filter_map(|part| part.get("text")?.as_str()).collect(),
        _ => Vec::new(),
    }
}
