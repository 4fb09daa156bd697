//! What a worker is sent for a step.

use serde_json::{Value, json};

use super::StepRequest;
use crate::scenario::sample;

fn check(steps: &str, expected: &[Value]) {
    let scenario = sample(steps);
    let requests: Vec<Value> = scenario.steps().map(|planned| json!(StepRequest::of(&scenario, planned))).collect();
    assert_eq!(requests, expected);
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
fn a_scenario_says_how_long_it_waits() {
    let check = |chat: &str, reply: &str, expected: u64| {
        let steps = format!(
            "[[step]]\nid = \"tell\"\nchat = {{ deployment = \"chat-prod\", user = \"u\", stream = true{chat} }}\n\
             reply = {{ text = \"abc\", usage = {{ input = 1 }}{reply} }}\n"
        );
        assert_eq!(sample(&steps).longest_wait(), std::time::Duration::from_millis(expected), "{chat} {reply}");
    };
    let paced = r#", chunks = ["a", "b", "c"], chunk_gap_ms = 200"#;
    check("", "", 0);
    check("", ", delay_ms = 70", 70);
    check("", paced, 400);
    check("", &format!("{paced}, delay_ms = 70"), 470);
    check(", timeout_ms = 50", ", delay_ms = 60000", 50);
    check(", timeout_ms = 2000", &format!("{paced}, fault = \"stall\", after_chunk = 1"), 2000);
    check("", r#", preceded_by = [{ error = "rate_limit", retry_after_ms = 10 }]"#, 10);
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
    assert!(sample(steps).abandons_streams());
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
    let scenario = sample(&format!("{}{}{}{}{group}", step("a"), step("b"), step("c"), step("d")));
    let seen: Vec<(&str, bool, bool, bool)> = scenario
        .steps()
        .map(|planned| (planned.step.id.as_str(), planned.group.is_some(), planned.opens_group, planned.closes_group))
        .collect();
    assert_eq!(
        seen,
        [("a", false, false, false), ("b", true, true, false), ("c", true, false, true), ("d", false, false, false)]
    );
}
