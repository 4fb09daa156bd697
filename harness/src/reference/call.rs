//! One call: what is asked for, and the request that asks for it.

use serde_json::{Map, Value, json};

use super::responses;
use crate::protocol::{CallRequest, ChatRequest, OpenRequest, StepRequest};
use crate::scenario::{ChatApi, ClientKind, Operation};

/// The version that the service's own library for model inference sends.
const MODEL_INFERENCE_VERSION: &str = "2024-05-01-preview";

/// A call as telemetry and the wire need it.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// What is asked for.
    pub operation: Operation,
    /// The service, by its newest name in the conventions.
    pub provider: &'static str,
    /// What the application passed as `model`.
    pub model: String,
    /// The host that is called.
    pub host: String,
    /// The port that is called.
    pub port: u16,
    /// The whole URL.
    pub url: String,
    /// The resource's name, by which its key is found.
    pub resource: String,
    /// The request body.
    pub body: Value,
    /// The messages of a chat as telemetry describes them, whatever the API's own shape.
    pub messages: Vec<Value>,
}

/// A conversation so far: the messages that were sent and the answer to them.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversation {
    /// What was sent.
    pub sent: Vec<Value>,
    /// The assistant's message as it was received; the list of output items of a response.
    pub answer: Value,
    /// The answer's id.
    pub id: Option<String>,
}

/// A step that cannot be performed as it is asked for: a mistake of the harness, not of anybody else.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// No such resource was opened.
    #[error("no resource `{0}` was opened")]
    Resource(String),
    /// The endpoint is no URL of a host.
    #[error("`{0}` is no endpoint")]
    Endpoint(String),
    /// The step continues one that has no answer.
    #[error("step `{0}` has no answer to continue from")]
    NoAnswer(String),
}

impl Call {
    /// The call of a step; `earlier` is the conversation that it continues.
    pub fn new(open: &OpenRequest, step: &StepRequest, earlier: Option<&Conversation>) -> Result<Self, CallError> {
        let resource = open.resources.get(&step.resource).ok_or_else(|| CallError::Resource(step.resource.clone()))?;
        let (host, port) =
            host_and_port(&resource.endpoint).ok_or_else(|| CallError::Endpoint(resource.endpoint.clone()))?;
        let deployment = open.pinned_deployment.as_ref().unwrap_or(&step.model);
        let is_responses = matches!(&step.call, CallRequest::Chat(chat) if chat.api == ChatApi::Responses);
        let path = match step.operation() {
            _ if is_responses => "responses",
            Operation::Chat => "chat/completions",
            Operation::Embeddings => "embeddings",
        };
        let endpoint = resource.endpoint.trim_end_matches('/');
        let version = &open.api_version;
        let url = match open.library {
            ClientKind::Azure if is_responses => format!("{endpoint}/openai/responses?api-version={version}"),
            ClientKind::Azure => format!("{endpoint}/openai/deployments/{deployment}/{path}?api-version={version}"),
            ClientKind::OpenaiV1 => format!("{endpoint}/openai/v1/{path}"),
            ClientKind::ModelInference => format!("{endpoint}/models/{path}?api-version={MODEL_INFERENCE_VERSION}"),
        };
        let body = body(step, earlier)?;
        Ok(Self {
            messages: if is_responses { responses::messages(&body) } else { listed(&body, "messages").to_vec() },
            operation: step.operation(),
            provider: match open.library {
                ClientKind::Azure | ClientKind::OpenaiV1 => "azure.ai.openai",
                ClientKind::ModelInference => "azure.ai.inference",
            },
            model: step.model.clone(),
            resource: step.resource.clone(),
            host,
            port,
            url,
            body,
        })
    }

    /// What was sent as the conversation, in the API's own shape.
    pub(super) fn sent(&self) -> Vec<Value> {
        let key = if self.body.get("input").is_some() { "input" } else { "messages" };
        listed(&self.body, key).to_vec()
    }

    /// Whether a stream is asked for.
    pub fn is_stream(&self) -> bool {
        self.body.get("stream") == Some(&Value::Bool(true))
    }
}

fn listed<'a>(body: &'a Value, key: &str) -> &'a [Value] {
    body.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn body(step: &StepRequest, earlier: Option<&Conversation>) -> Result<Value, CallError> {
    let mut body = match &step.call {
        CallRequest::Chat(chat) if chat.api == ChatApi::Responses => responses::body(chat, earlier)?,
        CallRequest::Chat(chat) => chat_body(chat, earlier)?,
        CallRequest::Embeddings(embeddings) => Map::from_iter([("input".to_owned(), json!(embeddings.input))]),
    };
    body.insert("model".to_owned(), step.model.clone().into());
    body.extend(step.parameters.clone());
    Ok(Value::Object(body))
}

fn chat_body(chat: &ChatRequest, earlier: Option<&Conversation>) -> Result<Map<String, Value>, CallError> {
    let mut body = Map::from_iter([("messages".to_owned(), messages(chat, earlier)?.into())]);
    if !chat.tools.is_empty() {
        body.insert("tools".to_owned(), chat.tools.clone().into());
    }
    if chat.stream {
        body.insert("stream".to_owned(), true.into());
    }
    if let Some(include_usage) = chat.include_usage {
        body.insert("stream_options".to_owned(), json!({ "include_usage": include_usage }));
    }
    Ok(body)
}

/// The messages of a conversation that goes on: what was sent, the answer as received, tool results in the order of
/// the answer's calls, then what is new.
fn messages(chat: &ChatRequest, earlier: Option<&Conversation>) -> Result<Vec<Value>, CallError> {
    let mut messages = Vec::new();
    if let Some(id) = &chat.continues {
        let earlier = earlier.ok_or_else(|| CallError::NoAnswer(id.clone()))?;
        messages.extend(earlier.sent.iter().cloned());
        messages.push(earlier.answer.clone());
        let calls = earlier.answer.get("tool_calls").and_then(Value::as_array).into_iter().flatten();
        let ids = calls.filter_map(|call| call.get("id").and_then(Value::as_str));
        messages.extend(ids.filter_map(|id| {
            let result = chat.tool_results.get(id)?;
            Some(json!({ "role": "tool", "tool_call_id": id, "content": result.to_string() }))
        }));
    }
    messages.extend(chat.messages.iter().cloned());
    Ok(messages)
}

fn host_and_port(endpoint: &str) -> Option<(String, u16)> {
    let (scheme, rest) = endpoint.split_once("://")?;
    let authority = rest.split('/').next().filter(|authority| !authority.is_empty())?;
    match authority.split_once(':') {
        Some((host, port)) => Some((host.to_owned(), port.parse().ok()?)),
        None => Some((authority.to_owned(), if scheme == "https" { 443 } else { 80 })),
    }
}
