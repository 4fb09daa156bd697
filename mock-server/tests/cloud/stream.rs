//! Streamed chat completions: the order of chunks, their fields, and how they break.

use std::time::Duration;

use azure_openai_mock::{
    ChatReply, Choice, FilterMode, FinishReason, ReplyBody, ScriptedReply, StreamEnd, StreamFault, StreamFaultKind,
    StreamPlan, ToolCall,
};

use crate::support::{CHAT, cloud, post};

const STREAM: &str =
    r#"{"messages":[{"role":"user","content":"Hi"}],"stream":true,"stream_options":{"include_obfuscation":false}}"#;
const WITH_USAGE: &str = r#"{"messages":[{"role":"user","content":"Hi"}],"stream":true,"stream_options":{"include_usage":true,"include_obfuscation":false}}"#;

/// The chunks of a scripted stream, shortened: the categories of a filter are `F`, and what every chunk has is `…`.
fn check(reply: ChatReply, body: &str, end: StreamEnd, expected: &[&str]) {
    let cloud = cloud();
    cloud.script("chat-prod", ScriptedReply::Chat(reply));
    let reply = cloud.reply(&post(CHAT, body));
    assert_eq!(reply.header("content-type"), Some("text/event-stream; charset=utf-8"));
    assert_eq!(reply.header("transfer-encoding"), Some("chunked"));
    let ReplyBody::Stream { frames, end: found } = reply.body else { panic!("not a stream") };
    let chunks: Vec<String> = frames
        .iter()
        .map(|frame| {
            let text = std::str::from_utf8(&frame.bytes).expect("UTF-8");
            let data = text.strip_prefix("data: ").and_then(|rest| rest.strip_suffix("\n\n")).expect("an event");
            shorten(data)
        })
        .collect();
    assert_eq!(chunks, expected);
    assert_eq!(found, end);
}

