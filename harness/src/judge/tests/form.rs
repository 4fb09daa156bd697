//! The form of what was exported, as mutations of the good cell.

use super::checks::{Expected, check_some};
use super::world::{World, record, text};
use crate::telemetry::{Flaw, FlawKind, Value};

#[track_caller]
fn check(mutate: impl FnOnce(&mut World), expected: Expected<'_>) {
    check_some(World::good(), mutate, |_| true, expected);
}

fn set(name: &'static str, value: Value) -> impl FnOnce(&mut World) {
    move |world| drop(world.attributes(3).insert(name.to_owned(), value))
}

#[test]
fn what_had_to_be_tolerated_is_told() {
    let flaws = [
        (FlawKind::NotOtlp, "traces/kind", "telemetry.not-otlp", "later/traces/kind"),
        (FlawKind::DuplicateAttribute, "span chat/a", "telemetry.duplicate-attribute", "later/span chat/a"),
        (FlawKind::AgainstResource, "span chat/a", "telemetry.against-resource", "later/span chat/a"),
        (FlawKind::LostLog, "logs", "telemetry.lost-log", "later/logs"),
        (FlawKind::InvalidId, "span chat/trace id", "telemetry.invalid-id", "later/span chat/trace id"),
    ];
    for (kind, place, id, subject) in flaws {
        let flaw = Flaw { kind, place: place.to_owned(), message: "it is odd".to_owned() };
        check(|world| world.section(3).telemetry.flaws.push(flaw), &[(id, subject)]);
    }
}

#[test]
fn a_value_that_says_nothing_is_told() {
    check(set("a", Value::Empty), &[("telemetry.empty-value", "later/chat chat-prod/a")]);
    let address = &[("telemetry.object-address", "later/chat chat-prod/a")];
    check(set("a", text("<Stream object at 0x7f0c5a3e1d90>")), address);
    check(
        |world| world.span(3).scope.name = "vendor.140245021935312".to_owned(),
        &[("telemetry.object-address", "later/scope vendor.$address")],
    );
}

#[test]
fn json_that_is_none_is_told() {
    let broken = &[("telemetry.broken-json", "later/chat chat-prod/a")];
    for value in ["{'a': 1}", "{\"a\":1}, {}", "[1, 2", "{", "['a']"] {
        check(set("a", text(value)), broken);
    }
    for value in ["{\"a\":1}", "[]", "[Errno 111] Connection refused", "[Scrubbed]", "{name} was here", "plain"] {
        check(set("a", text(value)), &[]);
    }
    // Whether messages can be read is for another rule.
    check_some(
        World::good(),
        set("gen_ai.output.messages", text("[{")),
        |finding| finding.id.starts_with("telemetry."),
        &[],
    );
}

#[test]
fn a_record_that_tells_of_a_call_belongs_to_a_span() {
    let lost = |name: &'static str| {
        move |world: &mut World| {
            let mut lost = record("");
            lost.event_name = name.to_owned();
            (lost.trace, lost.span, lost.body) = (None, None, Value::Empty);
            world.section(3).telemetry.logs.push(lost);
        }
    };
    check(lost("gen_ai.choice"), &[("shape.log-without-span", "later/log gen_ai.choice")]);
    check(lost("something.else"), &[]);
    check(|world| world.section(3).telemetry.logs.push(record("")), &[]);
}
