//! Mutations of the good cell, as data.

use serde_json::json;

use super::world::{World, call, exchange, record, text};
use crate::flavor::Exports;
use crate::judge::{Boundary, BrokenReason, Finding};
use crate::protocol::{ApplicationError, Outcome, StreamEnded};
use crate::scenario::{Read, ThenStop};
use crate::telemetry::{Nanoseconds, SpanId, Status, Telemetry, TraceId, Value};
use crate::wire::WireKind;

/// What is expected: id and subject of each finding.
pub(super) type Expected<'a> = &'a [(&'a str, &'a str)];

#[track_caller]
fn check(mutate: impl FnOnce(&mut World), expected: Expected<'_>) {
    check_on(World::good(), mutate, expected);
}

#[track_caller]
fn check_on(world: World, mutate: impl FnOnce(&mut World), expected: Expected<'_>) {
    // What is not true is found too; `truth.rs` looks at that.
    check_some(world, mutate, |finding| !finding.id.starts_with("truth."), expected);
}

/// The same for the findings of some rules only.
#[track_caller]
pub(super) fn check_some(
    mut world: World,
    mutate: impl FnOnce(&mut World),
    is_meant: impl Fn(&Finding) -> bool,
    expected: Expected<'_>,
) {
    mutate(&mut world);
    let judgement = world.judge();
    let findings = judgement.findings.iter().filter(|finding| is_meant(finding));
    let found: Vec<_> = findings.map(|finding| (finding.id.as_str(), finding.subject.as_str())).collect();
    assert_eq!(found, expected, "{:#?}", judgement.findings);
    assert_eq!(judgement.broken, []);
}

#[test]
fn a_good_cell_gives_no_finding() {
    check(|_| {}, &[]);
    check_on(World::without_content(), |_| {}, &[]);
}

#[test]
fn expectations_find_a_wrong_value_and_a_missing_one() {
    let set = |name: &'static str, value: Value| {
        move |world: &mut World| {
            world.attributes(0).insert(name.to_owned(), value);
        }
    };
    let input = &[("expect.numbers", "ask/chat chat-prod/usage.input")];
    check(set("gen_ai.usage.input_tokens", Value::Int(58)), input);
    check(set("gen_ai.usage.input_tokens", Value::Double(57.0)), input);
    check(set("gen_ai.usage.input_tokens", text("57")), input);
    check(|world| drop(world.attributes(0).remove("gen_ai.usage.input_tokens")), input);
    let reasons = &[("expect.numbers", "ask/chat chat-prod/finish_reasons")];
    check(set("gen_ai.response.finish_reasons", text("tool_calls")), reasons);
    check(
        set("gen_ai.request.temperature", Value::Int(0)),
        &[("expect.numbers", "ask/chat chat-prod/request.temperature")],
    );
    check(set("gen_ai.output.messages", text("[{")), &[("expect.content", "ask/chat chat-prod/output.tool_arguments")]);
}

#[test]
fn expectations_find_what_should_not_be_there_and_wrong_relations() {
    check(
        |world| drop(world.attributes(3).insert("error.type".to_owned(), text("none"))),
        &[("expect.no-tools-later", "later/chat chat-prod/error.type")],
    );
    check(|world| world.attributes(2).clear(), &[("expect.under-the-application", "ask/chat chat-prod/session")]);
    check(
        |world| {
            world.span(0).parent = None;
            world.attributes(0).insert("session.id".to_owned(), text("session-1"));
        },
        &[("expect.under-the-application", "ask/chat chat-prod/parent"), ("shape.sibling-root", "ask/chat chat-prod")],
    );
    check(|world| world.span(3).trace = TraceId([1; 16]), &[("expect.two-traces", "all steps/traces")]);
    check(
        |world| {
            world.span(3).parent = Some(SpanId([1; 8]));
        },
        &[("expect.own-trace", "later/chat chat-prod/parent"), ("shape.leaked-context", "later/chat chat-prod")],
    );
}

#[test]
fn concepts_without_a_place_or_without_content_are_not_held_against_it() {
    // `output.tool_arguments` is content, `stream` has no place at the release.
    check_on(World::without_content(), |_| {}, &[]);
    check(
        |world| world.variant.release = Some("1.41.0".to_owned()),
        &[
            ("expect.no-place", "answer/chat chat-prod/stream"),
            ("expect.no-place", "ask/chat chat-prod/stream"),
            ("expect.no-place", "later/chat chat-prod/stream"),
        ],
    );
}

#[test]
fn a_span_that_never_ends_is_found_by_the_counts() {
    check(|world| world.section(3).spans_started = 2, &[("shape.never-ended", "later")]);
    check(|world| world.section(0).spans_started = 3, &[("shape.never-ended", "ask")]);
}

fn arrive_at_close(world: &mut World) {
    let late = world.section(3).telemetry.spans.remove(0);
    world.section(3).spans_ended = 0;
    world.section(4).spans_ended = 1;
    world.section(4).telemetry.spans.push(late);
}

