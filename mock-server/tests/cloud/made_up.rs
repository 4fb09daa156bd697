//! Answers that nobody scripted: what a model could have said, and what it costs.

use azure_openai_mock::{Cloud, CloudConfig, Deployment, Reply};
use serde_json::{Value, json};

use crate::support::{post, request, text};

const KEY: &[(&str, &str)] = &[("api-key", "mock-key-east")];

fn cloud() -> Cloud {
    let mut config = CloudConfig::sample();
    config.deployments.push(Deployment::new("o3", "contoso-east", "o3-mini-2025-01-31"));
    Cloud::new(config)
}

fn chat(cloud: &Cloud, deployment: &str, body: &Value) -> Reply {
    let path = format!("/openai/deployments/{deployment}/chat/completions?api-version=2025-04-01-preview");
    cloud.reply(&post(&path, &body.to_string()))
}

fn respond(cloud: &Cloud, body: &Value) -> Value {
    parsed(&cloud.reply(&post("/openai/v1/responses", &body.to_string())))
}

fn parsed(reply: &Reply) -> Value {
    serde_json::from_str(&text(reply)).unwrap_or_else(|error| panic!("{error}: {}", text(reply)))
}

/// The JSON of every event.
fn events(reply: &Reply) -> Vec<Value> {
    let text = text(reply);
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    data.filter_map(|data| serde_json::from_str(data).ok()).collect()
}

fn user(content: &str) -> Value {
    json!([{ "role": "user", "content": content }])
}

#[test]
fn limits_are_kept_to_the_token() {
    let check = |more: Value, content: &str, finish: &str, tokens: u64| {
        let mut body = json!({ "messages": user("one two three four five") });
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let answer = parsed(&chat(&cloud(), "chat-prod", &body));
        let choice = &answer["choices"][0];
        assert_eq!(choice["message"]["content"], content, "{body}");
        assert_eq!((&choice["finish_reason"], &answer["usage"]["completion_tokens"]), (&finish.into(), &tokens.into()));
    };
    check(json!({}), "You said: one two three four five", "stop", 9);
    check(json!({ "max_tokens": 9 }), "You said: one two three four five", "stop", 9);
    check(json!({ "max_tokens": 8 }), "You said: one two three four five", "length", 8);
    check(json!({ "max_completion_tokens": 5 }), "You said: one two", "length", 5);
    check(json!({ "max_tokens": 1 }), "You", "length", 1);
    check(json!({ "stop": " three" }), "You said: one two", "stop", 6);
    check(json!({ "stop": ["four", "two"] }), "You said: one ", "stop", 6);
}

#[test]
fn a_response_keeps_its_limit_too() {
    let answer = respond(&cloud(), &json!({ "model": "chat-prod", "input": "a ".repeat(30), "max_output_tokens": 16 }));
    assert_eq!(answer["output"][0]["content"][0]["text"], format!("You said:{}", " a".repeat(13)));
    assert_eq!(answer["incomplete_details"]["reason"], "max_output_tokens");
    assert_eq!(answer["usage"]["output_tokens"], 16);
}

#[test]
fn chunks_and_logprobs_are_tokens() {
    let body = json!({ "stream": true, "logprobs": true, "messages": user("18 °C, perhaps?") });
    let chunks = events(&chat(&cloud(), "chat-prod", &body));
    let said: Vec<&str> = chunks.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str()).collect();
    assert_eq!(said, ["", "You", " said", ":", " ", "18", " °", "C", ",", " perhaps", "?"]);
    let logged = chunks.iter().filter_map(|chunk| chunk["choices"][0]["logprobs"]["content"].as_array().cloned());
    let logged: Vec<Value> = logged.flatten().collect();
    let whole = json!({ "logprobs": true, "messages": user("18 °C, perhaps?") });
    let whole = parsed(&chat(&cloud(), "chat-prod", &whole));
    assert_eq!(&Value::Array(logged), &whole["choices"][0]["logprobs"]["content"]);
    assert_eq!(whole["choices"][0]["logprobs"]["content"].as_array().map(Vec::len), Some(said.len() - 1));
}

#[test]
fn effort_costs_tokens_and_may_use_up_the_limit() {
    let check = |more: Value, reasoning: u64, finish: &str| {
        let mut body = json!({ "messages": user("Hi") });
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let answer = parsed(&chat(&cloud(), "o3", &body));
        assert_eq!(answer["usage"]["completion_tokens_details"]["reasoning_tokens"], reasoning, "{body}");
        assert_eq!(answer["choices"][0]["finish_reason"], finish, "{body}");
        answer
    };
    check(json!({}), 192, "stop");
    check(json!({ "reasoning_effort": "low" }), 64, "stop");
    check(json!({ "reasoning_effort": "high" }), 512, "stop");
    let silent = check(json!({ "max_completion_tokens": 50 }), 50, "length");
    assert_eq!(
        (&silent["choices"][0]["message"]["content"], &silent["usage"]["completion_tokens"]),
        (&"".into(), &50.into())
    );
}

