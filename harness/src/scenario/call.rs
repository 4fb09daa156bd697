//! What a worker is sent to perform a step: the `step` of the protocol's `run`.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::{Call, Chat, ClientKind, Embeddings, ParameterType, Scenario, Step, ThenStop, Tool, VectorEncoding, Via};

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
        let message = |role: &str, content: &Option<String>| {
            content.as_ref().map(|content| json!({ "role": role, "content": content }))
        };
        let user = message("user", &chat.user).map(|message| with_images(message, &chat.images));
        let messages: Vec<Value> = [message("system", &chat.system), user].into_iter().flatten().collect();
        let mut request = json!({
            "messages": messages,
            "continue": chat.continues,
            "tool_results": chat.tool_results,
            "parameters": chat_parameters(chat),
            "stream": chat.stream,
            "include_usage": chat.include_usage,
            "read": chat.read.as_ref().map(|read| json!({ "chunks": read.chunks, "then": read.then.as_str() })),
        });
        if let Some(via) = chat.via {
            request["via"] = json!(via.as_str());
        }
        if chat.objects {
            request["objects"] = json!(true);
        }
        if let Some(timeout) = chat.timeout_ms {
            request["timeout_s"] = json!(seconds(timeout));
        }
        if !chat.tools.is_empty() {
            let offered =
                chat.tools.iter().filter_map(|name| Some(function_schema(name, self.file().tools.get(name)?)));
            request["tools"] = offered.collect();
        }
        request
    }
}

impl ThenStop {
    /// The word in files and in the worker protocol.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Break => "break",
            Self::Close => "close",
            Self::Cancel => "cancel",
            Self::Hold => "hold",
        }
    }
}

impl Via {
    /// The word in files and in the worker protocol.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::StreamingResponse => "streaming-response",
            Self::ContextManager => "context-manager",
            Self::Parse => "parse",
            Self::Helper => "helper",
        }
    }
}

impl ClientKind {
    /// The word in files and in the worker protocol.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Azure => "azure",
            Self::OpenaiV1 => "openai-v1",
        }
    }
}

impl ParameterType {
    /// The JSON Schema type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
        }
    }
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

