//! What a scenario's steps and groups ask of a worker, with every name resolved.

use serde_json::{Map, Value, json};

use super::format::{object_schema, response_format};
use super::responses;
use super::{BranchRequest, CallRequest, ChatRequest, EmbeddingsInput, EmbeddingsRequest, GroupRequest, StepRequest};
use crate::scenario::{Branch, Call, Chat, ChatApi, Embeddings, Group, PlannedStep, Scenario, Tool};

impl StepRequest {
    /// What a step asks for.
    pub fn of(scenario: &Scenario, planned: PlannedStep<'_>) -> Self {
        let call = planned.call;
        let resource = scenario.deployment(call.deployment()).map(|deployment| deployment.resource.clone());
        let (parameters, via, specific) = match call {
            Call::Chat(chat) => (chat_parameters(chat), chat.via, CallRequest::Chat(ChatRequest::of(scenario, chat))),
            Call::Embeddings(embeddings) => (
                embeddings_parameters(embeddings),
                embeddings.via,
                CallRequest::Embeddings(EmbeddingsRequest::of(embeddings)),
            ),
        };
        Self {
            id: planned.step.id.clone(),
            // A checked scenario has every deployment that it calls, or the call is to find none.
            resource: resource.unwrap_or_default(),
            model: call.model().to_owned(),
            parameters,
            via,
            call: specific,
        }
    }
}

impl BranchRequest {
    /// What a branch asks for.
    pub fn of(scenario: &Scenario, branch: &Branch<'_>) -> Self {
        Self {
            group: branch.group.map(GroupRequest::of),
            steps: branch.steps.iter().map(|planned| StepRequest::of(scenario, *planned)).collect(),
        }
    }
}

impl GroupRequest {
    /// The application's own span of a group.
    pub fn of(group: &Group) -> Self {
        Self {
            group: group.id.clone(),
            name: group.name.clone(),
            session: group.session.clone(),
            user: group.user.clone(),
        }
    }
}

impl ChatRequest {
    fn of(scenario: &Scenario, chat: &Chat) -> Self {
        Self {
            api: chat.api,
            stored: chat.stored,
            messages: new_messages(chat),
            continues: chat.continues.clone(),
            tool_results: chat.tool_results.iter().map(|(id, result)| (id.clone(), result.clone())).collect(),
            tools: offered(scenario, chat),
            stream: chat.stream,
            include_usage: chat.include_usage,
            read: chat.read.clone(),
            timeout_s: chat.timeout_ms.map(seconds),
            objects: chat.objects,
        }
    }
}

impl EmbeddingsRequest {
    fn of(embeddings: &Embeddings) -> Self {
        let input = match (&embeddings.input, &embeddings.text, &embeddings.tokens) {
            (Some(texts), ..) => EmbeddingsInput::Texts(texts.clone()),
            (None, Some(text), _) => EmbeddingsInput::Text(text.clone()),
            (None, None, tokens) => EmbeddingsInput::Tokens(tokens.clone().unwrap_or_default()),
        };
        Self { input }
    }
}

fn offered(scenario: &Scenario, chat: &Chat) -> Vec<Value> {
    let known = chat.tools.iter().filter_map(|name| Some(function_schema(name, scenario.file().tools.get(name)?)));
    match chat.api {
        ChatApi::Completions => known.collect(),
        ChatApi::Responses => known.map(|tool| responses::flat_tool(&tool)).collect(),
    }
}

fn new_messages(chat: &Chat) -> Vec<Value> {
    let message = |role: &str, content: &Option<String>| {
        content.as_ref().map(|content| json!({ "role": role, "content": content }))
    };
    let user = message("user", &chat.user);
    match chat.api {
        ChatApi::Completions => {
            let user = user.map(|message| with_images(message, &chat.images));
            [message("system", &chat.system), user].into_iter().flatten().collect()
        }
        ChatApi::Responses => user.map(|message| responses::with_images(message, &chat.images)).into_iter().collect(),
    }
}

/// Keyword arguments that the client is given unchanged.
fn chat_parameters(chat: &Chat) -> Map<String, Value> {
    if chat.api == ChatApi::Responses {
        return responses::parameters(chat);
    }
    given([
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
    ])
}

fn embeddings_parameters(embeddings: &Embeddings) -> Map<String, Value> {
    given([
        ("dimensions", embeddings.dimensions.map(Value::from)),
        ("encoding_format", embeddings.encoding.map(|encoding| json!(encoding))),
    ])
}

/// The arguments that a call has.
pub(super) fn given<const COUNT: usize>(arguments: [(&str, Option<Value>); COUNT]) -> Map<String, Value> {
    arguments.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
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

/// A tool as the chat API takes it; every parameter is required.
fn function_schema(name: &str, tool: &Tool) -> Value {
    let parameters = object_schema(&tool.parameters);
    json!({
        "type": "function",
        "function": { "name": name, "description": tool.description, "parameters": parameters },
    })
}

/// Milliseconds as the seconds of the protocol.
pub(crate) fn seconds(milliseconds: u64) -> f64 {
    f64::from(u32::try_from(milliseconds).unwrap_or(u32::MAX)) / 1000.0
}

#[cfg(test)]
#[path = "from_scenario_tests.rs"]
mod tests;
