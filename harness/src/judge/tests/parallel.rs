//! What arrives for parallel steps is given to the step that it is about, in whatever order it arrives.

use super::world::{World, call, record, text};
use crate::judge::{Boundary, Section, divide_parallel};
use crate::scenario::Parallel;
use crate::telemetry::{Flaw, FlawKind, Payload, SpanId, Telemetry, TraceId};

/// The good cell with its three steps at the same time, the telemetry as one flush boundary gives it, last span first.
fn at_once() -> World {
    let mut world = World::good();
    world.scenario.group.clear();
    world.scenario.expect.clear();
    let steps: Vec<String> = world.scenario.step.iter().map(|step| step.id.clone()).collect();
    world.scenario.parallel = vec![Parallel { id: "all".to_owned(), steps }];
    let mut sections = std::mem::take(&mut world.capture.sections);
    sections.retain(|section| !matches!(section.boundary, Boundary::Group(_)));
    let mut telemetry = Telemetry::default();
    for section in &mut sections {
        telemetry.spans.append(&mut section.telemetry.spans);
        (section.spans_started, section.spans_ended) = (0, 0);
    }
    telemetry.spans.reverse();
    for span in &mut telemetry.spans {
        span.parent = None;
    }
    let count = telemetry.spans.len() as u64;
    let boundary = Boundary::Parallel("all".to_owned());
    let block =
        Section { boundary, telemetry, outcome: None, exchanges: Vec::new(), spans_started: count, spans_ended: count };
    sections.insert(0, block);
    world.capture.sections = sections;
    world
}

/// Whose span is whose, by the first byte of the spans' ids; the block's own come first.
fn divided(world: &mut World) -> Vec<Vec<u8>> {
    let release = "1.37.0".parse().ok();
    divide_parallel(&mut world.capture, &world.scenario, &world.convention, release.as_ref());
    let ids = |section: &Section| section.telemetry.spans.iter().map(|span| span.id.0[0]).collect();
    world.capture.sections.iter().map(ids).collect()
}

fn check(mutate: impl FnOnce(&mut World), expected: [&[u8]; 5]) {
    let mut world = at_once();
    mutate(&mut world);
    let expected: Vec<Vec<u8>> = expected.iter().map(|ids| ids.to_vec()).collect();
    assert_eq!(divided(&mut world), expected);
}

/// The block, `ask`, `answer`, `later`, the close.
const RIGHT: [&[u8]; 5] = [&[], &[2], &[3], &[4], &[]];

fn without(world: &mut World, names: &[&str]) {
    for span in &mut world.section(0).telemetry.spans {
        span.attributes.retain(|name, _| !names.contains(&name.as_str()));
    }
}

#[test]
fn the_answers_id_tells_whose_span_it_is() {
    check(|_| {}, RIGHT);
    let mut world = at_once();
    divided(&mut world);
    let counts: Vec<(u64, u64)> =
        world.capture.sections.iter().map(|section| (section.spans_started, section.spans_ended)).collect();
    assert_eq!(counts, [(0, 0), (1, 1), (1, 1), (1, 1), (0, 0)]);
}

#[test]
fn without_an_id_whatever_is_true_tells() {
    check(|world| without(world, &["gen_ai.response.id"]), RIGHT);
    let content = ["gen_ai.response.id", "gen_ai.input.messages", "gen_ai.output.messages"];
    check(|world| without(world, &content), RIGHT);
    // Of nothing but an id that no answer has, only tokens and reasons are left.
    let altered = |world: &mut World| {
        without(world, &content);
        for span in &mut world.section(0).telemetry.spans {
            span.attributes.insert("gen_ai.response.id".to_owned(), text("chatcmpl-another"));
        }
    };
    check(altered, RIGHT);
}

#[test]
fn a_second_span_goes_to_its_call_and_children_go_with_their_parents() {
    let second = |world: &mut World| {
        let mut twin = call(TraceId([7; 16]), 9, None, "stop", [9, 5]);
        twin.attributes.insert("gen_ai.response.id".to_owned(), text("chatcmpl-2"));
        let mut child = call(TraceId([1; 16]), 8, Some(SpanId([2; 8])), "stop", [0, 0]);
        child.attributes.clear();
        child.name = "POST".to_owned();
        world.section(0).telemetry.spans.extend([twin, child]);
        world.section(0).telemetry.logs.push(crate::telemetry::LogRecord {
            trace: Some(TraceId([1; 16])),
            span: Some(SpanId([3; 8])),
            ..record("It is")
        });
    };
    check(second, [&[], &[2, 8], &[3], &[4, 9], &[]]);
    let mut world = at_once();
    second(&mut world);
    divided(&mut world);
    assert_eq!(world.capture.sections[2].telemetry.logs.len(), 1);
}

#[test]
fn what_came_beside_spans_stays_with_the_block() {
    let mut world = at_once();
    let payload = Payload { request: "POST /session/start".to_owned(), body: "{}".to_owned() };
    let flaw = Flaw { kind: FlawKind::NotOtlp, place: "traces/kind".to_owned(), message: "a word".to_owned() };
    let block = &mut world.section(0).telemetry;
    (block.payloads, block.flaws) = (vec![payload.clone()], vec![flaw.clone()]);
    divided(&mut world);
    let block = &world.section(0).telemetry;
    assert_eq!((&block.payloads, &block.flaws), (&vec![payload], &vec![flaw]));
}

#[test]
fn what_is_of_no_step_stays_with_the_block() {
    let more = |world: &mut World| {
        let mut other = call(TraceId([7; 16]), 9, None, "stop", [9, 5]);
        other.attributes.clear();
        other.name = "background work".to_owned();
        world.section(0).telemetry.spans.push(other);
    };
    check(more, [&[9], &[2], &[3], &[4], &[]]);
}
