//! What a worker is sent to perform a step: the `step` of the protocol's `run`.

use serde_json::{Map, Value, json};

use super::format::{object_schema, response_format};
use super::responses;
use super::{Call, Chat, ChatApi, Embeddings, Scenario, Step, Tool};

impl Scenario {
    /// The `step` object of the worker protocol's `run` request, with every name resolved.
    pub fn step_request(&self, step: &Step) -> Value {
        let Some(call) = step.call() else { return Value::Null };
        let resource = self.deployment(call.deployment()).map(|deployment| deployment.resource.as_str());
        let mut request = json!({
            "id": step.id,
            "resource": resource,
            "operation": call.operation().as_str(),
            "model": call.model(),
        });
        let specific = match call {
            Call::Chat(chat) => self.chat_request(chat),
            Call::Embeddings(embeddings) => embeddings_request(embeddings),
        };
        if let (Value::Object(request), Value::Object(specific)) = (&mut request, specific) {
            request.extend(specific);
        }
        request
    }

    fn chat_request(&self, chat: &Chat) -> Value {
        let is_responses = chat.api == ChatApi::Responses;
        let mut request = json!({
            "messages": new_messages(chat),
            "continue": chat.continues,
            "tool_results": chat.tool_results,
            "parameters": if is_responses { responses::parameters(chat) } else { chat_parameters(chat) },
            "stream": chat.stream,
            "include_usage": chat.include_usage,
            "read": chat.read.as_ref().map(|read| json!({ "chunks": read.chunks, "then": read.then.as_str() })),
        });
        let optional = [
            ("api", is_responses.then(|| json!("responses"))),
            ("via", chat.via.map(|via| json!(via.as_str()))),
            ("objects", chat.objects.then_some(json!(true))),
            ("stored", chat.stored.then_some(json!(true))),
            ("timeout_s", chat.timeout_ms.map(|timeout| json!(seconds(timeout)))),
            ("tools", (!chat.tools.is_empty()).then(|| self.offered(chat))),
        ];
        for (key, value) in optional {
            if let Some(value) = value {
                request[key] = value;
            }
        }
        request
    }

    fn offered(&self, chat: &Chat) -> Value {
        let known = chat.tools.iter().filter_map(|name| Some(function_schema(name, self.file().tools.get(name)?)));
        if chat.api == ChatApi::Responses {
            known.map(|tool| responses::flat_tool(&tool)).collect()
        } else {
            known.collect()
        }
    }
}

fn new_messages(chat: &Chat) -> Value {
    let message = |role: &str, content: &Option<String>| {
        content.as_ref().map(|content| json!({ "role": role, "content": content }))
    };
    let user = message("user", &chat.user);
    if chat.api == ChatApi::Responses {
        return user.map(|message| responses::with_images(message, &chat.images)).into_iter().collect();
    }
    let user = user.map(|message| with_images(message, &chat.images));
    [message("system", &chat.system), user].into_iter().flatten().collect()
}

/// Keyword arguments that the client is given unchanged.
fn chat_parameters(chat: &Chat) -> Map<String, Value> {
    let parameters = [
        ("temperature", chat.temperature.map(Value::from)),
        ("top_p", chat.top_p.map(Value::from)),
        ("max_tokens", chat.max_tokens.map(Value::from)),
        ("seed", chat.seed.map(Value::from)),
        ("stop", chat.stop.clone().map(Value::from)),
        ("frequency_penalty", chat.frequency_penalty.map(Value::from)),
        ("presence_penalty", chat.presence_penalty.map(Value::from)),
        ("n", chat.n.map(Value::from)),
        ("max_completion_tokens", chat.max_completion_tokens.map(Value::from)),
        ("reasoning_effort", chat.reasoning_effort.clone().map(Value::from)),
        ("logprobs", chat.logprobs.map(Value::from)),
        ("top_logprobs", chat.top_logprobs.map(Value::from)),
        ("tool_choice", chat.tool_choice.as_deref().map(tool_choice)),
        ("parallel_tool_calls", chat.parallel_tool_calls.map(Value::from)),
        ("response_format", response_format(chat)),
    ];
    parameters.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// A user message whose content is a text and images.
fn with_images(mut message: Value, images: &[String]) -> Value {
    if !images.is_empty() {
        let text = json!({ "type": "text", "text": message["content"] });
        let images = images.iter().map(|url| json!({ "type": "image_url", "image_url": { "url": url } }));
        message["content"] = [text].into_iter().chain(images).collect();
    }
    message
}

fn tool_choice(choice: &str) -> Value {
    match choice {
        "auto" | "none" | "required" => choice.into(),
        tool => json!({ "type": "function", "function": { "name": tool } }),
    }
}

/// Milliseconds as the seconds of the protocol.
pub(crate) fn seconds(milliseconds: u64) -> f64 {
    f64::from(u32::try_from(milliseconds).unwrap_or(u32::MAX)) / 1000.0
}

fn embeddings_request(embeddings: &Embeddings) -> Value {
    let parameters = [
        ("dimensions", embeddings.dimensions.map(Value::from)),
        ("encoding_format", embeddings.encoding.map(|encoding| encoding.as_str().into())),
    ];
    let parameters: Map<String, Value> =
        parameters.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    // A list of one stays a list: a text alone is another request on the wire.
    let input = match (&embeddings.input, &embeddings.text, &embeddings.tokens) {
        (Some(texts), ..) => json!(texts),
        (None, Some(text), _) => json!(text),
        (None, None, tokens) => json!(tokens),
    };
    let mut request = json!({ "input": input, "parameters": parameters });
    if let Some(via) = embeddings.via {
        request["via"] = json!(via.as_str());
    }
    request
}

/// A tool as the chat API takes it; every parameter is required.
fn function_schema(name: &str, tool: &Tool) -> Value {
    let parameters = object_schema(&tool.parameters);
    json!({
        "type": "function",
        "function": { "name": name, "description": tool.description, "parameters": parameters },
    })
}

#[cfg(test)]
#[path = "call_tests.rs"]
mod tests;
