//! Reading each family's spans, as data.

use serde_json::{Value as Json, json};

use super::{Concept, Convention, EMBEDDED, Evidence, Reading, Release, embedded};
use crate::scenario::Operation;
use crate::telemetry::{
    Attributes, LogRecord, Nanoseconds, Scope, Span, SpanEvent, SpanId, SpanKind, Status, TraceId, Value,
};

fn convention(family: &str) -> Convention {
    embedded(family).expect("built in").expect("a convention")
}

fn value(json: &Json) -> Value {
    match json {
        Json::String(text) => Value::String(text.clone()),
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(number) => {
            number.as_i64().map_or_else(|| Value::Double(number.as_f64().expect("a number")), Value::Int)
        }
        Json::Array(values) => Value::Array(values.iter().map(value).collect()),
        Json::Object(_) => Value::Map(attributes(json)),
        Json::Null => Value::Empty,
    }
}

fn attributes(json: &Json) -> Attributes {
    json.as_object().expect("an object").iter().map(|(name, json)| (name.clone(), value(json))).collect()
}

fn span(json: &Json) -> Span {
    Span {
        trace: TraceId([1; 16]),
        id: SpanId([1; 8]),
        parent: None,
        name: "a span".to_owned(),
        kind: SpanKind::Client,
        start: Nanoseconds(1),
        end: Nanoseconds(2),
        status: Status::Unset,
        attributes: attributes(json),
        events: Vec::new(),
        links: Vec::new(),
        scope: Scope::default(),
    }
}

fn record(event: &str, body: &Json) -> LogRecord {
    LogRecord {
        time: Nanoseconds(1),
        event_name: event.to_owned(),
        severity: 9,
        body: value(body),
        attributes: Attributes::new(),
        trace: Some(TraceId([1; 16])),
        span: Some(SpanId([1; 8])),
        scope: Scope::default(),
    }
}

/// Reads each concept of `expected` off a span with these attributes.
#[track_caller]
fn check(family: &str, release: Option<&str>, given: &Json, expected: &Json) {
    let span = span(given);
    check_evidence(family, release, &Evidence::of_span(&span), expected);
}

