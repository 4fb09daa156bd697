//! Event streams of chat and Responses.

use std::time::Duration;

use azure_openai_mock::{
    Annotations, ChatReply, Choice, FinishReason, Pacing, ReplyBody, StreamEnd, StreamFault, StreamFaultKind, ToolCall,
    ToolDeltas,
};

use super::support::{STREAM, USAGE, chat, chunks, frames, json, respond, scripted, text};
use super::{Fact, clients, here, test};

pub(crate) fn facts() -> Vec<Fact> {
    let mut facts = default_mode();
    facts.extend(choices_and_tools());
    facts.extend(asynchronous());
    facts.extend(broken());
    facts.extend(responses());
    facts
}

fn said(text: &str) -> Choice {
    Choice { text: Some(text.to_owned()), ..Choice::default() }
}

fn default_mode() -> Vec<Fact> {
    const S: &str = "6.1 default filter";
    vec![
        here(S, "`data: …` events, no `event:` lines, `[DONE]` last, chunked", || {
            let reply = chat("chat-prod", STREAM);
            !text(&reply).contains("event:")
                && text(&reply).ends_with("data: [DONE]\n\n")
                && reply.header("transfer-encoding") == Some("chunked")
        }),
        here(S, "first chunk: no choices, empty id, model and object, created 0, prompt results", || {
            let first = chunks(&chat("chat-prod", STREAM))[0].clone();
            first["choices"] == serde_json::json!([])
                && first["id"] == ""
                && first["model"] == ""
                && first["object"] == ""
                && first["created"] == 0
                && first["prompt_filter_results"][0]["content_filter_results"]["jailbreak"]["detected"] == false
        }),
        here(S, "second chunk: the role with empty content", || {
            let second = chunks(&chat("chat-prod", STREAM))[1].clone();
            second["choices"][0]["delta"] == serde_json::json!({"content": "", "refusal": null, "role": "assistant"})
                && second["choices"][0]["content_filter_results"] == serde_json::json!({})
        }),
        here(S, "content chunks carry every category", || {
            chunks(&chat("chat-prod", STREAM))[2]["choices"][0]["content_filter_results"]["hate"]["severity"] == "safe"
        }),
        here(S, "gpt-5: content chunks carry only `protected_material_text`", || {
            chunks(&chat("five", STREAM))[2]["choices"][0]["content_filter_results"]
                .as_object()
                .is_some_and(|all| all.len() == 1)
        }),
        here(S, "the finish chunk has an empty delta", || {
            let all = chunks(&chat("chat-prod", STREAM));
            all.last().is_some_and(|last| {
                last["choices"][0]["delta"] == serde_json::json!({}) && last["choices"][0]["finish_reason"] == "stop"
            })
        }),
        here(
            S,
            "with `include_usage` every chunk but the first has `usage`, and the last has numbers and no choices",
            || {
                let all = chunks(&chat("chat-prod", USAGE));
                all[0].get("usage").is_none()
                    && all[1]["usage"].is_null()
                    && all[1].get("usage").is_some()
                    && all.last().is_some_and(|last| {
                        last["usage"]["total_tokens"].is_u64() && last["choices"] == serde_json::json!([])
                    })
            },
        ),
        here(S, "without it `usage` is absent", || !text(&chat("chat-prod", STREAM)).contains("\"usage\"")),
        here(S, "`obfuscation`, unless `include_obfuscation` is false", || {
            let without = r#"{"stream":true,"stream_options":{"include_obfuscation":false},"messages":[{"role":"user","content":"x"}]}"#;
            text(&chat("chat-prod", STREAM)).contains("\"obfuscation\":")
                && !text(&chat("chat-prod", without)).contains("obfuscation")
        }),
        here(S, "back ends of 2024 have no `obfuscation`", || !text(&chat("old", STREAM)).contains("obfuscation")),
        here(S, "`latency_checkpoint` and `service_tier` in the last chunk of gpt-5", || {
            chunks(&chat("five", USAGE)).last().is_some_and(|last| {
                last["latency_checkpoint"]["total_duration_ms"] == 811 && last["service_tier"] == "default"
            })
        }),
        here(S, "seen once: a second chunk without `delta`", || {
            let reply = scripted("chat-prod", STREAM, ChatReply { role_without_delta: true, ..ChatReply::text("x") });
            chunks(&reply)[1]["choices"][0].get("delta").is_none()
        }),
        here(S, "filtering off: the first chunk is there, its results empty", || {
            chunks(&chat("off", STREAM))[0]["prompt_filter_results"][0]["content_filter_results"]
                == serde_json::json!({})
        }),
        here(S, "pacing: time to first chunk, gap, jitter from the seed", || {
            let pacing = Pacing {
                first_chunk: Duration::from_millis(80),
                gap: Duration::from_millis(10),
                jitter: Duration::from_millis(5),
            };
            let gaps = || match scripted(
                "chat-prod",
                STREAM,
                ChatReply { pacing: Some(pacing), ..ChatReply::text("a b c d") },
            )
            .body
            {
                ReplyBody::Stream { frames, .. } => frames.iter().map(|frame| frame.gap).collect::<Vec<_>>(),
                ReplyBody::Whole(_) => Vec::new(),
            };
            let all = gaps();
            all == gaps()
                && all[0] >= pacing.first_chunk
                && all[1..].iter().all(|gap| *gap >= pacing.gap && *gap <= pacing.gap + pacing.jitter)
                && all[1] != all[2]
        }),
        clients("6.7 consumers", "the SDKs pass the first chunk through; azure-ai-inference drops it"),
    ]
}

