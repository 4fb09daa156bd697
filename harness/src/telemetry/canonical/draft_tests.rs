use proptest::prelude::*;

use super::{Canonical, Heading, PlaceholderKind, document, parse, render, restore};
use crate::telemetry::{
    Attributes, HistogramPoint, Link, LogRecord, Metric, MetricData, Nanoseconds, NumberPoint, Payload, Scope, Span,
    SpanEvent, SpanId, SpanKind, Status, Telemetry, TraceId, Value, arbitrary,
};

fn string(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn attributes<const N: usize>(entries: [(&str, Value); N]) -> Attributes {
    entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn scope() -> Scope {
    Scope { name: "lib".to_owned(), version: "1.2.3".to_owned(), ..Scope::default() }
}

/// A span of trace 7 that runs from `start` to `end`.
fn span(id: u8, parent: Option<u8>, name: &str, (start, end): (u64, u64)) -> Span {
    Span {
        trace: TraceId([7; 16]),
        id: SpanId([id; 8]),
        parent: parent.map(|parent| SpanId([parent; 8])),
        name: name.to_owned(),
        kind: SpanKind::Client,
        start: Nanoseconds(start),
        end: Nanoseconds(end),
        status: Status::Unset,
        attributes: Attributes::new(),
        events: Vec::new(),
        links: Vec::new(),
        scope: scope(),
    }
}

fn log(span: u8, time: u64, event_name: &str, body: Value) -> LogRecord {
    LogRecord {
        time: Nanoseconds(time),
        event_name: event_name.to_owned(),
        severity: 9,
        body,
        attributes: Attributes::new(),
        trace: Some(TraceId([7; 16])),
        span: Some(SpanId([span; 8])),
        scope: scope(),
    }
}

#[track_caller]
fn check_with(telemetry: &Telemetry, context: &Canonical, expected: &str) {
    let document = document(&[(Heading::Step("ask".to_owned()), telemetry)], context);
    let text = render(&document);
    assert_eq!(text, expected);
    assert_eq!(parse(&text).as_ref(), Ok(&document));
}

#[track_caller]
fn check(telemetry: &Telemetry, expected: &str) {
    check_with(telemetry, &Canonical::default(), expected);
}

/// The lines of the attributes of one span.
#[track_caller]
fn check_attributes<const N: usize>(entries: [(&str, Value); N], context: &Canonical, expected: &str) {
    let mut span = span(1, None, "chat", (1, 2));
    span.attributes = attributes(entries);
    let telemetry = Telemetry { spans: vec![span], ..Telemetry::default() };
    let text = render(&document(&[(Heading::Step("ask".to_owned()), &telemetry)], context));
    let (_, facts) = text.split_once("    scope = lib\n").expect("every span has its scope");
    let lines: Vec<_> = facts.lines().map(|line| line.strip_prefix("    ").unwrap_or(line)).collect();
    assert_eq!(lines, expected.lines().collect::<Vec<_>>());
}

#[test]
fn types_and_json_are_visible() {
    check_attributes(
        [
            ("a.int", Value::Int(89)),
            ("b.double", Value::Double(89.0)),
            ("c.text", string("89")),
            ("d.array", Value::Array(vec![string("89")])),
            ("e.empty", Value::Array(vec![])),
            ("f.bytes", Value::Bytes(vec![0, 255])),
            ("g.map", Value::Map(attributes([("k", Value::Empty), ("l m", Value::Bool(true))]))),
            ("h.json", string(r#"[{"role":"user","parts":[{"content":"18 °C\n"}],"tags":["a",1],"none":{}}]"#)),
            ("i.inner", string(r#"{"arguments":"{\"city\": \"Oslo\"}","note":"{not json"}"#)),
            ("j.broken", string("{\"cut\": \"o")),
            ("k.twice", string(r#"{"a":1,"a":2}"#)),
            ("l.list", string("[]")),
            ("m.objects", Value::Array(vec![string(r#"{"x":1.0}"#), string("y")])),
            ("kind", string("<time>")),
            ("with space", Value::Double(-0.0)),
        ],
        &Canonical::default(),
        "\
a.int = 89
b.double = 89.0
c.text = \"89\"
d.array = [\"89\"]
e.empty = []
f.bytes = hex\"00ff\"
g.map : map
  k = null
  \"l m\" = true
h.json : json
  [0].none = {}
  [0].parts[0].content = \"18 °C\\n\"
  [0].role = \"user\"
  [0].tags = [\"a\", 1]
i.inner : json
  arguments : json
    city = \"Oslo\"
  note = \"{not json\"
j.broken : broken-json = \"{\\\"cut\\\": \\\"o\"
k.twice : broken-json = \"{\\\"a\\\":1,\\\"a\\\":2}\"
\"kind\" = \"\\u003ctime>\"
l.list : json = []
m.objects : array
  [0] : json
    x = 1.0
  [1] = \"y\"
\"with space\" = -0.0
",
    );
}

#[test]
fn volatile_values_become_placeholders_that_keep_type_and_relation() {
    let entry = |text: &str, kind| (text.to_owned(), kind);
    let context = Canonical {
        vocabulary: vec![
            entry("chatcmpl-1", PlaceholderKind::ResponseId),
            entry("chatcmpl-12", PlaceholderKind::ResponseId),
            entry("45123", PlaceholderKind::Port),
            entry("2.4.1", PlaceholderKind::Version),
            entry("/env/abc", PlaceholderKind::Path),
            entry("not a uuid", PlaceholderKind::Uuid),
        ],
        volatile: vec![
            ("took".to_owned(), PlaceholderKind::Duration),
            ("tookish".to_owned(), PlaceholderKind::Duration),
            ("when".to_owned(), PlaceholderKind::Time),
            ("run".to_owned(), PlaceholderKind::Uuid),
            ("message".to_owned(), PlaceholderKind::Duration),
            ("fingerprint".to_owned(), PlaceholderKind::Digest),
            ("async".to_owned(), PlaceholderKind::Client),
            ("agent".to_owned(), PlaceholderKind::Version),
            ("agents".to_owned(), PlaceholderKind::Version),
        ],
    };
    check_attributes(
        [
            ("a", string("chatcmpl-12")),
            ("async", Value::Bool(true)),
            ("agent", string("azsdk-python/1.0.0b9 Python/3.11.7 (Linux)")),
            ("agents", string("/1.0 none")),
            ("b", string("chatcmpl-1 then chatcmpl-12, not chatcmpl-123")),
            ("c", string(r#"{"id":"chatcmpl-1","port":45123}"#)),
            ("d", string("http://127.0.0.1:45123/ and http://localhost:9/ on x:45123, 45123")),
            ("e", string("openai 2.4.1; openai 2.4.1.post1; 12.4.1")),
            ("f", string("/env/abc/lib/x.py /env/abcd")),
            ("fingerprint", string("00112233445566778899aabbccddeeff")),
            ("g", string("<Stream object at 0x7f0c5a3e1d90>")),
            ("h", string("not a uuid")),
            ("i", string("00-07070707070707070707070707070707-0101010101010101-01")),
            ("message", string("read 1.5 MB of v2.0.1 in 0.02s, 3.25s after chatcmpl-1; 4s, 5.5sec")),
            ("port", Value::Int(45123)),
            ("run", string("7ecdf80d-2467-4b83-aaf7-5a6ddb87041f")),
            ("thread.id", Value::Int(140_000)),
            ("took", Value::Double(0.25)),
            ("tookish", string("fast")),
            ("when", string("2026-11-20T07:11:21Z")),
        ],
        &context,
        "\
a = <response-id 1>
agent = <version 1>
agents = \"/1.0 none\"
async = <client>
b = \"<response-id 2> then <response-id 1>, not chatcmpl-123\"
c : json
  id = <response-id 2>
  port = <port 1 int>
d = \"http://127.0.0.1:<port 1>/ and http://localhost:<port 2>/ on x:<port 1>, 45123\"
e = \"openai <version 2>; openai 2.4.1.post1; 12.4.1\"
f = \"<path 1>/lib/x.py /env/abcd\"
fingerprint = <digest 1>
g = \"<Stream object at <address>>\"
h = \"not a uuid\"
i = \"00-<trace 1>-<span 1>-01\"
message = \"read 1.5 MB of v2.0.1 in <duration>s, <duration>s after <response-id 2>; 4s, 5.5sec\"
port = <port 1 int>
run = <uuid 1>
thread.id = <thread 1 int>
took = <duration double>
tookish = \"fast\"
when = <time>
",
    );
}

/// Two nested spans with an event and a link, two log records.
fn spans_and_logs() -> Telemetry {
    let mut parent = span(1, None, "answer", (1, 100));
    parent.kind = SpanKind::Internal;
    let mut child = span(2, Some(1), "openai.chat", (5, 50));
    child.status = Status::Error("Error code: 429".to_owned());
    child.scope.schema_url = "https://opentelemetry.io/schemas/1.37.0".to_owned();
    child.attributes = attributes([("gen_ai.usage.input_tokens", Value::Int(57))]);
    let stacktrace = string("Traceback (most recent call last):\n  File \"x\", line 1\n");
    child.events = vec![SpanEvent {
        time: Nanoseconds(6),
        name: "exception".to_owned(),
        attributes: attributes([("exception.stacktrace", stacktrace), ("exception.type", string("RateLimitError"))]),
    }];
    child.links = vec![Link { trace: TraceId([9; 16]), span: SpanId([9; 8]), attributes: Attributes::new() }];
    let body = Value::Map(attributes([("index", Value::Int(0))]));
    Telemetry {
        spans: vec![child, parent],
        logs: vec![log(2, 9, "gen_ai.choice", body), log(2, 8, "gen_ai.user.message", Value::Empty)],
        ..Telemetry::default()
    }
}

#[test]
fn spans_and_logs_read_like_the_design() {
    check(
        &spans_and_logs(),
        "\
step ask
  span \"answer\"
    id = <span 1>
    kind = internal
    status = unset
    parent = none
    trace = <trace 1>
    scope = lib
  span \"openai.chat\"
    id = <span 2>
    kind = client
    status = error \"Error code: 429\"
    parent = <span 1>
    trace = <trace 1>
    scope = lib
    schema_url = \"https://opentelemetry.io/schemas/1.37.0\"
    gen_ai.usage.input_tokens = 57
    event \"exception\"
      exception.stacktrace = <stacktrace>
      exception.type = \"RateLimitError\"
    link
      span = <span 3>
      trace = <trace 2>
  log \"gen_ai.user.message\"
    span = <span 2>
    scope = lib
    severity = 9
  log \"gen_ai.choice\"
    span = <span 2>
    scope = lib
    severity = 9
    body : map
      index = 0
",
    );
}

/// Two histograms and a counter, in an order that is not that of the document.
#[test]
fn what_came_beside_otlp_is_opened() {
    let payload = |request: &str, body: &str| Payload { request: request.to_owned(), body: body.to_owned() };
    let payloads = vec![
        payload("PUT /events", ""),
        payload("POST /session/start", r#"{"session":{"name":"visit","source":null}}"#),
    ];
    check(
        &Telemetry { payloads, ..Telemetry::default() },
        "\
step ask
  payload \"POST /session/start\"
    body : json
      session.name = \"visit\"
      session.source = null
  payload \"PUT /events\"
",
    );
}

#[test]
fn a_scope_is_not_known_by_an_address() {
    let names = ["vendor.140245021935312", "vendor.2024", "140245021935312"];
    let spans =
        names.map(|name| Span { scope: Scope { name: name.to_owned(), ..scope() }, ..span(1, None, "a", (1, 2)) });
    let telemetry = Telemetry { spans: spans.to_vec(), ..Telemetry::default() };
    let text = render(&document(&[(Heading::Step("ask".to_owned()), &telemetry)], &Canonical::default()));
    let scopes: Vec<&str> = text.lines().filter_map(|line| line.trim().strip_prefix("scope = ")).collect();
    assert_eq!(scopes, ["140245021935312", "vendor.$address", "vendor.2024"]);
}

fn metrics() -> Telemetry {
    let metric =
        |name: &str, unit: &str, data| Metric { name: name.to_owned(), unit: unit.to_owned(), data, scope: scope() };
    let named = |name: &str| attributes([("m", string(name))]);
    let points = vec![HistogramPoint {
        attributes: named("x"),
        count: 1,
        sum: 0.5,
        bounds: vec![0.1, 1.0],
        bucket_counts: vec![0, 1, 0],
    }];
    let number = |name: &str, value| NumberPoint { attributes: named(name), value: Value::Int(value) };
    let counter = MetricData::Sum { monotonic: true, points: vec![number("y", 2), number("x", 1)] };
    let metrics = vec![
        metric("tokens", "{token}", MetricData::Histogram(points.clone())),
        metric("duration", "s", MetricData::Histogram(points)),
        metric("calls", "", counter),
    ];
    Telemetry { metrics, ..Telemetry::default() }
}

#[test]
fn metrics_show_what_can_be_the_same_twice() {
    check(
        &metrics(),
        "\
step ask
  metric \"calls\"
    instrument = counter
    scope = lib
    point
      m = \"x\"
      value = 1
    point
      m = \"y\"
      value = 2
  metric \"duration\"
    instrument = histogram
    unit = \"s\"
    scope = lib
    point
      m = \"x\"
      count = 1
      sum = <duration>
      bounds = [0.1, 1.0]
  metric \"tokens\"
    instrument = histogram
    unit = \"{token}\"
    scope = lib
    point
      m = \"x\"
      count = 1
      sum = 0.5
      bounds = [0.1, 1.0]
      buckets = [0, 1, 0]
",
    );
}

#[test]
fn what_a_snapshot_shows_can_be_judged_as_telemetry() {
    for telemetry in [spans_and_logs(), metrics()] {
        let first = document(&[(Heading::Step("ask".to_owned()), &telemetry)], &Canonical::default());
        let restored = restore(&first);
        let sections: Vec<_> = restored.iter().map(|(heading, telemetry)| (heading.clone(), telemetry)).collect();
        let again = document(&sections, &Canonical::default());
        // The text of a placeholder is text now, which is shown as such; all else is as it was.
        assert_eq!(render(&again).replace("\"\\u003cstacktrace>\"", "<stacktrace>"), render(&first));
    }
}

#[test]
fn overlapping_spans_that_differ_in_their_logs_only_have_one_order() {
    let spans = [span(1, None, "chat", (1, 9)), span(2, None, "chat", (2, 8))];
    let logs = |first: &str, second: &str| vec![log(1, 3, first, Value::Empty), log(2, 4, second, Value::Empty)];
    let text = |logs| {
        let telemetry = Telemetry { spans: spans.to_vec(), logs, ..Telemetry::default() };
        render(&document(&[(Heading::Close, &telemetry)], &Canonical::default()))
    };
    assert_eq!(text(logs("a", "b")), text(logs("b", "a")));
}

#[test]
fn a_silent_step_is_shown_and_a_silent_close_is_not() {
    let nothing = Telemetry::default();
    let sections = [(Heading::Step("a b".to_owned()), &nothing), (Heading::Close, &nothing)];
    assert_eq!(render(&document(&sections, &Canonical::default())), "step \"a b\"\n");
}

#[test]
fn a_parent_that_ends_in_a_later_section_is_the_same_span() {
    let early = Telemetry { spans: vec![span(2, Some(1), "child", (2, 3))], ..Telemetry::default() };
    let late = Telemetry { spans: vec![span(1, None, "root", (1, 9))], ..Telemetry::default() };
    let sections = [(Heading::Step("ask".to_owned()), &early), (Heading::Group("g".to_owned()), &late)];
    let document = document(&sections, &Canonical::default());
    let spans: Vec<_> = document.spans().map(|(_, span)| (span.id, span.parent)).collect();
    assert_eq!(spans, [(None, spans[1].0), (spans[1].0, None)]);
    assert!(spans[1].0.is_some());
}

#[track_caller]
fn check_order(spans: Vec<Span>, expected: &[&str]) {
    let telemetry = Telemetry { spans, ..Telemetry::default() };
    let document = document(&[(Heading::Step("ask".to_owned()), &telemetry)], &Canonical::default());
    let names: Vec<String> = document.spans().map(|(_, span)| span.name.to_string()).collect();
    assert_eq!(names, expected);
}

#[test]
fn siblings_stand_in_order_of_time_only_where_time_decides() {
    check_order(vec![span(1, None, "b", (1, 2)), span(2, None, "a", (3, 4))], &["b", "a"]);
    check_order(vec![span(1, None, "b", (1, 4)), span(2, None, "a", (3, 5))], &["a", "b"]);
    check_order(vec![span(1, None, "b", (1, 1)), span(2, None, "a", (1, 1))], &["a", "b"]);
    check_order(
        vec![span(1, None, "b", (5, 6)), span(2, None, "c", (1, 9)), span(3, None, "a", (7, 8))],
        &["b", "a", "c"],
    );
}

#[test]
fn circles_and_spans_that_end_twice_are_kept() {
    check_order(vec![span(1, Some(2), "b", (1, 2)), span(2, Some(1), "a", (1, 2))], &["a", "b"]);
    check_order(vec![span(1, Some(1), "self", (1, 2))], &["self"]);
    check_order(vec![span(1, None, "twice", (1, 2)), span(1, None, "twice", (1, 2))], &["twice", "twice"]);
}

#[test]
fn overlapping_spans_that_differ_in_what_they_refer_to_only_have_one_order() {
    let asked =
        Telemetry { spans: vec![span(1, None, "a", (1, 2)), span(2, None, "b", (3, 4))], ..Telemetry::default() };
    let text = |first: u8, second: u8| {
        let linked = |id: u8, start, to: u8| {
            let mut span = span(id, None, "chat", (start, 9));
            span.links = vec![Link { trace: TraceId([7; 16]), span: SpanId([to; 8]), attributes: Attributes::new() }];
            span
        };
        let answered = Telemetry { spans: vec![linked(3, 5, first), linked(4, 6, second)], ..Telemetry::default() };
        let sections = [(Heading::Step("ask".to_owned()), &asked), (Heading::Close, &answered)];
        render(&document(&sections, &Canonical::default()))
    };
    assert_eq!(text(1, 2), text(2, 1));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_telemetry_has_a_document_that_reads_back(
        first in arbitrary::telemetry(),
        second in arbitrary::telemetry(),
        entry in "[a-z.]{8,9}",
    ) {
        let sections = [(Heading::Step("ask".to_owned()), &first), (Heading::Close, &second)];
        let context = Canonical { vocabulary: vec![(entry, PlaceholderKind::ResponseId)], volatile: Vec::new() };
        let document = document(&sections, &context);
        let text = render(&document);
        prop_assert_eq!(parse(&text), Ok(document), "{}", text);
        for kind in PlaceholderKind::ALL.into_iter().filter(|kind| kind.is_numbered()) {
            let mut highest = 0;
            for (at, _) in text.match_indices(&format!("<{} ", kind.as_str())) {
                let digits: String = text[at..].chars().skip_while(|character| *character != ' ').skip(1).take_while(char::is_ascii_digit).collect();
                let number: u32 = digits.parse().unwrap_or(0);
                prop_assert!(number <= highest + 1, "{}", text);
                highest = highest.max(number);
            }
        }
    }

    #[test]
    fn arrival_and_ids_have_no_influence(
        shape in proptest::collection::vec((0..4_u8, 0..3_usize, 0..5_u64, 0..5_u64), 1..8),
        order in Just((0..8_usize).collect::<Vec<_>>()).prop_shuffle(),
        offset in 100..200_u8,
    ) {
        let telemetry = |base: u8, order: &[usize]| {
            let spans = order.iter().filter(|index| **index < shape.len()).map(|index| {
                let (parent, name, start, length) = shape[*index];
                let id = base + u8::try_from(*index).unwrap_or(0);
                let parent = (usize::from(parent) < *index).then_some(base + parent);
                let mut span = span(id, parent, ["a", "b", "c"][name], (start, start + length));
                span.attributes = attributes([("n", Value::Int(i64::try_from(*index).unwrap_or(0)))]);
                span
            }).collect();
            Telemetry { spans, ..Telemetry::default() }
        };
        let text = |telemetry: &Telemetry| {
            render(&document(&[(Heading::Close, telemetry)], &Canonical::default()))
        };
        let in_order: Vec<usize> = (0..8).collect();
        prop_assert_eq!(text(&telemetry(1, &in_order)), text(&telemetry(offset, &order)));
    }
}