fn shorten(data: &str) -> String {
    const SAFE: &str = r#"{"filtered":false,"severity":"safe"}"#;
    const NO: &str = r#"{"detected":false,"filtered":false}"#;
    let completion = format!(
        r#"{{"hate":{SAFE},"protected_material_code":{NO},"protected_material_text":{NO},"self_harm":{SAFE},"sexual":{SAFE},"violence":{SAFE}}}"#
    );
    let prompt = format!(r#"{{"hate":{SAFE},"jailbreak":{NO},"self_harm":{SAFE},"sexual":{SAFE},"violence":{SAFE}}}"#);
    let mut short = data.replace(&completion, "F").replace(&prompt, "P");
    if let (Some(start), Some(end)) = (short.find(r#","system_fingerprint":""#), short.find("fp_")) {
        short.replace_range(start..end + 14, "");
    }
    short.replace(
        r#","created":1795154400,"id":"chatcmpl-1","model":"gpt-4o-2024-11-20","object":"chat.completion.chunk""#,
        "…",
    )
}

fn reply(choice: Choice, stream: StreamPlan) -> ChatReply {
    ChatReply { choices: vec![choice], stream, response_id: Some("chatcmpl-1".to_owned()), ..ChatReply::default() }
}

fn text(text: &str) -> Choice {
    Choice { text: Some(text.to_owned()), ..Choice::default() }
}

fn call(id: &str, arguments: &str) -> ToolCall {
    ToolCall { id: id.to_owned(), name: "f".to_owned(), arguments_json: arguments.to_owned() }
}

const FIRST: &str = r#"{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":P}]}"#;
const ROLE: &str = r#"{"choices":[{"content_filter_results":{},"delta":{"content":"","refusal":null,"role":"assistant"},"finish_reason":null,"index":0,"logprobs":null}]…}"#;
const STOP: &str =
    r#"{"choices":[{"content_filter_results":{},"delta":{},"finish_reason":"stop","index":0,"logprobs":null}]…}"#;
const WHY: &str = r#"{"choices":[{"content_filter_results":F,"delta":{"content":"Why"},"finish_reason":null,"index":0,"logprobs":null}]…}"#;
const NOT: &str = r#"{"choices":[{"content_filter_results":F,"delta":{"content":" not"},"finish_reason":null,"index":0,"logprobs":null}]…}"#;

fn why_not(fault: Option<(StreamFaultKind, usize)>) -> ChatReply {
    let fault = fault.map(|(kind, after_chunk)| StreamFault { kind, after_chunk });
    let chunks = Some(vec!["Why".to_owned(), " not".to_owned()]);
    reply(text("Why not"), StreamPlan { chunks, gap: Duration::ZERO, fault })
}

#[test]
fn a_stream_opens_with_an_anonymous_chunk_and_closes_with_done() {
    check(why_not(None), STREAM, StreamEnd::Complete, &[FIRST, ROLE, WHY, NOT, STOP, "[DONE]"]);
}

#[test]
fn usage_comes_last_and_is_null_on_all_chunks_but_the_first() {
    let with_null = |chunk: &str| format!("{},\"usage\":null}}", &chunk[..chunk.len() - 1]);
    let mut scripted = why_not(None);
    scripted.usage = Some(azure_openai_mock::Usage { input: 3, output: 2, ..Default::default() });
    check(
        scripted,
        WITH_USAGE,
        StreamEnd::Complete,
        &[
            FIRST,
            &with_null(ROLE),
            &with_null(WHY),
            &with_null(NOT),
            &with_null(STOP),
            r#"{"choices":[]…,"usage":{"completion_tokens":2,"completion_tokens_details":{"accepted_prediction_tokens":0,"audio_tokens":0,"reasoning_tokens":0,"rejected_prediction_tokens":0},"prompt_tokens":3,"prompt_tokens_details":{"audio_tokens":0,"cached_tokens":0},"total_tokens":5}}"#,
            "[DONE]",
        ],
    );
}

#[test]
fn a_single_tool_call_opens_with_the_role() {
    let choice = Choice { tool_calls: vec![call("call_1", r#"{"a":1}"#)], ..Choice::default() };
    check(
        reply(choice, StreamPlan::default()),
        STREAM,
        StreamEnd::Complete,
        &[
            FIRST,
            r#"{"choices":[{"content_filter_results":{},"delta":{"content":null,"refusal":null,"role":"assistant","tool_calls":[{"function":{"arguments":"","name":"f"},"id":"call_1","index":0,"type":"function"}]},"finish_reason":null,"index":0,"logprobs":null}]…}"#,
            r#"{"choices":[{"content_filter_results":{},"delta":{"tool_calls":[{"function":{"arguments":"{\""},"index":0}]},"finish_reason":null,"index":0,"logprobs":null}]…}"#,
            r#"{"choices":[{"content_filter_results":{},"delta":{"tool_calls":[{"function":{"arguments":"a\":1}"},"index":0}]},"finish_reason":null,"index":0,"logprobs":null}]…}"#,
            r#"{"choices":[{"content_filter_results":{},"delta":{},"finish_reason":"tool_calls","index":0,"logprobs":null}]…}"#,
            "[DONE]",
        ],
    );
}

#[test]
fn parallel_tool_calls_open_one_after_the_other() {
    let choice = Choice { tool_calls: vec![call("call_1", "{}"), call("call_2", "{}")], ..Choice::default() };
    let opened = |id: &str, index: usize| {
        format!(
            r#"{{"choices":[{{"content_filter_results":{{}},"delta":{{"tool_calls":[{{"function":{{"arguments":"","name":"f"}},"id":"{id}","index":{index},"type":"function"}}]}},"finish_reason":null,"index":0,"logprobs":null}}]…}}"#
        )
    };
    let filled = |index: usize| {
        format!(
            r#"{{"choices":[{{"content_filter_results":{{}},"delta":{{"tool_calls":[{{"function":{{"arguments":"{{}}"}},"index":{index}}}]}},"finish_reason":null,"index":0,"logprobs":null}}]…}}"#
        )
    };
    check(
        reply(choice, StreamPlan::default()),
        STREAM,
        StreamEnd::Complete,
        &[
            FIRST,
            r#"{"choices":[{"content_filter_results":{},"delta":{"content":null,"role":"assistant"},"finish_reason":null,"index":0,"logprobs":null}]…}"#,
            &opened("call_1", 0),
            &filled(0),
            &opened("call_2", 1),
            &filled(1),
            r#"{"choices":[{"content_filter_results":{},"delta":{},"finish_reason":"tool_calls","index":0,"logprobs":null}]…}"#,
            "[DONE]",
        ],
    );
}

#[test]
fn the_asynchronous_filter_speaks_in_chunks_without_a_delta() {
    let plain = |delta: &str, finish: &str| {
        format!(r#"{{"choices":[{{"delta":{delta},"finish_reason":{finish},"index":0,"logprobs":null}}]…}}"#)
    };
    let note = |check: u64, end: u64| {
        format!(
            r#"{{"choices":[{{"content_filter_offsets":{{"check_offset":{check},"start_offset":{check},"end_offset":{end}}},"content_filter_results":F,"finish_reason":null,"index":0}}],"created":0,"id":"","model":"","object":""}}"#
        )
    };
    check(
        ChatReply { filter: Some(FilterMode::Asynchronous), ..why_not(None) },
        STREAM,
        StreamEnd::Complete,
        &[
            FIRST,
            &plain(r#"{"content":"","refusal":null,"role":"assistant"}"#, "null"),
            &plain(r#"{"content":"Why"}"#, "null"),
            &note(2, 5),
            &plain(r#"{"content":" not"}"#, "null"),
            &plain("{}", r#""stop""#),
            &note(5, 9),
            "[DONE]",
        ],
    );
}

#[test]
fn a_filtered_stream_ends_with_the_offence() {
    let choice = Choice { finish_reason: Some(FinishReason::ContentFilter), ..text("Why") };
    check(
        reply(choice, StreamPlan::default()),
        STREAM,
        StreamEnd::Complete,
        &[
            FIRST,
            ROLE,
            WHY,
            r#"{"choices":[{"content_filter_results":{"hate":{"filtered":false,"severity":"safe"},"protected_material_code":{"detected":false,"filtered":false},"protected_material_text":{"detected":false,"filtered":false},"self_harm":{"filtered":false,"severity":"safe"},"sexual":{"filtered":false,"severity":"safe"},"violence":{"filtered":true,"severity":"medium"}},"delta":{},"finish_reason":"content_filter","index":0,"logprobs":null}]…}"#,
            "[DONE]",
        ],
    );
}

#[test]
fn a_broken_stream_stops_after_the_given_content_and_never_closes_the_answer() {
    use StreamFaultKind::{Eof, ErrorEvent, Malformed, Reset, Stall, Truncated};
    let error = r#"{"error":{"message":"The server had an error while processing your request. Sorry about that!","type":"server_error","param":null,"code":null}}"#;
    let half = r#"{"choices":[{"content_filter_results":{},"delta":{"cont"#;
    check(why_not(Some((Reset, 1))), STREAM, StreamEnd::Reset, &[FIRST, ROLE, WHY]);
    check(why_not(Some((Reset, 0))), STREAM, StreamEnd::Reset, &[FIRST, ROLE]);
    check(why_not(Some((Eof, 9))), STREAM, StreamEnd::Eof, &[FIRST, ROLE, WHY, NOT]);
    check(why_not(Some((Stall, 2))), STREAM, StreamEnd::Stall, &[FIRST, ROLE, WHY, NOT]);
    check(why_not(Some((Truncated, 1))), STREAM, StreamEnd::Complete, &[FIRST, ROLE, WHY]);
    check(why_not(Some((ErrorEvent, 1))), STREAM, StreamEnd::Complete, &[FIRST, ROLE, WHY, error]);
    check(why_not(Some((Malformed, 1))), STREAM, StreamEnd::Complete, &[FIRST, ROLE, WHY, half]);
}

#[test]
fn the_gap_is_between_chunks() {
    let cloud = cloud();
    let plan = StreamPlan { gap: Duration::from_millis(7), ..StreamPlan::default() };
    cloud.script("chat-prod", ScriptedReply::Chat(reply(text("a b"), plan)));
    let ReplyBody::Stream { frames, .. } = cloud.reply(&post(CHAT, STREAM)).body else { panic!("not a stream") };
    let gaps: Vec<u128> = frames.iter().map(|frame| frame.gap.as_millis()).collect();
    assert_eq!(gaps, [0, 7, 7, 7, 7, 7]);
}

#[test]
fn chunks_are_padded_unless_told_otherwise() {
    let body = r#"{"messages":[{"role":"user","content":"Hi"}],"stream":true}"#;
    let text = |body| crate::support::text(&cloud().reply(&post(CHAT, body)));
    assert!(text(body).contains(r#""obfuscation":""#));
    assert!(!text(STREAM).contains("obfuscation"));
}