#[test]
fn a_response_is_what_its_fields_ask_for() {
    let cloud = cloud();
    let mut body =
        json!({ "model": "chat-prod", "input": "JSON, please", "text": { "format": { "type": "json_object" } } });
    let answer = respond(&cloud, &body);
    assert_eq!(answer["output"][0]["content"][0]["text"], r#"{"answer":"example"}"#);
    assert_eq!(answer.get("conversation"), None);
    body["conversation"] = "conv_1".into();
    assert_eq!(respond(&cloud, &body)["conversation"], json!({ "id": "conv_1" }));
    let body =
        json!({ "model": "chat-prod", "input": "Hi", "include": ["message.output_text.logprobs"], "top_logprobs": 2 });
    let logprobs = respond(&cloud, &body)["output"][0]["content"][0]["logprobs"].clone();
    assert_eq!(
        (&logprobs[1]["token"], logprobs[1]["top_logprobs"].as_array().map(Vec::len)),
        (&" said".into(), Some(2))
    );
}

#[test]
fn a_schema_in_the_prompt_is_met() {
    let schema =
        r#"{"properties":{"city":{"type":"string"},"degrees":{"type":"integer"}},"required":["city","degrees"]}"#;
    let messages = json!([
        { "role": "system", "content": format!("Answer with JSON like this: {schema}") },
        { "role": "user", "content": "How is the weather?" },
    ]);
    let body = json!({ "messages": messages, "response_format": { "type": "json_object" } });
    let answer = parsed(&chat(&cloud(), "chat-prod", &body));
    assert_eq!(answer["choices"][0]["message"]["content"], r#"{"city":"example","degrees":1}"#);
}

#[test]
fn who_goes_on_from_a_response_pays_for_it() {
    let cloud = cloud();
    let first = respond(&cloud, &json!({ "model": "chat-prod", "input": "one two three four" }));
    let alone = respond(&cloud, &json!({ "model": "chat-prod", "input": "and then?" }));
    let next = json!({ "model": "chat-prod", "input": "and then?", "previous_response_id": first["id"] });
    let next = respond(&cloud, &next);
    let input = |answer: &Value| answer["usage"]["input_tokens"].as_u64().expect("a number");
    assert_eq!(input(&next), input(&alone) + first["usage"]["total_tokens"].as_u64().expect("a number"));
}

#[test]
fn a_long_prompt_that_comes_again_is_read_from_the_cache() {
    let cloud = cloud();
    let system = "All that is known of ships. ".repeat(200);
    let ask = |system: &str, question: &str| {
        let messages = json!([{ "role": "system", "content": system }, { "role": "user", "content": question }]);
        let answer = parsed(&chat(&cloud, "chat-prod", &json!({ "messages": messages })));
        answer["usage"]["prompt_tokens_details"]["cached_tokens"].as_u64().expect("a number")
    };
    assert_eq!(ask(&system, "What is a mast?"), 0);
    let cached = ask(&system, "What is a keel?");
    assert!(cached >= 1024 && cached.is_multiple_of(128), "{cached}");
    assert_eq!(ask("Short.", "What is a mast?") + ask("Short.", "What is a mast?"), 0);
}

#[test]
fn a_stored_response_can_be_seen_as_events() {
    let cloud = cloud();
    let body = json!({ "model": "chat-prod", "input": "Hi", "stream": true }).to_string();
    let first = events(&cloud.reply(&post("/openai/v1/responses", &body)));
    let id = first[0]["response"]["id"].as_str().expect("an id");
    let again = |query: &str| {
        events(&cloud.reply(&request("GET", &format!("/openai/v1/responses/{id}?stream=true{query}"), KEY, "")))
    };
    assert_eq!(again(""), first);
    assert_eq!(again("&starting_after=3"), first[4..]);
    assert_eq!(again("&starting_after=99"), Vec::<Value>::new());
}

#[test]
fn the_date_never_runs_backwards() {
    let cloud = cloud();
    let hi = json!({ "messages": user("Hi") });
    let mut last = String::new();
    for (deployment, count) in [("chat-prod", 3), ("o3", 1), ("nobody", 2), ("chat-prod", 1)] {
        for _ in 0..count {
            let date = chat(&cloud, deployment, &hi).header("date").expect("a date").to_owned();
            assert!(date >= last, "{date} comes after {last}");
            last = date;
        }
    }
}