#[track_caller]
fn check_evidence(family: &str, release: Option<&str>, evidence: &Evidence<'_>, expected: &Json) {
    let convention = convention(family);
    let release: Option<Release> = release.map(|text| text.parse().expect("a release"));
    for (name, expected) in expected.as_object().expect("an object") {
        let concept = Concept::parse(name).expect("a concept");
        match convention.read(evidence, concept, release.as_ref()) {
            Reading::Present { value, .. } => assert_eq!(value, *expected, "{name}"),
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn every_built_in_convention_speaks_about_every_concept() {
    for (family, text) in EMBEDDED {
        let convention = Convention::parse(family, text).unwrap_or_else(|errors| panic!("{errors:?}"));
        assert_eq!(convention.concept.len(), Concept::ALL.len(), "{family}");
    }
}

#[test]
fn the_schema_names_every_concept() {
    let schema = serde_json::to_string(&schemars::schema_for!(super::ConventionFile)).expect("a schema");
    for concept in Concept::ALL {
        assert!(schema.contains(&format!("\"{concept}\"")), "{concept}");
    }
}

#[test]
fn openinference_is_read_from_numbered_attributes_and_json() {
    let given = json!({
        "openinference.span.kind": "LLM",
        "llm.provider": "azure",
        "llm.model_name": "gpt-4o-2024-11-20",
        "llm.finish_reason": "tool_calls",
        "llm.token_count.prompt": 57,
        "llm.invocation_parameters": "{\"model\": \"chat-prod\", \"temperature\": 0.0, \"seed\": 7, \"stream\": true}",
        "llm.input_messages.0.message.role": "system",
        "llm.input_messages.0.message.content": "Be brief.",
        "llm.input_messages.1.message.role": "user",
        "llm.input_messages.1.message.content": "First?",
        "llm.input_messages.10.message.role": "user",
        "llm.input_messages.10.message.content": "Last?",
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.content": "Yes.",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "get_weather",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": "{\"city\":\"Oslo\"}",
        "llm.tools.0.tool.json_schema": "{\"type\": \"function\", \"function\": {\"name\": \"get_weather\"}}",
        "session.id": "s",
    });
    let expected = json!({
        "operation": "chat",
        "provider": "azure.ai.openai",
        "request.model": "chat-prod",
        "response.model": "gpt-4o-2024-11-20",
        "finish_reasons": ["tool_calls"],
        "usage.input": 57,
        "request.temperature": 0.0,
        "request.seed": 7,
        "stream": true,
        "input.user": "Last?",
        "output.text": "Yes.",
        "output.tool_calls": ["get_weather"],
        "output.tool_arguments": [{ "city": "Oslo" }],
        "tool.definitions": ["get_weather"],
        "session": "s",
    });
    check("openinference", None, &given, &expected);
    let given = json!({ "openinference.span.kind": "EMBEDDING", "embedding.model_name": "text-embedding-3-small" });
    check(
        "openinference",
        None,
        &given,
        &json!({ "operation": "embeddings", "response.model": "text-embedding-3-small" }),
    );
}

#[test]
fn openllmetry_is_read_in_its_new_and_its_old_words() {
    let given = json!({
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "azure.ai.openai",
        "gen_ai.response.finish_reasons": ["tool_call"],
        "gen_ai.openai.api_base": "https://contoso-east.openai.azure.com/openai/",
        "gen_ai.is_streaming": false,
        "gen_ai.input.messages": "[{\"role\": \"user\", \"parts\": [{\"type\": \"text\", \"content\": \"Why?\"}]}]",
        "gen_ai.output.messages": "[{\"parts\": [{\"type\": \"tool_call\", \"name\": \"f\", \"arguments\": {\"a\": 1}}]}]",
        "gen_ai.tool.definitions": "[{\"type\": \"function\", \"name\": \"f\"}]",
    });
    let expected = json!({
        "operation": "chat",
        "provider": "azure.ai.openai",
        "finish_reasons": ["tool_calls"],
        "server.host": "contoso-east.openai.azure.com",
        "server.port": 443,
        "stream": false,
        "input.user": "Why?",
        "output.tool_calls": ["f"],
        "output.tool_arguments": [{ "a": 1 }],
        "tool.definitions": ["f"],
    });
    check("openllmetry", None, &given, &expected);
    let given = json!({
        "llm.request.type": "chat",
        "gen_ai.system": "Azure",
        "gen_ai.prompt.0.role": "user",
        "gen_ai.prompt.0.content": "Why?",
        "gen_ai.completion.0.finish_reason": "stop",
    });
    let expected = json!({
        "operation": "chat",
        "provider": "azure.ai.openai",
        "input.user": "Why?",
        "finish_reasons": ["stop"],
    });
    check("openllmetry", Some("0.40.0"), &given, &expected);
}

#[test]
fn opentelemetry_is_read_release_by_release() {
    check(
        "otel",
        Some("1.30.0"),
        &json!({ "gen_ai.system": "az.ai.openai" }),
        &json!({ "provider": "azure.ai.openai" }),
    );
    check("otel", Some("1.36.0"), &json!({ "gen_ai.system": "openai" }), &json!({ "provider": "openai" }));
    check("otel", Some("1.28.0"), &json!({ "gen_ai.openai.request.seed": 7 }), &json!({ "request.seed": 7 }));
    check("otel", Some("1.30.0"), &json!({ "gen_ai.request.seed": 7 }), &json!({ "request.seed": 7 }));
    // Structured values and JSON in a string are the same messages.
    let messages = json!([{ "role": "assistant", "parts": [{ "type": "text", "content": "Yes." }] }]);
    for given in [messages.clone(), Json::String(messages.to_string())] {
        check("otel", None, &json!({ "gen_ai.output.messages": given }), &json!({ "output.text": "Yes." }));
    }
}

#[test]
fn content_of_older_releases_is_read_from_events() {
    let span = span(&json!({}));
    let call = json!({ "function": { "name": "f", "arguments": "{\"a\":1}" } });
    let user = record("gen_ai.user.message", &json!({ "content": "Why?" }));
    let choice = record("gen_ai.choice", &json!({ "message": { "content": "So.", "tool_calls": [call] } }));
    let evidence = Evidence { logs: vec![&user, &choice], ..Evidence::of_span(&span) };
    let expected = json!({
        "input.user": "Why?",
        "output.text": "So.",
        "output.tool_calls": ["f"],
        "output.tool_arguments": [{ "a": 1 }],
    });
    check_evidence("otel", Some("1.30.0"), &evidence, &expected);
}

#[test]
fn content_of_the_event_of_a_call_is_read_from_its_attributes() {
    let span = span(&json!({}));
    let mut details = record("gen_ai.client.inference.operation.details", &Json::Null);
    let input = json!([{ "role": "user", "parts": [{ "type": "text", "content": "Why?" }] }]);
    details.attributes = attributes(&json!({ "gen_ai.input.messages": input }));
    let evidence = Evidence { logs: vec![&details], ..Evidence::of_span(&span) };
    check_evidence("otel", Some("1.37.0"), &evidence, &json!({ "input.user": "Why?", "input.roles": ["user"] }));
}

#[test]
fn an_error_type_is_read_from_the_exception_event_and_a_session_from_an_ancestor() {
    let mut failed = span(&json!({}));
    let given = attributes(&json!({ "exception.type": "openai.NotFoundError" }));
    failed.events.push(SpanEvent { time: Nanoseconds(1), name: "exception".to_owned(), attributes: given });
    let application = span(&json!({ "session.id": "s", "user.id": "u", "llm.token_count.prompt": 1 }));
    let evidence = Evidence { ancestors: vec![&application], ..Evidence::of_span(&failed) };
    let expected = json!({ "error.type": "openai.NotFoundError", "session": "s", "user": "u" });
    check_evidence("openinference", None, &evidence, &expected);
    let tokens = convention("openinference").read(&evidence, Concept::UsageInput, None);
    assert!(matches!(tokens, Reading::Missing { .. }), "{tokens:?}");
}

#[test]
fn what_cannot_be_read_is_told_apart() {
    let read = |release: &str, given: Json, concept| {
        let span = span(&given);
        let release: Release = release.parse().expect("a release");
        convention("otel").read(&Evidence::of_span(&span), concept, Some(&release))
    };
    let missing = |other: Option<&str>| Reading::Missing {
        looked_for: "`gen_ai.provider.name`".to_owned(),
        other_release: other.map(str::to_owned),
    };
    assert_eq!(read("1.37.0", json!({}), Concept::Provider), missing(None));
    let old = json!({ "gen_ai.system": "openai" });
    assert_eq!(read("1.37.0", old.clone(), Concept::Provider), missing(Some("`gen_ai.system`")));
    assert!(matches!(read("1.28.0", old, Concept::Provider), Reading::AbsentByDesign(_)));
    assert!(matches!(read("1.30.0", json!({}), Concept::ToolDefinitions), Reading::AbsentByDesign(_)));
    let wrong_type = read("1.37.0", json!({ "gen_ai.usage.input_tokens": "57" }), Concept::UsageInput);
    assert_eq!(
        wrong_type,
        Reading::Unreadable {
            source: "`gen_ai.usage.input_tokens`".to_owned(),
            problem: "\"57\" is not of the declared type int".to_owned(),
        }
    );
    let broken = read("1.37.0", json!({ "gen_ai.output.messages": "[{" }), Concept::OutputText);
    assert!(matches!(broken, Reading::Unreadable { .. }), "{broken:?}");
}

#[test]
fn a_span_is_a_call_of_the_model_by_its_operation_alone() {
    let operation = |family: &str, given: Json| convention(family).operation(&span(&given));
    assert_eq!(operation("otel", json!({ "gen_ai.operation.name": "chat" })), Some(Operation::Chat));
    assert_eq!(operation("otel", json!({ "gen_ai.operation.name": "execute_tool" })), None);
    assert_eq!(operation("otel", json!({ "http.request.method": "POST" })), None);
    assert_eq!(
        operation("openinference", json!({ "openinference.span.kind": "EMBEDDING" })),
        Some(Operation::Embeddings)
    );
    assert_eq!(operation("openinference", json!({ "openinference.span.kind": "CHAIN" })), None);
    assert_eq!(operation("openllmetry", json!({ "llm.request.type": "embedding" })), Some(Operation::Embeddings));
}

#[test]
fn names_to_write_are_those_of_the_release() {
    let otel = convention("otel");
    let check = |release: Release, concept, name: Option<&str>| {
        assert_eq!(otel.attribute(concept, Some(&release)), name, "{concept} at {release}");
    };
    check(Release::new(1, 28, 0), Concept::Provider, Some("gen_ai.system"));
    check(Release::new(1, 37, 0), Concept::Provider, Some("gen_ai.provider.name"));
    check(Release::new(1, 28, 0), Concept::RequestSeed, Some("gen_ai.openai.request.seed"));
    check(Release::new(1, 36, 0), Concept::EmbeddingsDimensions, None);
    let provider = |release| otel.spelled(Concept::Provider, Some(&release), "azure.ai.openai");
    assert_eq!(provider(Release::new(1, 28, 0)), "openai");
    assert_eq!(provider(Release::new(1, 30, 0)), "az.ai.openai");
    assert_eq!(provider(Release::new(1, 36, 0)), "azure.ai.openai");
}
