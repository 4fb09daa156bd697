//! Bodies that are not streamed: chat, completions, embeddings, Responses.

use azure_openai_mock::{
    ChatReply, Choice, Cloud, CloudConfig, Deployment, FinishReason, ResponseReply, ResponseStatus, ToolCall, Usage,
};
use serde_json::json as value;

use super::support::{HI, V, ask, chat, cloud, json, request, respond, scripted, text};
use super::{Fact, clients, here, no};

const ASK: &str = r#"{"model":"chat-prod","input":"Hi"}"#;

pub(crate) fn facts() -> Vec<Fact> {
    let mut facts = chats();
    facts.extend(completions_and_embeddings());
    facts.extend(responses());
    facts
}

fn call() -> ToolCall {
    ToolCall { id: "call_1".to_owned(), name: "f".to_owned(), arguments_json: "{}".to_owned() }
}

fn chats() -> Vec<Fact> {
    const S: &str = "5 chat";
    vec![
        here(S, "keys sorted, no spaces, a line feed at the end", || {
            let body = text(&chat("chat-prod", HI));
            body.starts_with("{\"choices\":[{\"content_filter_results\":{\"hate\":")
                && body.ends_with("}\n")
                && !body.contains("\": ")
        }),
        here(S, "`model` is the snapshot, not the deployment", || {
            json(&chat("chat-prod", HI))["model"] == "gpt-4o-2024-11-20"
        }),
        here(S, "old models have undotted names without a date", || json(&chat("old", HI))["model"] == "gpt-35-turbo"),
        here(S, "`system_fingerprint` is null for reasoning models", || {
            json(&chat("o3", HI))["system_fingerprint"].is_null()
        }),
        here(S, "the six categories of a completion, in order", || {
            text(&chat("chat-prod", HI)).contains("\"protected_material_code\":{\"detected\":false,\"filtered\":false},\"protected_material_text\":{\"detected\":false,\"filtered\":false},\"self_harm\"")
        }),
        here(S, "prompts carry `jailbreak`", || {
            text(&chat("chat-prod", HI)).contains("\"jailbreak\":{\"detected\":false,\"filtered\":false}")
        }),
        no(
            S,
            "`indirect_attack`, `profanity`, `custom_blocklists`, `custom_topics`, `ungrounded_material`, a citation, a failed filter's `error`",
            "the policy of the mock has none of them",
        ),
        here(S, "filtering off: empty results", || {
            let body = json(&chat("off", HI));
            body["choices"][0]["content_filter_results"] == value!({})
                && body["prompt_filter_results"][0]["content_filter_results"] == value!({})
        }),
        here(S, "output filtered: 200, `finish_reason` `content_filter`, no `content`", || {
            let choice = Choice { finish_reason: Some(FinishReason::ContentFilter), ..Choice::default() };
            let reply = scripted("chat-prod", HI, ChatReply { choices: vec![choice], ..ChatReply::default() });
            let choice = json(&reply)["choices"][0].clone();
            choice["finish_reason"] == "content_filter"
                && choice["message"].get("content").is_none()
                && choice["content_filter_results"]["violence"]["filtered"] == true
        }),
        here(S, "some choices may be filtered and others not", || {
            let filtered = Choice { finish_reason: Some(FinishReason::ContentFilter), ..Choice::default() };
            let fine = Choice { text: Some("x".to_owned()), ..Choice::default() };
            let reply =
                json(&scripted("chat-prod", HI, ChatReply { choices: vec![fine, filtered], ..ChatReply::default() }));
            reply["choices"][0]["finish_reason"] == "stop" && reply["choices"][1]["finish_reason"] == "content_filter"
        }),
        here(S, "tool calls: `content` null, filter results empty, finish `tool_calls`", || {
            let choice = Choice { tool_calls: vec![call()], ..Choice::default() };
            let reply = json(&scripted("chat-prod", HI, ChatReply { choices: vec![choice], ..ChatReply::default() }));
            let choice = &reply["choices"][0];
            choice["message"]["content"].is_null()
                && choice["content_filter_results"] == value!({})
                && choice["finish_reason"] == "tool_calls"
        }),
        clients(S, "a forced function ends with `stop`"),
        here(S, "legacy `functions` and `function_call`", || {
            let body = r#"{"messages":[{"role":"user","content":"x"}],"functions":[{"name":"f"}],"function_call":{"name":"f"}}"#;
            json(&chat("chat-prod", body))["choices"][0]["message"]["function_call"]["name"] == "f"
        }),
        here(S, "structured output is JSON text in `content`", || {
            let body = r#"{"messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{"type":"object","properties":{"b":{"type":"integer"}}}}}}"#;
            json(&chat("chat-prod", body))["choices"][0]["message"]["content"] == "{\"b\":1}"
        }),
        clients(S, "a refusal has `content` null and a `refusal`"),
        clients(S, "`logprobs` with bytes, token and alternatives"),
        no(S, "on your data: `end_turn`, `context`, `extensions.chat.completion`", "the mock has no data of yours"),
        here(S, "image tokens count in `prompt_tokens`", || {
            let asked = |detail: &str| {
                let image = format!(
                    r#"{{"type":"image_url","image_url":{{"url":"https://example.com/a.png","detail":"{detail}"}}}}"#
                );
                let body = format!(r#"{{"messages":[{{"role":"user","content":[{image}]}}]}}"#);
                json(&chat("chat-prod", &body))["usage"]["prompt_tokens"].as_u64().unwrap_or(0)
            };
            asked("low") == 7 + 85 && asked("high") == 7 + 765
        }),
        here(S, "reasoning tokens may use up the limit: empty content, finish `length`", || {
            let choice =
                Choice { text: Some(String::new()), finish_reason: Some(FinishReason::Length), ..Choice::default() };
            let usage = Some(Usage { input: 10, output: 100, reasoning: 100, cached: 0 });
            let reply = json(&scripted("o3", HI, ChatReply { choices: vec![choice], usage, ..ChatReply::default() }));
            reply["usage"]["completion_tokens_details"]["reasoning_tokens"] == 100
                && reply["choices"][0]["finish_reason"] == "length"
        }),
        here(S, "gpt-5: `service_tier` and `latency_checkpoint` inside `usage`", || {
            let usage = json(&chat("five", HI))["usage"].clone();
            usage["service_tier"] == "default" && usage["latency_checkpoint"]["engine_ttft_ms"].is_u64()
        }),
        here(S, "back ends of 2024 have no `refusal`, `annotations` or details of token counts", || {
            let body = json(&chat("old", HI));
            body["choices"][0]["message"].get("refusal").is_none()
                && body["usage"].get("completion_tokens_details").is_none()
        }),
        no(S, "the key orders of 2023", "always today's"),
    ]
}

fn completions_and_embeddings() -> Vec<Fact> {
    const C: &str = "7 legacy completions";
    const E: &str = "8 embeddings";
    vec![
        here(C, "`text_completion`, id `cmpl-…`, `prompt_filter_results`, three counts", || {
            let body = json(&ask(&format!("POST /openai/deployments/instruct/completions?{V}"), r#"{"prompt":"x"}"#));
            body["object"] == "text_completion"
                && body["id"].as_str().is_some_and(|id| id.starts_with("cmpl-"))
                && body["usage"].as_object().is_some_and(|usage| usage.len() == 3)
        }),
        here(C, "a list of prompts gives several `prompt_index`", || {
            let body =
                json(&ask(&format!("POST /openai/deployments/instruct/completions?{V}"), r#"{"prompt":["x","y"]}"#));
            body["prompt_filter_results"][1]["prompt_index"] == 1
        }),
        clients(E, "openai-python and -node ask for base64 and decode it"),
        here(E, "base64 is little-endian float32: 1536 dimensions are 8192 characters", || {
            let body = json(&ask(
                &format!("POST /openai/deployments/embed-prod/embeddings?{V}"),
                r#"{"input":"x","encoding_format":"base64"}"#,
            ));
            body["data"][0]["embedding"].as_str().is_some_and(|text| text.len() == 8192)
        }),
        here(E, "pretty-printed with two spaces, keys in their own order", || {
            text(&ask(&format!("POST /openai/deployments/embed-prod/embeddings?{V}"), r#"{"input":"x"}"#))
                .starts_with("{\n  \"object\": \"list\",\n  \"data\": [\n    {\n      \"object\": \"embedding\",\n      \"index\": 0,\n      \"embedding\": [")
        }),
        here(E, "no filter fields, no `completion_tokens`", || {
            let body = text(&ask(&format!("POST /openai/deployments/embed-prod/embeddings?{V}"), r#"{"input":"x"}"#));
            !body.contains("filter") && !body.contains("completion_tokens")
        }),
        here(E, "`dimensions` for the third generation only", || {
            let line = |name: &str| format!("POST /openai/deployments/{name}/embeddings?{V}");
            json(&ask(&line("embed-prod"), r#"{"input":"x","dimensions":8}"#))["data"][0]["embedding"]
                .as_array()
                .is_some_and(|list| list.len() == 8)
                && ask(&line("ada"), r#"{"input":"x","dimensions":8}"#).status == 400
        }),
        here(E, "at most 2,048 inputs", || {
            let inputs = vec!["\"x\""; 2049].join(",");
            let reply = ask(
                &format!("POST /openai/deployments/embed-prod/embeddings?{V}"),
                &format!("{{\"input\":[{inputs}]}}"),
            );
            super::support::is(&reply, 400, "Too many inputs")
        }),
        here(E, "`model` may be `ada` in some regions", || {
            let old = Deployment::new("oldest", "contoso-east", "ada");
            let cloud = Cloud::new(CloudConfig { deployments: vec![old], ..CloudConfig::sample() });
            let line = format!("POST /openai/deployments/oldest/embeddings?{V}");
            let body = json(&cloud.reply(&request(&line, &[("api-key", "mock-key-east")], r#"{"input":"x"}"#)));
            body["model"] == "ada"
        }),
    ]
}

fn responses() -> Vec<Fact> {
    const S: &str = "9 Responses";
    vec![
        here(S, "the 35 keys of an object, sorted", || {
            let body = text(&respond(ASK));
            let keys = [
                "\"background\":",
                "\"completed_at\":",
                "\"content_filters\":",
                "\"created_at\":",
                "\"incomplete_details\":",
                "\"max_tool_calls\":",
                "\"prompt_cache_retention\":\"in_memory\"",
                "\"safety_identifier\":",
                "\"service_tier\":\"default\"",
                "\"truncation\":\"disabled\"",
                "\"user\":null}",
            ];
            let places: Vec<_> = keys.iter().filter_map(|key| body.find(key)).collect();
            places.len() == keys.len()
                && places.is_sorted()
                && json(&respond(ASK)).as_object().is_some_and(|all| all.len() == 35)
        }),
        here(S, "`model` echoes the deployment", || json(&respond(ASK))["model"] == "chat-prod"),
        here(S, "`content_filters` at the top: prompt, then completion, with offsets", || {
            let body = json(&respond(ASK));
            body["content_filters"][0]["source_type"] == "prompt"
                && body["content_filters"][1]["content_filter_offsets"]["end_offset"] == 12
                && body.get("prompt_filter_results").is_none()
        }),
        here(S, "a reasoning item comes first, encrypted only when asked for", || {
            let plain = json(&respond(r#"{"model":"five","input":"x"}"#));
            let asked = json(&respond(r#"{"model":"five","input":"x","include":["reasoning.encrypted_content"]}"#));
            plain["output"][0]["type"] == "reasoning"
                && plain["output"][0].get("encrypted_content").is_none()
                && asked["output"][0]["encrypted_content"].as_str().is_some_and(|text| text.starts_with("gAAAA"))
        }),
        here(S, "function call items", || {
            let body = r#"{"model":"chat-prod","input":"x","tool_choice":"required","tools":[{"type":"function","name":"f","parameters":{}}]}"#;
            let item = json(&respond(body))["output"][0].clone();
            item["type"] == "function_call"
                && item["arguments"] == "{}"
                && item["status"] == "completed"
                && item["call_id"].as_str().is_some_and(|id| id.starts_with("call_"))
        }),
        here(S, "ids share their beginning per response", || {
            let body = json(&respond(ASK));
            let id = |text: &serde_json::Value| {
                text.as_str().and_then(|text| text.split_once('_')).map(|(_, rest)| rest[..18].to_owned())
            };
            id(&body["id"]) == id(&body["output"][0]["id"])
        }),
        here(S, "incomplete: `max_output_tokens`, `content_filter`", || {
            let body = json(&respond(
                r#"{"model":"chat-prod","input":"a long question of so many words that no answer to it could be short enough","max_output_tokens":16}"#,
            ));
            body["status"] == "incomplete"
                && body["incomplete_details"]["reason"] == "max_output_tokens"
                && body["completed_at"].is_null()
        }),
        here(S, "failed, with an error", || {
            let cloud = cloud();
            cloud.script(
                "chat-prod",
                ResponseReply { status: ResponseStatus::Failed, ..ResponseReply::default() }.into(),
            );
            let body = json(&cloud.reply(&request("POST /openai/v1/responses", &[("api-key", "mock-key-east")], ASK)));
            body["status"] == "failed" && body["error"]["code"] == "server_error"
        }),
        clients(S, "retrieve, delete, cancel, input items"),
        here(S, "`DELETE` answers `response.deleted`", || {
            let cloud = cloud();
            let key = [("api-key", "mock-key-east")];
            let made = json(&cloud.reply(&request("POST /openai/v1/responses", &key, ASK)));
            let id = made["id"].as_str().unwrap_or_default();
            json(&cloud.reply(&request(&format!("DELETE /openai/v1/responses/{id}"), &key, "")))["object"]
                == "response.deleted"
        }),
    ]
}
