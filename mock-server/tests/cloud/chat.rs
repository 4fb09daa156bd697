//! Chat completions that are not streamed.

use azure_openai_mock::{ChatReply, Choice, Cloud, CloudConfig, FinishReason, ScriptedReply, ToolCall, Usage};

use crate::support::{CHAT, HELLO, cloud, names, post, text};

const CATEGORIES: &str = r#"{"hate":{"filtered":false,"severity":"safe"},"protected_material_code":{"detected":false,"filtered":false},"protected_material_text":{"detected":false,"filtered":false},"self_harm":{"filtered":false,"severity":"safe"},"sexual":{"filtered":false,"severity":"safe"},"violence":{"filtered":false,"severity":"safe"}}"#;
const PROMPT: &str = r#"[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"},"jailbreak":{"detected":false,"filtered":false},"self_harm":{"filtered":false,"severity":"safe"},"sexual":{"filtered":false,"severity":"safe"},"violence":{"filtered":false,"severity":"safe"}}}]"#;

fn scripted(reply: ChatReply, body: &str) -> String {
    let cloud = cloud();
    cloud.script("chat-prod", ScriptedReply::Chat(reply));
    text(&cloud.reply(&post(CHAT, body)))
}

#[test]
fn a_reply_that_is_kept_for_a_text_does_not_depend_on_who_comes_first() {
    let ask = |question: &str| format!(r#"{{"messages":[{{"role":"user","content":"{question}"}}]}}"#);
    let asked = |order: [&str; 3]| {
        let cloud = cloud();
        for question in ["One?", "Two?"] {
            let reply = ScriptedReply::Chat(ChatReply::text(&format!("About {question}")));
            cloud.script_for("chat-prod", question, vec![reply]);
        }
        let mut texts: Vec<String> =
            order.iter().map(|question| text(&cloud.reply(&post(CHAT, &ask(question))))).collect();
        texts.sort();
        texts
    };
    let texts = asked(["One?", "Two?", "Three?"]);
    assert_eq!(texts, asked(["Two?", "One?", "Three?"]));
    let said = |text: &str| texts.iter().filter(|answer| answer.contains(text)).count();
    assert_eq!((said("About One?"), said("About Two?")), (1, 1));
}

#[test]
fn a_field_that_is_given_twice_counts_as_it_was_given_last() {
    let twice =
        r#"{"messages":[{"role":"user","content":"One"}],"messages":[{"role":"user","content":"a","content":"Two"}]}"#;
    let once = r#"{"messages":[{"role":"user","content":"Two"}]}"#;
    assert_eq!(text(&cloud().reply(&post(CHAT, twice))), text(&cloud().reply(&post(CHAT, once))));
}

#[test]
fn a_conversation_that_goes_on_gets_the_reply_for_its_last_text() {
    let cloud = cloud();
    for question in ["One?", "Two?"] {
        let reply = ScriptedReply::Chat(ChatReply::text(&format!("About {question}")));
        cloud.script_for("chat-prod", question, vec![reply]);
    }
    let both = r#"{"messages":[{"role":"user","content":"One?"},{"role":"assistant","content":"Yes."},{"role":"user","content":"Two?"}]}"#;
    assert!(text(&cloud.reply(&post(CHAT, both))).contains("About Two?"));
    cloud.clear_scripts();
    assert!(!text(&cloud.reply(&post(CHAT, both))).contains("About One?"));
}

fn call(id: &str, city: &str) -> ToolCall {
    ToolCall { id: id.to_owned(), name: "get_weather".to_owned(), arguments_json: format!("{{\"city\":\"{city}\"}}") }
}

#[test]
fn an_answer_has_sorted_keys_and_ends_with_a_line_feed() {
    let reply = ChatReply {
        usage: Some(Usage { input: 16, output: 19, cached: 4, reasoning: 2 }),
        response_id: Some("chatcmpl-1".to_owned()),
        ..ChatReply::text("It is 18 °C.\n")
    };
    let body = scripted(reply, HELLO);
    let fingerprint =
        body.split("system_fingerprint\":\"").nth(1).and_then(|rest| rest.get(..13)).expect("fingerprint");
    let expected = format!(
        r#"{{"choices":[{{"content_filter_results":{CATEGORIES},"finish_reason":"stop","index":0,"logprobs":null,"message":{{"annotations":[],"content":"It is 18 °C.\n","refusal":null,"role":"assistant"}}}}],"created":1795154400,"id":"chatcmpl-1","model":"gpt-4o-2024-11-20","object":"chat.completion","prompt_filter_results":{PROMPT},"system_fingerprint":"{fingerprint}","usage":{{"completion_tokens":19,"completion_tokens_details":{{"accepted_prediction_tokens":0,"audio_tokens":0,"reasoning_tokens":2,"rejected_prediction_tokens":0}},"prompt_tokens":16,"prompt_tokens_details":{{"audio_tokens":0,"cached_tokens":4}},"total_tokens":35}}}}"#
    ) + "\n";
    assert_eq!(body, expected);
}

#[test]
fn tool_calls_have_null_content_and_no_filter_results() {
    let choice = Choice { tool_calls: vec![call("call_1", "Oslo")], ..Choice::default() };
    let body = scripted(ChatReply { choices: vec![choice], ..ChatReply::default() }, HELLO);
    assert!(body.starts_with(r#"{"choices":[{"content_filter_results":{},"finish_reason":"tool_calls","index":0,"logprobs":null,"message":{"annotations":[],"content":null,"refusal":null,"role":"assistant","tool_calls":[{"function":{"arguments":"{\"city\":\"Oslo\"}","name":"get_weather"},"id":"call_1","type":"function"}]}}]"#), "{body}");
}

#[test]
fn a_filtered_choice_without_text_has_no_content() {
    let choice = Choice { finish_reason: Some(FinishReason::ContentFilter), ..Choice::default() };
    let body = scripted(ChatReply { choices: vec![choice], ..ChatReply::default() }, HELLO);
    assert!(body.contains(r#""violence":{"filtered":true,"severity":"medium"}},"finish_reason":"content_filter""#));
    assert!(body.contains(r#""message":{"annotations":[],"refusal":null,"role":"assistant"}"#));
}

#[test]
fn a_refusal_stands_in_for_content() {
    let choice = Choice { refusal: Some("I cannot.".to_owned()), ..Choice::default() };
    let body = scripted(ChatReply { choices: vec![choice], ..ChatReply::default() }, HELLO);
    assert!(body.contains(r#""finish_reason":"stop""#) && body.contains(r#""content":null,"refusal":"I cannot.""#));
}

#[test]
fn without_a_script_the_answer_is_useful() {
    let check = |rest: &str, part: &str| {
        let body = format!(r#"{{"messages":[{{"role":"user","content":"Hi"}}],{rest}}}"#);
        let answer = text(&cloud().reply(&post(CHAT, &body)));
        assert!(answer.contains(part), "{rest}: {answer}");
    };
    let tool = r#""tools":[{"type":"function","function":{"name":"get_weather","parameters":{"type":"object","properties":{"city":{"type":"string"}}}}}]"#;
    check(r#""n":2"#, r#""index":1"#);
    check(r#""max_tokens":2"#, r#""finish_reason":"length""#);
    check(&format!(r#"{tool},"tool_choice":"required""#), r#""finish_reason":"tool_calls""#);
    check(&format!(r#"{tool},"tool_choice":"required""#), r#""arguments":"{\"city\":\"example\"}""#);
    check(
        &format!(r#"{tool},"tool_choice":{{"type":"function","function":{{"name":"get_weather"}}}}"#),
        r#""finish_reason":"stop""#,
    );
    check(
        r#""response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{"properties":{"a":{"type":"integer"}}}}}"#,
        r#""content":"{\"a\":1}""#,
    );
}

#[test]
fn the_headers_are_those_of_2026() {
    let reply = cloud().reply(&post(CHAT, HELLO));
    assert_eq!(
        names(&reply),
        [
            "Content-Length",
            "Content-Type",
            "Date",
            "Strict-Transport-Security",
            "apim-request-id",
            "azureml-model-session",
            "skip-error-remapping",
            "x-accel-buffering",
            "x-content-type-options",
            "x-ms-deployment-name",
            "x-ms-is-spilled-over",
            "x-ms-rai-invoked",
            "x-ms-region",
            "x-ratelimit-abusepenalty-active",
            "x-ratelimit-limit-requests",
            "x-ratelimit-limit-tokens",
            "x-ratelimit-remaining-requests",
            "x-ratelimit-remaining-tokens",
            "x-ratelimit-renewalperiod-requests",
            "x-ratelimit-renewalperiod-tokens",
            "x-ratelimit-reset-requests",
            "x-ratelimit-reset-tokens",
            "x-request-id",
        ]
    );
    assert_eq!(reply.header("x-ms-deployment-name"), Some("chat-prod"));
    assert_eq!(reply.header("x-ms-region"), Some("East US 2"));
}

#[test]
fn reasoning_models_have_no_fingerprint_and_name_the_served_model() {
    let mut config = CloudConfig::sample();
    config.deployments[0].model = "gpt-5.2-2025-12-11".to_owned();
    let cloud = Cloud::new(config);
    let reply = cloud.reply(&post(CHAT, HELLO));
    assert!(text(&reply).contains(r#""system_fingerprint":null"#));
    assert_eq!(reply.header("x-ms-served-model"), Some("gpt-5.2-2025-12-11"));
    assert_eq!(reply.header("x-ratelimit-key"), Some("gpt-5.2_2025-12-11"));
    let limited = r#"{"messages":[{"role":"user","content":"Hi"}],"max_tokens":5}"#;
    assert!(text(&cloud.reply(&post(CHAT, limited))).contains("Use 'max_completion_tokens' instead."));
}
