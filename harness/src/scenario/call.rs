//! What a worker is sent to perform a step: the `step` of the protocol's `run`.

use serde_json::{Map, Value, json};

use super::{Call, Chat, Embeddings, ParameterType, Scenario, Step, ThenStop, Tool};

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
        let messages: Vec<Value> =
            [message("system", &chat.system), message("user", &chat.user)].into_iter().flatten().collect();
        let mut request = json!({
            "messages": messages,
            "continue": chat.continues,
            "tool_results": chat.tool_results,
            "parameters": chat_parameters(chat),
            "stream": chat.stream,
            "include_usage": chat.include_usage,
            "read": chat.read.as_ref().map(|read| json!({ "chunks": read.chunks, "then": read.then.as_str() })),
        });
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
    ];
    parameters.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn embeddings_request(embeddings: &Embeddings) -> Value {
    let dimensions = embeddings.dimensions.map(|dimensions| ("dimensions".to_owned(), Value::from(dimensions)));
    let parameters: Map<String, Value> = dimensions.into_iter().collect();
    // A list of one stays a list: a text alone is another request on the wire.
    json!({ "input": embeddings.input, "parameters": parameters })
}

/// A tool as the chat API takes it; every parameter is required.
fn function_schema(name: &str, tool: &Tool) -> Value {
    let properties: Map<String, Value> =
        tool.parameters.iter().map(|(parameter, kind)| (parameter.clone(), json!({ "type": kind.as_str() }))).collect();
    let required: Vec<&String> = tool.parameters.keys().collect();
    json!({
        "type": "function",
        "function": {
            "name": name,
            "description": tool.description,
            "parameters": { "type": "object", "properties": properties, "required": required },
        },
    })
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
