//! Steps of the protocol, performed against the mock cloud.

use std::time::Duration;

use azure_openai_mock::{
    ChatReply, Choice, ErrorKind, ErrorReply, ExchangeKind, RateLimit, ScriptedReply, StreamFault, StreamFaultKind,
    StreamPlan, ToolCall, Usage,
};
use opentelemetry::trace::{SpanId, SpanKind, Status};
use serde_json::{Value, json};

use super::bench::{Bench, CLIENT, SCOPE, SECRET, TENANT, attribute};
use crate::protocol::{GroupRequest, Outcome, StreamEnded};

fn answer(text: &str) -> ScriptedReply {
    let usage = Some(Usage { input: 57, output: 17, ..Usage::default() });
    ScriptedReply::Chat(ChatReply { usage, ..ChatReply::text(text) })
}

fn stream(chunks: &[&str], fault: Option<StreamFaultKind>) -> ScriptedReply {
    let plan = StreamPlan {
        chunks: Some(chunks.iter().map(|chunk| (*chunk).to_owned()).collect()),
        fault: fault.map(|kind| StreamFault { kind, after_chunk: 2 }),
        ..StreamPlan::default()
    };
    ScriptedReply::Chat(ChatReply { stream: plan, ..ChatReply::text(&chunks.concat()) })
}