fn choices_and_tools() -> Vec<Fact> {
    const S: &str = "6.2 tool calls";
    const TOOLS: &str = r#"{"stream":true,"messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"f"}}]}"#;
    fn two(order: ToolDeltas) -> Vec<u64> {
        let call = |id: &str| ToolCall {
            id: id.to_owned(),
            name: "f".to_owned(),
            arguments_json: "{\"city\":\"Oslo\"}".to_owned(),
        };
        let choice = Choice { tool_calls: vec![call("call_1"), call("call_2")], ..Choice::default() };
        let reply = scripted(
            "chat-prod",
            TOOLS,
            ChatReply { choices: vec![choice], tool_deltas: order, ..ChatReply::default() },
        );
        chunks(&reply)
            .iter()
            .filter_map(|chunk| chunk["choices"][0]["delta"]["tool_calls"][0]["index"].as_u64())
            .collect()
    }
    vec![
        here(S, "a single call opens in the chunk with the role, fragments carry index and arguments only", || {
            let choice = Choice {
                tool_calls: vec![ToolCall {
                    id: "call_1".to_owned(),
                    name: "f".to_owned(),
                    arguments_json: "{\"a\":1}".to_owned(),
                }],
                ..Choice::default()
            };
            let all =
                chunks(&scripted("chat-prod", TOOLS, ChatReply { choices: vec![choice], ..ChatReply::default() }));
            all[1]["choices"][0]["delta"]["tool_calls"][0]["id"] == "call_1"
                && all[2]["choices"][0]["delta"]
                    == serde_json::json!({"tool_calls": [{"function": {"arguments": "{\""}, "index": 0}]})
        }),
        here(S, "parallel calls: fragments in order, as in recordings", || two(ToolDeltas::InOrder).is_sorted()),
        here(S, "or taking turns, for clients that must go by `index`", || !two(ToolDeltas::Interleaved).is_sorted()),
        here("6.3 several choices", "each has its own role and finish chunk, and they interleave", || {
            let body = r#"{"stream":true,"n":2,"messages":[{"role":"user","content":"Hi there"}]}"#;
            let order: Vec<u64> = chunks(&chat("chat-prod", body))
                .iter()
                .filter_map(|chunk| chunk["choices"][0]["index"].as_u64())
                .collect();
            order.starts_with(&[0, 1, 0, 1]) && order.ends_with(&[0, 1])
        }),
        here(S, "refusals stream as `refusal`", || {
            let choice = Choice { refusal: Some("I am sorry".to_owned()), ..Choice::default() };
            text(&scripted("chat-prod", STREAM, ChatReply { choices: vec![choice], ..ChatReply::default() }))
                .contains("\"delta\":{\"refusal\":\"am \"}")
        }),
    ]
}

