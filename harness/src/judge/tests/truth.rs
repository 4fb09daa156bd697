//! What telemetry says against what went over the wire, as mutations of the good cell. `tests/faults.rs` has the rest.

use serde_json::json;

use super::checks::{Expected, check_some};
use super::world::{World, text};
use crate::protocol::{ApplicationError, Outcome, StreamEnded};
use crate::telemetry::{Attributes, LogRecord, SpanId, Value};
use crate::wire::WireResponse;

#[track_caller]
fn check(mutate: impl FnOnce(&mut World), expected: Expected<'_>) {
    check_some(World::good(), mutate, |finding| finding.id.starts_with("truth."), expected);
}

fn set(section: usize, name: &'static str, value: Value) -> impl FnOnce(&mut World) {
    move |world| drop(world.attributes(section).insert(name.to_owned(), value))
}

fn unset(section: usize, name: &'static str) -> impl FnOnce(&mut World) {
    move |world| drop(world.attributes(section).remove(name))
}

#[test]
fn a_good_cell_is_true() {
    check_some(World::good(), |_| {}, |_| true, &[]);
    check_some(World::without_content(), |_| {}, |_| true, &[]);
}

#[test]
fn a_value_is_wrong_by_its_type_too() {
    let wrong = &[("truth.wrong", "ask/chat chat-prod/usage.input")];
    for value in [Value::Int(58), text("57"), Value::Double(57.0)] {
        check(set(0, "gen_ai.usage.input_tokens", value), wrong);
    }
    let reasons = &[("truth.wrong", "ask/chat chat-prod/finish_reasons")];
    check(set(0, "gen_ai.response.finish_reasons", text("[\"tool_calls\"]")), reasons);
}

#[test]
fn what_the_wire_never_had_is_invented() {
    check(set(2 + 1, "gen_ai.request.seed", Value::Int(0)), &[("truth.invented", "later/chat chat-prod/request.seed")]);
    check(
        |world| {
            if let WireResponse::Json(document) = &mut world.exchange(3).response {
                document["usage"] = json!(null);
            }
        },
        &[
            ("truth.invented", "later/chat chat-prod/usage.input"),
            ("truth.invented", "later/chat chat-prod/usage.output"),
        ],
    );
}

#[test]
fn without_a_request_every_word_of_an_answer_is_invented() {
    let said = ["finish_reasons", "output.text", "response.id", "response.model", "usage.input", "usage.output"];
    let subjects = said.map(|concept| format!("later/chat chat-prod/{concept}"));
    let expected: Vec<_> = subjects.iter().map(|subject| ("truth.invented", subject.as_str())).collect();
    check(|world| world.section(3).exchanges.clear(), &expected);
}

#[test]
fn a_name_that_only_a_later_release_has_is_not_owed_but_must_be_true() {
    let later = "gen_ai.usage.cache_read.input_tokens";
    let cached = |world: &mut World| {
        let WireResponse::Json(document) = &mut world.exchange(0).response else { panic!("no document") };
        document["usage"]["prompt_tokens_details"] = json!({ "cached_tokens": 12 });
        set(0, later, Value::Int(12))(world);
    };
    check(cached, &[]);
    check(set(0, later, Value::Int(57)), &[("truth.invented", "ask/chat chat-prod/usage.cached")]);
}

#[test]
fn what_the_family_has_a_name_for_is_owed() {
    check(unset(0, "gen_ai.request.temperature"), &[("truth.missing", "ask/chat chat-prod/request.temperature")]);
    // Content is owed only where it is captured.
    check_some(World::without_content(), |_| {}, |finding| finding.id == "truth.missing", &[]);
    // The application's own span says whose session it is.
    check(|_| {}, &[]);
}

#[test]
fn where_the_wire_cannot_decide_nothing_is_found() {
    // Behind a name of one's own nobody can tell whose service it is.
    check(
        |world| {
            world.exchange(3).host = "gateway.example.com".to_owned();
            world.attributes(3).insert("server.address".to_owned(), text("gateway.example.com"));
            world.attributes(3).insert("gen_ai.provider.name".to_owned(), text("openai"));
        },
        &[],
    );
    check(|world| world.exchange(3).response = WireResponse::Text("<html>".to_owned()), &[]);
}