#[test]
fn a_span_that_ends_after_its_step_is_late_unless_the_stream_is_held() {
    check(arrive_at_close, &[("shape.ended-late", "later")]);
    check(
        |world| {
            arrive_at_close(world);
            let read = Read { chunks: 1, then: ThenStop::Hold };
            world.scenario.step[2].chat.as_mut().expect("a chat").read = Some(read);
        },
        &[],
    );
}

#[test]
fn each_broken_shape_is_one_finding() {
    check(
        |world| {
            let again = world.span(3).clone();
            world.section(3).telemetry.spans.push(again);
            world.section(3).spans_ended = 2;
            world.section(3).spans_started = 2;
            world.scenario.expect[0].spans.as_mut().expect("a count").count = 4;
        },
        &[("shape.ended-twice", "later/chat chat-prod")],
    );
    check(
        |world| {
            let mut twin = call(TraceId([2; 16]), 5, None, "stop", [9, 5]);
            twin.name = "POST".to_owned();
            world.section(3).telemetry.spans.push(twin);
            world.section(3).spans_ended = 2;
            world.section(3).spans_started = 2;
            world.scenario.expect[0].spans.as_mut().expect("a count").count = 4;
        },
        &[("shape.duplicate", "later")],
    );
    check(
        |world| {
            world.section(3).telemetry.spans.clear();
            world.section(3).spans_ended = 0;
            world.section(3).spans_started = 0;
            world.scenario.expect.truncate(0);
        },
        &[("shape.missing", "later")],
    );
    check(
        |world| world.variant.exports = Exports::Nothing,
        &["answer", "ask", "group visit", "later"].map(|section| ("shape.switched-off", section)),
    );
    check(
        |world| {
            world.variant.exports = Exports::Nothing;
            for section in &mut world.capture.sections {
                section.telemetry = Telemetry::default();
                (section.spans_started, section.spans_ended) = (0, 0);
            }
        },
        &[],
    );
    check(
        |world| {
            world.span(1).parent = Some(SpanId([9; 8]));
        },
        &[("shape.orphan", "answer/chat chat-prod")],
    );
    check(|world| world.span(1).parent = Some(SpanId([2; 8])), &[("shape.leaked-context", "answer/chat chat-prod")]);
    check(|world| world.span(3).end = Nanoseconds(1), &[("shape.end-before-start", "later/chat chat-prod")]);
}

#[test]
fn the_status_is_an_error_if_and_only_if_the_application_saw_one() {
    let subject = &[("shape.status", "later/chat chat-prod")];
    check(|world| world.span(3).status = Status::Error(String::new()), subject);
    let fail = |world: &mut World| {
        let outcome = Some(Outcome::Error { error: error() });
        world.section(3).outcome.clone_from(&outcome);
        world.baseline.sections[3].outcome = outcome;
    };
    check(fail, subject);
    check(
        |world| {
            fail(world);
            world.span(3).status = Status::Error("no".to_owned());
        },
        &[],
    );
    for ended in [StreamEnded::Break, StreamEnded::Close, StreamEnded::Cancel, StreamEnded::Hold] {
        let stop = |world: &mut World| {
            let outcome = Some(Outcome::Stream { chunks: Vec::new(), ended, error: None });
            world.section(3).outcome.clone_from(&outcome);
            world.baseline.sections[3].outcome = outcome;
        };
        check(stop, &[]);
        check(
            |world| {
                stop(world);
                world.span(3).status = Status::Error(String::new());
            },
            subject,
        );
    }
}

fn error() -> ApplicationError {
    ApplicationError {
        kind: "openai.RateLimitError".to_owned(),
        message: "slow down".to_owned(),
        status: Some(429),
        code: None,
        request_id: None,
    }
}

#[test]
fn what_the_application_saw_must_be_the_same_as_without_the_instrumentor() {
    let outcome = |part: &'static str| [("transparency.outcome", part)];
    check(
        |world| {
            world.section(3).outcome = Some(Outcome::Error { error: error() });
            world.span(3).status = Status::Error(String::new());
        },
        &outcome("later/kind"),
    );
    check(|world| world.section(3).outcome = Some(Outcome::Response { body: json!({}) }), &outcome("later/body"));
    check(
        |world| {
            if let Some(Outcome::Stream { chunks, .. }) = &mut world.section(1).outcome {
                chunks.pop();
            }
        },
        &outcome("answer/chunks"),
    );
    check(
        |world| {
            if let Some(Outcome::Stream { chunks, .. }) = &mut world.section(1).outcome {
                chunks[1]["choices"][0]["delta"]["content"] = json!("It was");
            }
        },
        &outcome("answer/chunks"),
    );
    check(
        |world| {
            if let Some(Outcome::Stream { ended, .. }) = &mut world.section(1).outcome {
                *ended = StreamEnded::Break;
            }
        },
        &outcome("answer/ended"),
    );
}