#[tokio::test]
async fn a_call_gives_one_client_span_with_what_the_wire_knows() {
    let mut bench = Bench::open(Some("1.37.0")).await;
    bench.script(answer("Because."));
    let outcome = bench.chat("ask", json!({ "parameters": { "temperature": 0.0, "seed": 7 } })).await;
    let Outcome::Response { body } = outcome else { panic!("{outcome:?}") };
    assert_eq!(body.pointer("/choices/0/message/content"), Some(&json!("Because.")));
    let flushed = bench.flush();
    assert_eq!((flushed.started, flushed.ended, flushed.spans.len()), (1, 1, 1));
    let span = &flushed.spans[0];
    assert_eq!(
        (span.name.as_ref(), &span.span_kind, &span.status),
        ("chat chat-prod", &SpanKind::Client, &Status::Unset,)
    );
    assert_eq!(span.instrumentation_scope.schema_url(), Some("https://opentelemetry.io/schemas/1.37.0"));
    for (name, value) in [
        ("gen_ai.operation.name", "chat"),
        ("gen_ai.provider.name", "azure.ai.openai"),
        ("gen_ai.request.model", "chat-prod"),
        ("gen_ai.response.model", "gpt-4o-2024-11-20"),
        ("gen_ai.response.finish_reasons", "[\"stop\"]"),
        ("gen_ai.usage.input_tokens", "57"),
        ("gen_ai.usage.output_tokens", "17"),
        ("gen_ai.request.seed", "7"),
        ("server.address", "contoso-east.openai.azure.com"),
        ("server.port", "443"),
    ] {
        assert_eq!(attribute(span, name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(bench.flush(), crate::reference::Flushed::default());
}

#[tokio::test]
async fn without_a_release_nothing_is_emitted_and_the_application_sees_the_same() {
    let mut seen = Vec::new();
    for release in [None, Some("1.41.0")] {
        let mut bench = Bench::open(release).await;
        bench.script(answer("Because."));
        seen.push(bench.chat("ask", json!({})).await);
        assert_eq!(bench.flush().spans.len(), usize::from(release.is_some()));
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn a_tool_call_goes_back_with_its_result() {
    let mut bench = Bench::open(Some("1.38.0")).await;
    let call = ToolCall {
        id: "call_1".to_owned(),
        name: "get_weather".to_owned(),
        arguments_json: "{\"city\":\"Oslo\"}".to_owned(),
    };
    let choice = Choice { tool_calls: vec![call], ..Choice::default() };
    bench.script(ScriptedReply::Chat(ChatReply { choices: vec![choice], ..ChatReply::default() }));
    bench.script(answer("18 °C."));
    let tools = json!([{ "type": "function", "function": { "name": "get_weather", "parameters": {} } }]);
    bench.chat("ask", json!({ "tools": tools })).await;
    let more = json!({ "messages": [], "continue": "ask", "tool_results": { "call_1": { "celsius": 18 } } });
    bench.chat("answer", more).await;
    let exchanges = bench.exchanges().await;
    let sent: Value = serde_json::from_slice(&exchanges[1].request.body).expect("JSON");
    let roles: Vec<_> = sent["messages"].as_array().expect("messages").iter().map(|message| &message["role"]).collect();
    assert_eq!(roles, ["user", "assistant", "tool"]);
    assert_eq!(sent["messages"][2]["content"], "{\"celsius\":18}");
    let flushed = bench.flush();
    let messages = attribute(&flushed.spans[0], "gen_ai.output.messages").expect("messages");
    let part = json!({ "type": "tool_call", "id": "call_1", "name": "get_weather", "arguments": { "city": "Oslo" } });
    assert_eq!(serde_json::from_str::<Value>(&messages).expect("JSON")[0]["parts"][0], part);
    assert_eq!(attribute(&flushed.spans[0], "gen_ai.response.finish_reasons").as_deref(), Some("[\"tool_calls\"]"));
    assert!(attribute(&flushed.spans[0], "gen_ai.tool.definitions").is_some());
}

#[tokio::test]
async fn a_stream_is_read_to_its_end_or_as_far_as_the_application_wants() {
    for (then, expected) in [
        (None, StreamEnded::Exhausted),
        (Some("break"), StreamEnded::Break),
        (Some("close"), StreamEnded::Close),
        (Some("cancel"), StreamEnded::Cancel),
        (Some("hold"), StreamEnded::Hold),
    ] {
        let mut bench = Bench::open(Some("1.41.0")).await;
        bench.script(stream(&["One", " two", " three"], None));
        let read = then.map(|then| json!({ "chunks": 2, "then": then }));
        let outcome = bench.chat("ask", json!({ "stream": true, "include_usage": true, "read": read })).await;
        let Outcome::Stream { chunks, ended, error: None } = outcome else { panic!("{outcome:?}") };
        assert_eq!(ended, expected);
        assert_eq!(chunks.len() == 2, then.is_some(), "{chunks:?}");
        let flushed = bench.flush();
        let held = usize::from(then == Some("hold"));
        assert_eq!((flushed.started, flushed.ended, flushed.spans.len()), (1, 1 - held as u64, 1 - held), "{then:?}");
        bench.reference.close();
        assert_eq!(bench.flush().spans.len(), held);
        let Some(span) = flushed.spans.first() else { continue };
        assert_eq!(span.status, Status::Unset);
        assert_eq!(attribute(span, "gen_ai.request.stream").as_deref(), Some("true"));
        let tokens = attribute(span, "gen_ai.usage.output_tokens");
        assert_eq!(tokens.is_some(), then.is_none(), "counts come last");
    }
}

#[tokio::test]
async fn a_broken_stream_is_an_error_for_the_application_and_on_the_span() {
    for (fault, kind) in [
        (StreamFaultKind::Reset, Some("reference.ConnectionError")),
        (StreamFaultKind::Eof, Some("reference.ConnectionError")),
        (StreamFaultKind::ErrorEvent, Some("reference.StreamError")),
        (StreamFaultKind::Malformed, Some("reference.MalformedFrameError")),
        (StreamFaultKind::Truncated, None),
    ] {
        let mut bench = Bench::open(Some("1.36.0")).await;
        bench.script(stream(&["One", " two", " three"], Some(fault)));
        let outcome = bench.chat("ask", json!({ "stream": true })).await;
        let Outcome::Stream { error, .. } = outcome else { panic!("{outcome:?}") };
        assert_eq!(error.map(|error| error.kind).as_deref(), kind, "{fault:?}");
        let flushed = bench.flush();
        assert_eq!(matches!(flushed.spans[0].status, Status::Error { .. }), kind.is_some(), "{fault:?}");
        assert_eq!(attribute(&flushed.spans[0], "error.type").is_some(), kind.is_some(), "{fault:?}");
        assert_eq!(attribute(&flushed.spans[0], "gen_ai.response.finish_reasons"), None, "{fault:?}");
    }
}

#[tokio::test]
async fn a_rate_limit_is_waited_for_and_the_call_is_still_one_span() {
    let mut bench = Bench::open(Some("1.37.0")).await;
    let limit = ErrorReply {
        retry_after_ms: Some(Duration::from_millis(5)),
        ..ErrorReply::new(ErrorKind::RateLimit(RateLimit::Tokens))
    };
    bench.script(ScriptedReply::Error(limit));
    bench.script(answer("Because."));
    assert!(matches!(bench.chat("ask", json!({})).await, Outcome::Response { .. }));
    assert_eq!(bench.exchanges().await.len(), 2);
    assert_eq!(bench.flush().spans.len(), 1);
}

#[tokio::test]
async fn an_error_of_the_service_keeps_its_code() {
    let cases = [
        (json!({ "model": "chat-prdo" }), "mock-key-east", "reference.NotFoundError", 404, "DeploymentNotFound"),
        (json!({}), "another-key", "reference.AuthenticationError", 401, "401"),
    ];
    for (more, key, kind, status, code) in cases {
        let mut bench = Bench::start(Some("1.37.0")).await;
        bench.open_with_key(key, &json!({ "mode": "api-key" }), &json!({}));
        let Outcome::Error { error } = bench.chat("ask", more).await else { panic!("no error") };
        assert_eq!((error.kind.as_str(), error.status, error.code.as_deref()), (kind, Some(status), Some(code)));
        let flushed = bench.flush();
        assert_eq!(attribute(&flushed.spans[0], "error.type").as_deref(), Some(code));
        assert_eq!(flushed.spans[0].status, Status::error(error.message));
        assert_eq!(attribute(&flushed.spans[0], "gen_ai.response.id"), None);
    }
}

#[tokio::test]
async fn every_way_to_sign_in_gets_an_answer() {
    let mut bench = Bench::start(None).await;
    let loopback = format!("http://{}", bench.tap.address());
    let cases = [
        (json!({ "mode": "entra-token", "token": bench.token() }), json!({}), 0),
        (
            json!({
                "mode": "token-provider",
                "tenant": TENANT,
                "client_id": CLIENT,
                "client_secret": SECRET,
                "scope": SCOPE,
            }),
            json!({}),
            1,
        ),
        (
            json!({ "mode": "managed-identity-imds", "client_id": null, "scope": SCOPE }),
            json!({ "AZURE_POD_IDENTITY_AUTHORITY_HOST": loopback }),
            1,
        ),
        (
            json!({ "mode": "managed-identity-app-service", "client_id": null, "scope": SCOPE }),
            json!({ "IDENTITY_ENDPOINT": format!("{loopback}/msi/token"), "IDENTITY_HEADER": "mock-identity-header" }),
            1,
        ),
    ];
    for (auth, environment, identity_requests) in cases {
        bench.open_with(&auth, &environment);
        for step in ["first", "second"] {
            let outcome = bench.chat(step, json!({})).await;
            assert!(matches!(outcome, Outcome::Response { .. }), "{auth}: {outcome:?}");
        }
        let kinds: Vec<_> = bench.exchanges().await.iter().map(|exchange| exchange.kind).collect();
        let identity = kinds.iter().filter(|kind| **kind == ExchangeKind::Identity).count();
        assert_eq!((identity, kinds.len()), (identity_requests, identity_requests + 2), "{auth}");
    }
}

#[tokio::test]
async fn a_wrong_client_secret_is_what_the_application_sees() {
    let mut bench = Bench::start(Some("1.37.0")).await;
    let auth = json!({
        "mode": "token-provider",
        "tenant": TENANT,
        "client_id": CLIENT,
        "client_secret": "wrong",
        "scope": SCOPE,
    });
    bench.open_with(&auth, &json!({}));
    let Outcome::Error { error } = bench.chat("ask", json!({})).await else { panic!("no error") };
    assert_eq!(error.kind, "reference.CredentialError");
    assert_eq!(bench.flush().spans.len(), 1);
}

#[tokio::test]
async fn a_group_is_the_parent_of_its_steps_and_of_no_other() {
    let mut bench = Bench::open(Some("1.37.0")).await;
    bench.reference.group_open(&GroupRequest {
        group: "g".to_owned(),
        name: "handle_visit".to_owned(),
        session: Some("session-1".to_owned()),
        user: None,
    });
    bench.chat("ask", json!({})).await;
    let inside = bench.flush();
    assert_eq!((inside.started, inside.ended), (2, 1));
    bench.reference.group_close();
    let application = bench.flush().spans.remove(0);
    assert_eq!((application.name.as_ref(), application.parent_span_id), ("handle_visit", SpanId::INVALID));
    assert_eq!(attribute(&application, "session.id").as_deref(), Some("session-1"));
    assert_eq!(attribute(&application, "user.id"), None);
    assert_eq!(inside.spans[0].parent_span_id, application.span_context.span_id());
    bench.chat("later", json!({})).await;
    let later = bench.flush().spans.remove(0);
    assert_eq!(later.parent_span_id, SpanId::INVALID);
    assert_ne!(later.span_context.trace_id(), application.span_context.trace_id());
}

#[tokio::test]
async fn embeddings_have_input_tokens_and_nothing_of_a_chat() {
    let mut bench = Bench::open(Some("1.41.0")).await;
    let step = json!({
        "id": "embed",
        "resource": "east",
        "operation": "embeddings",
        "model": "embed-prod",
        "input": ["one", "two"],
        "parameters": { "dimensions": 16 },
    });
    let outcome = bench.run(step).await;
    assert!(matches!(outcome, Outcome::Response { .. }), "{outcome:?}");
    let span = bench.flush().spans.remove(0);
    assert_eq!(span.name, "embeddings embed-prod");
    assert_eq!(attribute(&span, "gen_ai.embeddings.dimension.count").as_deref(), Some("16"));
    assert!(attribute(&span, "gen_ai.usage.input_tokens").is_some());
    for name in ["gen_ai.usage.output_tokens", "gen_ai.response.finish_reasons", "gen_ai.input.messages"] {
        assert_eq!(attribute(&span, name), None, "{name}");
    }
}