#[test]
fn the_model_of_a_response_is_in_its_body_and_in_a_header() {
    for (model, expected) in [
        ("chat-prod", &[][..]),
        ("gpt-4o-2024-11-20", &[]),
        ("gpt-4o", &[("truth.wrong", "later/chat chat-prod/response.model")]),
    ] {
        check(
            |world| {
                let exchange = world.exchange(3);
                exchange.response_headers.push(("x-ms-served-model".to_owned(), "gpt-4o-2024-11-20".to_owned()));
                if let WireResponse::Json(document) = &mut exchange.response {
                    document["model"] = json!("chat-prod");
                }
                world.attributes(3).insert("gen_ai.response.model".to_owned(), text(model));
            },
            expected,
        );
    }
}

#[test]
fn of_responses_the_ending_and_the_conversation_are_known() {
    fn response(status: &'static str, reason: &'static str) -> impl Fn(&mut World) {
        move |world| {
            let item = json!({ "type": "message", "role": "user", "content": "Say goodbye to me." });
            let details = json!({ "reason": reason });
            let said = json!({ "type": "output_text", "text": "Farewell, dear friend." });
            let output = json!([{ "type": "message", "content": [said] }]);
            let exchange = world.exchange(3);
            exchange.path = "/openai/responses".to_owned();
            exchange.request = Some(json!({ "model": "chat-prod", "instructions": "Be brief.", "input": [item] }));
            exchange.response = WireResponse::Json(json!({
                "id": "chatcmpl-2", "object": "response", "status": status, "incomplete_details": details,
                "model": "gpt-4o-2024-11-20", "output": output, "usage": { "input_tokens": 9, "output_tokens": 5 },
            }));
        }
    }
    let lost = ("truth.missing", "later/chat chat-prod/input.system");
    // The good span says `stop`, and nothing of instructions.
    check(response("completed", ""), &[lost]);
    let wrong = ("truth.wrong", "later/chat chat-prod/finish_reasons");
    check(response("incomplete", "max_output_tokens"), &[lost, wrong]);
    check(response("in_progress", ""), &[("truth.invented", "later/chat chat-prod/finish_reasons"), lost]);
    let another = |world: &mut World| {
        response("completed", "")(world);
        let item = json!({ "type": "message", "role": "user", "content": "Something else." });
        world.exchange(3).request = Some(json!({ "model": "chat-prod", "input": [item] }));
    };
    check(another, &[("truth.wrong", "later/chat chat-prod/input.user")]);
}

#[test]
fn of_a_broken_stream_as_much_is_owed_as_was_seen() {
    fn breaks(world: &mut World) {
        let error = ApplicationError {
            kind: "openai.APIConnectionError".to_owned(),
            message: "Connection error.".to_owned(),
            status: None,
            code: None,
            request_id: None,
        };
        let chunks = vec![json!({ "choices": [{ "delta": { "content": "It" } }] })];
        let outcome = Outcome::Stream { chunks, ended: StreamEnded::Error, error: Some(error) };
        world.section(1).outcome = Some(outcome);
        world.attributes(1).insert("error.type".to_owned(), text("APIConnectionError"));
    }
    // More than was seen was on its way, so that what was sent is right as well.
    check(breaks, &[]);
    check(
        |world| {
            breaks(world);
            world.attributes(1).remove("gen_ai.output.messages");
            world.attributes(1).remove("gen_ai.usage.input_tokens");
            world.attributes(1).remove("error.type");
        },
        &[
            ("truth.missing", "answer/chat chat-prod/error.type"),
            ("truth.missing", "answer/chat chat-prod/output.text"),
        ],
    );
}

#[test]
fn every_span_of_a_step_with_one_request_is_held_against_it() {
    check(
        |world| {
            let mut span = world.span(0).clone();
            span.id = SpanId([77; 8]);
            span.attributes.insert("gen_ai.response.id".to_owned(), text(""));
            let section = world.section(0);
            section.telemetry.spans.push(span);
            section.spans_started += 1;
            section.spans_ended += 1;
        },
        &[("truth.wrong", "ask/chat chat-prod 2/response.id")],
    );
}