fn asynchronous() -> Vec<Fact> {
    const S: &str = "6.4 asynchronous filter";
    vec![
        here(
            S,
            "content chunks without results; annotations without `delta`, id, model, also after the finish chunk",
            || {
                let all = chunks(&chat("late", STREAM));
                let last = all.last().cloned().unwrap_or_default();
                all[2]["choices"][0].get("content_filter_results").is_none()
                    && last["choices"][0].get("delta").is_none()
                    && last["id"] == ""
                    && all[all.len() - 2]["choices"][0]["finish_reason"] == "stop"
            },
        ),
        here(S, "offsets count from the start of the prompt; `check_offset` never decreases", || {
            let offsets: Vec<u64> = chunks(&chat("late", STREAM))
                .iter()
                .filter_map(|chunk| chunk["choices"][0]["content_filter_offsets"]["check_offset"].as_u64())
                .collect();
            offsets.len() == 2 && offsets[0] == 8 && offsets.is_sorted()
        }),
        here(S, "blocked: the last annotation finishes with `content_filter` and names the category only", || {
            let choice = Choice { finish_reason: Some(FinishReason::ContentFilter), ..said("bad words here") };
            let all = chunks(&scripted("late", STREAM, ChatReply { choices: vec![choice], ..ChatReply::default() }));
            let last = all.last().cloned().unwrap_or_default();
            last["choices"][0]["finish_reason"] == "content_filter"
                && last["choices"][0]["content_filter_results"].as_object().is_some_and(|all| all.len() == 1)
        }),
        here(S, "annotation before or after the usage chunk", || {
            let usage_at = |annotations| {
                let all = chunks(&scripted("late", USAGE, ChatReply { annotations, ..ChatReply::text("a b c") }));
                all.len() - 1 - all.iter().position(|chunk| chunk["usage"].is_object()).unwrap_or(0)
            };
            usage_at(Annotations::BeforeUsage) == 0 && usage_at(Annotations::AfterUsage) == 1
        }),
        clients(S, "openai-python and -node give a choice without `delta`; async-openai cannot read it"),
    ]
}

fn broken() -> Vec<Fact> {
    const S: &str = "6.5 filtered in mid-stream";
    const F: &str = "6.6 failure in mid-stream";
    fn fault(kind: StreamFaultKind) -> (String, StreamEnd) {
        let mut script = ChatReply::text("one two three");
        script.stream.fault = Some(StreamFault { kind, after_chunk: 1 });
        let reply = scripted("chat-prod", STREAM, script);
        let ReplyBody::Stream { end, .. } = reply.body else { panic!("not a stream") };
        (String::from_utf8_lossy(&reply.bytes()).into_owned(), end)
    }
    vec![
        here(S, "default mode: a chunk with the category, an empty delta and `content_filter`, then `[DONE]`", || {
            let choice = Choice { finish_reason: Some(FinishReason::ContentFilter), ..said("bad") };
            let reply = scripted("chat-prod", STREAM, ChatReply { choices: vec![choice], ..ChatReply::default() });
            let last = chunks(&reply).last().cloned().unwrap_or_default();
            last["choices"][0]["content_filter_results"]["violence"]["filtered"] == true
                && last["choices"][0]["delta"] == serde_json::json!({})
                && text(&reply).ends_with("[DONE]\n\n")
        }),
        here(S, "Foundry's other models close without `[DONE]`", || {
            let choice = Choice { finish_reason: Some(FinishReason::ContentFilter), ..said("bad") };
            let cloud = super::support::cloud();
            cloud.script("mistral", ChatReply { choices: vec![choice], ..ChatReply::default() }.into());
            let line = "POST contoso-ai.services.ai.azure.com/models/chat/completions?api-version=2024-05-01-preview";
            let body = r#"{"model":"mistral","stream":true,"messages":[{"role":"user","content":"x"}]}"#;
            let reply = cloud.reply(&super::support::request(line, &[("api-key", "mock-key-ai")], body));
            frames(&reply) > 2 && !text(&reply).contains("[DONE]")
        }),
        here(F, "(a) an `error` event, then the end", || {
            fault(StreamFaultKind::ErrorEvent)
                .0
                .ends_with("\"type\":\"server_error\",\"param\":null,\"code\":null}}\n\n")
        }),
        here(F, "(b) the end without finish or `[DONE]`, with and without the last chunk of the transfer", || {
            let (said, end) = fault(StreamFaultKind::Truncated);
            end == StreamEnd::Complete && !said.contains("[DONE]") && fault(StreamFaultKind::Eof).1 == StreamEnd::Eof
        }),
        here(F, "(c) a TCP reset", || fault(StreamFaultKind::Reset).1 == StreamEnd::Reset),
        here(F, "(d) a stall", || fault(StreamFaultKind::Stall).1 == StreamEnd::Stall),
        here(F, "(e) half a JSON object", || fault(StreamFaultKind::Malformed).0.ends_with("\"cont\n\n")),
        here(F, "half a character of several bytes", || fault(StreamFaultKind::HalfCharacter).0.ends_with('\u{fffd}')),
        clients(F, "all bytes, in writes that split characters"),
        test(F, "a slow reader gets everything, and the mock does not wait for others", "tests/front/slow.rs"),
    ]
}

