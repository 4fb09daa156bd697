//! What the request says about a concept.

use serde_json::{Value as Json, json};

use super::conversation::conversation;
use super::value::Truth;
use super::wire_json::{list, tools};
use crate::convention::Concept;
use crate::wire::{Answer, WireExchange};

/// Hosts of Azure OpenAI, public and sovereign.
const AZURE_HOSTS: &[&str] = &[
    ".openai.azure.com",
    ".openai.azure.us",
    ".openai.azure.cn",
    ".cognitiveservices.azure.com",
    ".services.ai.azure.com",
];

/// The truth of a concept that the request knows; none when the request knows nothing of the concept.
pub(super) fn truth(concept: Concept, exchange: &WireExchange) -> Option<Truth> {
    let transport = match concept {
        Concept::ServerHost => Truth::is(exchange.host.as_str(), "the host that was called"),
        Concept::ServerPort => Truth::is(exchange.port, "the port that was called"),
        Concept::Provider => provider(exchange),
        Concept::Operation => operation(&exchange.path),
        Concept::ApiType => api_type(&exchange.path),
        Concept::ApiVersion => Truth::maybe(api_version(exchange), "`api-version` in the request's query"),
        _ => return body(concept, exchange),
    };
    Some(transport)
}

fn provider(exchange: &WireExchange) -> Truth {
    let host = &exchange.host;
    if !AZURE_HOSTS.iter().any(|suffix| host.ends_with(suffix)) {
        // Behind a gateway or a name of one's own nobody can tell whose service it is.
        return Truth::Unknown;
    }
    if exchange.path.starts_with("/models/") {
        return Truth::is("azure.ai.inference", format!("the path is {}", exchange.path));
    }
    Truth::is("azure.ai.openai", format!("the host is {host}"))
}

fn operation(path: &str) -> Truth {
    let place = format!("the request's path {path}");
    match path.trim_end_matches('/').rsplit('/').next() {
        Some("completions") if path.contains("/chat/") => Truth::is("chat", place),
        Some("embeddings") => Truth::is("embeddings", place),
        // The conventions call it a chat, too.
        Some("responses") => Truth::OneOf { words: vec!["chat".to_owned(), "responses".to_owned()], place },
        _ => Truth::Unknown,
    }
}

fn api_type(path: &str) -> Truth {
    let place = format!("the request's path {path}");
    match path.trim_end_matches('/').rsplit('/').next() {
        Some("completions") if path.contains("/chat/") => Truth::is("chat_completions", place),
        Some("responses") => Truth::is("responses", place),
        _ => Truth::nothing(place),
    }
}

fn api_version(exchange: &WireExchange) -> Option<&str> {
    exchange.query.as_deref()?.split('&').find_map(|pair| pair.strip_prefix("api-version="))
}

fn deployment(exchange: &WireExchange) -> Option<&str> {
    exchange.path.split_once("/deployments/")?.1.split('/').next()
}