#[test]
fn what_was_sent_must_be_the_same_as_without_the_instrumentor() {
    check(|world| world.section(3).exchanges.push(exchange(WireKind::Model)), &[("transparency.requests", "later")]);
    check(
        |world| world.exchange(3).request = Some(json!({ "messages": [{ "role": "user" }], "stream_options": {} })),
        &[("transparency.request-body", "later/request 1")],
    );
    check(|world| world.exchange(3).path.push('/'), &[("transparency.request-url", "later/request 1")]);
    let add = |name: &'static str| {
        move |world: &mut World| world.exchange(3).request_headers.push((name.to_owned(), "1".to_owned()))
    };
    check(add("x-vendor"), &[("transparency.request-header", "later/request 1/x-vendor")]);
    check(add("traceparent"), &[("transparency.injected-header", "later/request 1/traceparent")]);
    check(
        |world| drop(world.exchange(3).request_headers.pop()),
        &[("transparency.request-header", "later/request 1/user-agent")],
    );
    check(
        |world| world.exchange(3).request_headers[2].1.push('!'),
        &[("transparency.request-header", "later/request 1/user-agent")],
    );
}

#[test]
fn a_changed_key_is_never_shown() {
    let mut world = World::good();
    world.exchange(3).request_headers[1].1 = "k-2718281828".to_owned();
    let judgement = world.judge();
    assert_eq!(judgement.findings.len(), 1);
    assert!(!judgement.findings[0].message.contains("k-"), "{:?}", judgement.findings);
}

#[test]
fn a_secret_is_found_wherever_it_stands() {
    const KEY: &str = "Bearer k-3141592653!";
    let leaked = |place: &'static str| [("secrets.leaked", place)];
    check(
        |world| drop(world.attributes(3).insert("http.headers".to_owned(), text(KEY))),
        &leaked("later/chat chat-prod/http.headers"),
    );
    check(
        |world| {
            let nested = Value::Array(vec![Value::Map([("a".to_owned(), Value::Bytes(KEY.into()))].into())]);
            world.attributes(3).insert("deep".to_owned(), nested);
        },
        &leaked("later/chat chat-prod/deep"),
    );
    check(|world| world.span(3).scope.version = KEY.to_owned(), &leaked("later/chat chat-prod/scope"));
    check(|world| world.section(3).telemetry.logs.push(record(KEY)), &leaked("later/log gen_ai.choice/body"));
    check(|world| world.texts[0].text.push_str(KEY), &leaked("worker log"));
    check(|world| world.secrets[0].value.clear(), &[]);
}

#[test]
fn prompts_and_answers_are_leaks_only_where_capture_is_off() {
    let say = |what: &'static str| {
        move |world: &mut World| drop(world.attributes(3).insert("input.value".to_owned(), text(what)))
    };
    let leaked = &[("content.leaked", "later/chat chat-prod/input.value")];
    for what in ["What is it like in Oslo?", "{\"text\":\"It is 18 \\u00b0C and cloudy.\"}", "Trondheim", "overcast"] {
        check_on(World::without_content(), say(what), leaked);
        check(say(what), &[]);
    }
    check_on(World::without_content(), say("get_weather"), &[]);
    check_on(World::without_content(), |world| world.section(3).telemetry.logs.push(record("dear friend.")), &[]);
    check_on(
        World::without_content(),
        |world| world.section(3).telemetry.logs.push(record("Farewell, dear friend.")),
        &[("content.leaked", "later/log gen_ai.choice/body")],
    );
}

#[test]
fn other_hosts_are_found_unless_they_are_accepted() {
    let contact = |host: &'static str| {
        move |world: &mut World| {
            for _ in 0..2 {
                let mut stray = exchange(WireKind::Egress);
                stray.host = host.to_owned();
                world.section(3).exchanges.push(stray);
            }
        }
    };
    check(contact("prices.example.com"), &[("egress.contacted", "prices.example.com")]);
    check(contact("telemetry.example.com"), &[]);
}

#[test]
fn a_fault_of_the_harness_is_no_finding() {
    let check = |mutate: fn(&mut World), expected: BrokenReason| {
        let mut world = World::good();
        mutate(&mut world);
        assert_eq!(world.judge().broken, [expected]);
    };
    check(
        |world| world.section(3).spans_ended = 2,
        BrokenReason::Lost { boundary: "later".to_owned(), ended: 2, received: 1 },
    );
    check(|world| world.section(3).outcome = None, BrokenReason::NoOutcome("later".to_owned()));
    check(
        |world| {
            world.flavor.is_control = true;
            world.capture.sections.retain(|section| section.boundary == Boundary::Group("visit".to_owned()));
        },
        BrokenReason::ControlEmitted { boundary: "group visit".to_owned(), what: "1 span".to_owned() },
    );
}