#[test]
fn the_applications_own_span_keeps_its_session() {
    let says = |value: &'static str| {
        move |world: &mut World| {
            let sections = world.capture.sections.iter_mut();
            let spans = sections.flat_map(|section| &mut section.telemetry.spans);
            let own = spans.filter(|span| span.name == "handle_visit");
            own.for_each(|span| drop(span.attributes.insert("session.id".to_owned(), text(value))));
        }
    };
    check(says("session-1"), &[]);
    let wrong: Expected<'_> = &[("truth.wrong", "group visit/handle_visit/session")];
    check_some(World::good(), says("[Scrubbed]"), |finding| finding.subject.starts_with("group "), wrong);
}

#[test]
fn a_log_record_contradicts_its_span() {
    let contradicts = |provider: &'static str| {
        move |world: &mut World| {
            let span = world.span(0).clone();
            let attributes: Attributes = [("gen_ai.provider.name".to_owned(), text(provider))].into();
            let record = LogRecord {
                trace: Some(span.trace),
                span: Some(span.id),
                attributes,
                body: Value::Empty,
                ..super::world::record("")
            };
            world.section(0).telemetry.logs.push(record);
        }
    };
    check(contradicts("azure.ai.openai"), &[]);
    check(contradicts("openai"), &[("truth.contradiction", "ask/chat chat-prod/provider")]);
    let says = |name: &'static str, value: Value| {
        move |world: &mut World| {
            let attributes = [(name.to_owned(), value)].into();
            let record = LogRecord { attributes, body: Value::Empty, ..super::world::record("") };
            world.section(3).telemetry.logs.push(record);
        }
    };
    check(says("gen_ai.usage.input_tokens", Value::Int(9)), &[]);
    check(
        says("gen_ai.usage.input_tokens", Value::Int(10)),
        &[("truth.contradiction", "later/chat chat-prod/usage.input")],
    );
    // What the span does not say is held against the wire.
    check(says("gen_ai.request.seed", Value::Int(0)), &[("truth.wrong", "later/chat chat-prod/request.seed")]);
}

#[test]
fn the_type_of_the_answer_is_the_one_that_was_asked_for() {
    let asked = |format: serde_json::Value, said: &'static str| {
        move |world: &mut World| {
            let request = world.exchange(3).request.as_mut().expect("a request");
            request["response_format"] = format;
            if !said.is_empty() {
                world.attributes(3).insert("gen_ai.output.type".to_owned(), text(said));
            }
        }
    };
    let wrong = &[("truth.wrong", "later/chat chat-prod/output.type")];
    for kind in ["json_object", "json_schema"] {
        check(asked(json!({ "type": kind }), "json"), &[]);
        check(asked(json!({ "type": kind }), "text"), wrong);
        check(asked(json!({ "type": kind }), ""), &[("truth.missing", "later/chat chat-prod/output.type")]);
    }
    // Text is what comes of asking for nothing.
    for said in ["text", ""] {
        check(asked(json!(null), said), &[]);
        check(asked(json!({ "type": "text" }), said), &[]);
    }
    check(asked(json!(null), "json"), wrong);
}

#[test]
fn what_a_span_says_of_http_was_on_the_wire() {
    let wrong = |name: &'static str| [("truth.wrong", name)];
    check(set(3, "http.request.method", text("POST")), &[]);
    check(set(3, "http.request.method", text("GET")), &wrong("later/chat chat-prod/http.request.method"));
    check(set(3, "http.response.status_code", Value::Int(200)), &[]);
    check(set(3, "http.response.status_code", text("200")), &wrong("later/chat chat-prod/http.response.status_code"));
    let base = "https://contoso-east.openai.azure.com/openai";
    for rest in ["?api-version=2024-10-21", "", "?REDACTED"] {
        let url = format!("{base}/deployments/chat-prod/chat/completions{rest}");
        check(set(3, "url.full", text(&url)), &[]);
    }
    check(set(3, "url.full", text(base)), &wrong("later/chat chat-prod/url.full"));
    check(set(3, "url.path", text("/chat/completions")), &wrong("later/chat chat-prod/url.path"));
}