fn responses() -> Vec<Fact> {
    const S: &str = "9 Responses, streamed";
    const ASK: &str = r#"{"model":"chat-prod","input":"Hi there","stream":true}"#;
    vec![
        here(S, "`event:` and `data:` with the same type, numbers from 0, no `[DONE]`", || {
            let reply = respond(ASK);
            let all = chunks(&reply);
            let named = text(&reply).split("\n\n").filter(|event| !event.is_empty()).zip(&all).all(|(event, data)| {
                event.starts_with(&format!("event: {}\n", data["type"].as_str().unwrap_or_default()))
            });
            named
                && all.iter().enumerate().all(|(position, data)| data["sequence_number"] == position)
                && !text(&reply).contains("[DONE]")
        }),
        here(S, "the order of events", || {
            let order: Vec<String> =
                chunks(&respond(ASK)).iter().filter_map(|event| event["type"].as_str().map(str::to_owned)).collect();
            let mut seen: Vec<&str> = order.iter().map(String::as_str).collect();
            seen.dedup();
            seen == [
                "response.created",
                "response.in_progress",
                "response.output_item.added",
                "response.content_part.added",
                "response.output_text.delta",
                "response.output_text.done",
                "response.content_part.done",
                "response.output_item.done",
                "response.completed",
            ]
        }),
        here(S, "created: in progress, no output, no usage, no filters", || {
            let first = chunks(&respond(ASK))[0]["response"].clone();
            first["status"] == "in_progress"
                && first["output"] == serde_json::json!([])
                && first["usage"].is_null()
                && first["content_filters"].is_null()
        }),
        here(S, "the terminal event has the whole object, and alone the token counts", || {
            let all = chunks(&respond(ASK));
            all.last().is_some_and(|last| last["response"]["usage"]["total_tokens"].is_u64())
                && all.iter().filter(|event| event["response"]["usage"].is_object()).count() == 1
        }),
        clients(S, "reasoning items; function call arguments by delta"),
        here(S, "an error in mid-stream is `event: error`, numbered", || {
            let mut script = ChatReply::text("one two three");
            script.stream.fault = Some(StreamFault { kind: StreamFaultKind::ErrorEvent, after_chunk: 1 });
            let cloud = super::support::cloud();
            cloud.script("chat-prod", script.into());
            let reply = cloud.reply(&super::support::request(
                "POST /openai/v1/responses",
                &[("api-key", "mock-key-east")],
                ASK,
            ));
            let all = chunks(&reply);
            all.last().is_some_and(|last| last["type"] == "error" && last["sequence_number"] == all.len() - 1)
        }),
        here(S, "`response.incomplete` ends a response that ran out of tokens", || {
            let reply = respond(
                r#"{"model":"chat-prod","input":"a long question of so many words that no answer to it could be short enough","max_output_tokens":16,"stream":true}"#,
            );
            chunks(&reply).last().is_some_and(|last| last["type"] == "response.incomplete")
        }),
        here(S, "a blocked prompt is a plain 400 with `content_filters` and a typographic apostrophe", || {
            let cloud = super::support::cloud();
            let error = azure_openai_mock::ErrorReply::new(azure_openai_mock::ErrorKind::ContentFilter);
            cloud.script("chat-prod", error.into());
            let reply = cloud.reply(&super::support::request(
                "POST /openai/v1/responses",
                &[("api-key", "mock-key-east")],
                ASK,
            ));
            let body = json(&reply);
            reply.status == 400
                && body["error"]["content_filters"][0]["blocked"] == true
                && text(&reply).contains("OpenAI\u{2019}s")
        }),
    ]
}