fn response_format(chat: &Chat) -> Option<Value> {
    if let Some(schema) = &chat.response_schema {
        let mut form = object_schema(&schema.properties);
        form["additionalProperties"] = false.into();
        let named = json!({ "name": schema.name, "strict": true, "schema": form });
        return Some(json!({ "type": "json_schema", "json_schema": named }));
    }
    chat.json_object.then(|| json!({ "type": "json_object" }))
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

impl VectorEncoding {
    /// The word in files and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Float => "float",
            Self::Base64 => "base64",
        }
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

/// The JSON Schema of an object whose members are all required.
fn object_schema(members: &IndexMap<String, ParameterType>) -> Value {
    let properties: Map<String, Value> =
        members.iter().map(|(member, kind)| (member.clone(), json!({ "type": kind.as_str() }))).collect();
    let required: Vec<&String> = members.keys().collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::scenario::{Scenario, parse};

    const CLOUD: &str = r#"
        title = "t"
        intent = "i"
        [azure.resources.east]
        region = "eastus2"
        [azure.deployments.chat-prod]
        resource = "east"
        model = "gpt-4o-2024-11-20"
        [azure.deployments.vectors]
        resource = "east"
        model = "text-embedding-3-small"
        [tools.get_weather]
        description = "Current weather in one city"
        parameters = { city = "string", days = "integer" }
    "#;

    fn check(steps: &str, expected: &[Value]) {
        let scenario = scenario(steps);
        let requests: Vec<Value> = scenario.steps().map(|planned| scenario.step_request(planned.step)).collect();
        assert_eq!(requests, expected);
    }

    fn scenario(steps: &str) -> Scenario {
        parse("scenarios/chat/test.toml", &format!("{CLOUD}{steps}"), &[])
            .unwrap_or_else(|mistakes| panic!("{mistakes}"))
    }

    #[test]
    fn a_tool_conversation_is_sent_in_the_protocols_shape() {
        let steps = r#"
            [[step]]
            id = "ask"
            chat = { deployment = "chat-prod", system = "s", user = "u", tools = ["get_weather"], temperature = 0.0, stop = ["."] }
            [step.reply]
            tool_calls = [{ id = "call_1", tool = "get_weather", arguments = { city = "Oslo" } }]
            usage = { input = 1 }
            [[step]]
            id = "answer"
            chat = { deployment = "chat-prod", continue = "ask", tool_results = { call_1 = { temperature_c = 18 } } }
            reply = { text = "t", usage = { input = 1 } }
        "#;
        let tool = json!({
            "type": "function",
            "function": {
                "name": "get_weather",
                "description": "Current weather in one city",
                "parameters": {
                    "type": "object",
                    "properties": { "city": { "type": "string" }, "days": { "type": "integer" } },
                    "required": ["city", "days"],
                },
            },
        });
        let ask = json!({
            "id": "ask", "resource": "east", "operation": "chat", "model": "chat-prod",
            "messages": [{ "role": "system", "content": "s" }, { "role": "user", "content": "u" }],
            "continue": null, "tool_results": {}, "tools": [tool],
            "parameters": { "temperature": 0.0, "stop": ["."] },
            "stream": false, "include_usage": null, "read": null,
        });
        let answer = json!({
            "id": "answer", "resource": "east", "operation": "chat", "model": "chat-prod",
            "messages": [], "continue": "ask", "tool_results": { "call_1": { "temperature_c": 18 } },
            "parameters": {}, "stream": false, "include_usage": null, "read": null,
        });
        check(steps, &[ask, answer]);
    }

    #[test]
    fn a_stream_says_how_it_is_read() {
        let steps = r#"
            [[step]]
            id = "tell"
            chat = { deployment = "chat-prod", user = "u", stream = true, include_usage = true, read = { chunks = 2, then = "close" } }
            reply = { text = "t", usage = { input = 1 } }
        "#;
        let tell = json!({
            "id": "tell", "resource": "east", "operation": "chat", "model": "chat-prod",
            "messages": [{ "role": "user", "content": "u" }], "continue": null, "tool_results": {}, "parameters": {},
            "stream": true, "include_usage": true, "read": { "chunks": 2, "then": "close" },
        });
        check(steps, &[tell]);
        assert!(scenario(steps).abandons_streams());
    }

    #[test]
    fn one_text_to_embed_stays_a_list() {
        let steps = r#"
            [[step]]
            id = "embed"
            embeddings = { deployment = "vectors", input = ["a"], dimensions = 16 }
            reply = { embeddings = {}, usage = { input = 1 } }
        "#;
        let embed = json!({
            "id": "embed", "resource": "east", "operation": "embeddings", "model": "vectors",
            "input": ["a"], "parameters": { "dimensions": 16 },
        });
        check(steps, &[embed]);
    }

    #[test]
    fn a_group_opens_before_its_first_step_and_closes_after_its_last() {
        let step = |id: &str| {
            format!(
                "[[step]]\nid = \"{id}\"\nchat = {{ deployment = \"chat-prod\", user = \"u\" }}\n\
                 reply = {{ text = \"t\", usage = {{ input = 1 }} }}\n"
            )
        };
        let group = "[[group]]\nid = \"g\"\nname = \"n\"\nsteps = [\"b\", \"c\"]\n";
        let scenario = scenario(&format!("{}{}{}{}{group}", step("a"), step("b"), step("c"), step("d")));
        let seen: Vec<(&str, bool, bool, bool)> = scenario
            .steps()
            .map(|planned| {
                (planned.step.id.as_str(), planned.group.is_some(), planned.opens_group, planned.closes_group)
            })
            .collect();
        assert_eq!(
            seen,
            [
                ("a", false, false, false),
                ("b", true, true, false),
                ("c", true, false, true),
                ("d", false, false, false)
            ]
        );
    }
}