fn body(concept: Concept, exchange: &WireExchange) -> Option<Truth> {
    let request = exchange.request.as_ref();
    let member = |name: &str| request.and_then(|body| body.get(name)).filter(|value| !value.is_null());
    let sent = |name: &str| {
        let place = format!("the request body's `/{name}`");
        // A body that is no JSON says nothing.
        if request.is_none() { Truth::Unknown } else { Truth::maybe(member(name).cloned(), &place) }
    };
    Some(match concept {
        Concept::RequestModel => match member("model") {
            Some(model) => Truth::is(model.clone(), "the request body's `/model`"),
            None => Truth::maybe(deployment(exchange), "the deployment in the request's path"),
        },
        Concept::RequestDeployment => match deployment(exchange) {
            Some(name) => Truth::is(name, "the deployment in the request's path"),
            None => sent("model"),
        },
        Concept::RequestTemperature => sent("temperature"),
        Concept::RequestTopP => sent("top_p"),
        Concept::RequestMaxTokens => {
            let others = ["max_completion_tokens", "max_output_tokens"];
            match others.into_iter().find(|name| member(name).is_some()) {
                // The bound of reasoning and answer together is not what the conventions describe.
                Some(other) if member("max_tokens").is_none() => sent(other).or_left_out(),
                _ => sent("max_tokens"),
            }
        }
        Concept::RequestSeed => sent("seed"),
        Concept::RequestFrequencyPenalty => sent("frequency_penalty"),
        Concept::RequestPresencePenalty => sent("presence_penalty"),
        Concept::RequestStop => listed(sent("stop")),
        Concept::RequestChoices if member("n") == Some(&json!(1)) => sent("n").or_left_out(),
        Concept::RequestChoices => sent("n"),
        Concept::RequestUser => sent("user"),
        Concept::RequestServiceTier => sent("service_tier"),
        Concept::RequestReasoningEffort => match member("reasoning").and_then(|reasoning| reasoning.get("effort")) {
            Some(effort) if !effort.is_null() => Truth::is(effort.clone(), "the request body's `/reasoning/effort`"),
            _ => sent("reasoning_effort"),
        },
        Concept::OutputType if exchange.path.ends_with("/embeddings") => {
            Truth::nothing("what comes of embeddings is no output of a type")
        }
        Concept::OutputType if request.is_none() => Truth::Unknown,
        Concept::OutputType => output_type(member("response_format").or_else(|| member("text")?.get("format"))),
        // Clients ask for base64 on their own and hand out numbers.
        Concept::RequestEncodingFormats => listed(sent("encoding_format")).or_left_out(),
        Concept::EmbeddingsDimensions => match (member("dimensions"), Answer::of(&exchange.response).dimensions) {
            // Who records the length of a vector without being asked for one says what is so.
            (None, Some(length)) => Truth::omittable(length, "the length of the vectors in the answer"),
            _ => sent("dimensions"),
        },
        Concept::EmbeddingsTexts => match member("input") {
            Some(input) if texts_only(input) && exchange.path.ends_with("/embeddings") => listed(sent("input")),
            _ => Truth::Unknown,
        },
        Concept::Stream => {
            let streamed = member("stream") == Some(&Json::Bool(true));
            let place = "the request body's `/stream`";
            if streamed { Truth::is(true, place) } else { Truth::omittable(false, place) }
        }
        Concept::ToolDefinitions => {
            let name = |tool: &Json| tool.pointer("/function/name").or_else(|| tool.get("name")).cloned();
            let names: Option<Vec<Json>> = tools(member("tools")).map(name).collect();
            match names {
                None => Truth::Unknown,
                Some(names) => list(names, "the request body's `/tools/*/function/name`"),
            }
        }
        Concept::InputUser
        | Concept::InputSystem
        | Concept::InputAssistant
        | Concept::InputRoles
        | Concept::InputToolCalls
        | Concept::InputToolResults => conversation(concept, exchange),
        _ => return None,
    })
}

/// What was asked for; where nothing was, the service answers in text, and saying so is no mistake.
fn output_type(format: Option<&Json>) -> Truth {
    match format.and_then(|format| format.get("type")?.as_str()) {
        // The conventions call both ways to ask for JSON `json`, and used to call them by their own names.
        Some(kind) if kind.starts_with("json") => {
            let words = vec!["json".to_owned(), kind.to_owned()];
            Truth::OneOf { words, place: "the type of the format in the request's body".to_owned() }
        }
        Some(kind) => Truth::omittable(kind, "the type of the format in the request's body"),
        None => Truth::omittable("text", "the request's body has no format, so that the answer is text"),
    }
}

fn texts_only(input: &Json) -> bool {
    input.is_string() || input.as_array().is_some_and(|inputs| inputs.iter().all(Json::is_string))
}

fn listed(truth: Truth) -> Truth {
    match truth {
        Truth::Is { value, place, omittable } if !value.is_array() => {
            Truth::Is { value: Json::Array(vec![value]), place, omittable }
        }
        other => other,
    }
}
