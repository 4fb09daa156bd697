use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{Metric, ResourceMetrics, ScopeMetrics, Summary};
use proptest::collection::vec;
use proptest::prelude::*;
use prost::Message;
use serde::Serialize;

use super::encode;
use crate::collect::{DecodeError, Decoded, Encoding, Signal, decode, inflate};
use crate::telemetry::{Attributes, FlawKind, SpanKind, Status, Telemetry, Value, arbitrary};

/// Decodes a message in both encodings, the protobuf one through gzip.
#[track_caller]
fn check<M: Message + Serialize>(signal: Signal, message: &M, expected: &Telemetry) {
    let expected = Decoded { telemetry: expected.clone(), problems: Vec::new() };
    let protobuf = inflate(&gzip(&message.encode_to_vec()), 1 << 24).expect("we packed it ourselves");
    assert_eq!(decode(signal, Encoding::Protobuf, &protobuf).expect("we wrote it ourselves"), expected);
    let json = serde_json::to_vec(message).expect("OTLP messages are JSON");
    assert_eq!(decode(signal, Encoding::Json, &json).expect("we wrote it ourselves"), expected);
}

pub(super) fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body).expect("writing to memory does not fail");
    encoder.finish().expect("writing to memory does not fail")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn spans_arrive_as_they_were_sent(spans in vec(arbitrary::span(), 0..3)) {
        let message = encode::traces(&spans);
        check(Signal::Traces, &message, &Telemetry { spans, ..Telemetry::default() });
    }

    #[test]
    fn logs_arrive_as_they_were_sent(logs in vec(arbitrary::log(), 0..3)) {
        let message = encode::logs(&logs);
        check(Signal::Logs, &message, &Telemetry { logs, ..Telemetry::default() });
    }

    #[test]
    fn metrics_arrive_as_they_were_sent(metrics in vec(arbitrary::metric(), 0..3)) {
        let message = encode::metrics(&metrics);
        check(Signal::Metrics, &message, &Telemetry { metrics, ..Telemetry::default() });
    }

    #[test]
    fn garbage_is_refused_without_a_panic(body in vec(any::<u8>(), 0..64)) {
        for signal in [Signal::Traces, Signal::Logs, Signal::Metrics] {
            for encoding in [Encoding::Protobuf, Encoding::Json] {
                let _ = decode(signal, encoding, &body);
            }
        }
        let _ = inflate(&body, 1024);
    }
}

#[test]
fn json_with_nulls_and_named_enumerators_is_read_and_told() {
    let body = br#"{"resourceSpans":[{"scopeSpans":[{"scope":{"name":"lib"},"spans":[{
        "traceId":"01010101010101010101010101010101","spanId":"0101010101010101","parentSpanId":null,"name":"chat",
        "kind":"SPAN_KIND_CLIENT","startTimeUnixNano":"1","endTimeUnixNano":"2","status":{"code":"STATUS_CODE_ERROR"},
        "attributes":[{"key":"kind","value":{"stringValue":"SPAN_KIND_CLIENT"}}]}]}]}]}"#;
    let decoded = decode(Signal::Traces, Encoding::Json, body).expect("it is as HoneyHive's exporter writes it");
    let span = &decoded.telemetry.spans[0];
    assert_eq!((span.parent, span.kind, &span.status), (None, SpanKind::Client, &Status::Error(String::new())));
    assert_eq!(span.attributes["kind"], Value::String("SPAN_KIND_CLIENT".to_owned()));
    // Nulls are allowed; what an application says is no member.
    assert_eq!(places(&decoded, FlawKind::NotOtlp), ["traces/code", "traces/kind"]);
}

#[test]
fn json_with_members_in_snake_case_is_read_and_told() {
    let body = br#"{"resource_spans":[{"scope_spans":[{"scope":{"name":"lib"},"spans":[{
        "trace_id":"01010101010101010101010101010101","span_id":"0101010101010101","name":"chat","kind":3,
        "start_time_unix_nano":"1","end_time_unix_nano":"2","attributes":[{"key":"a_b","value":{"string_value":"x_y"}}]
        }]}]}]}"#;
    let decoded = decode(Signal::Traces, Encoding::Json, body).expect("nothing of it is lost");
    assert_eq!(decoded.telemetry.spans[0].attributes["a_b"], Value::String("x_y".to_owned()));
    assert!(places(&decoded, FlawKind::NotOtlp).contains(&"traces/resourceSpans"));
}

#[test]
fn what_contradicts_its_resource_is_told() {
    let body = |name: &str| {
        format!(
            r#"{{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"shop"}}}}]}},
            "scopeSpans":[{{"spans":[{{"traceId":"01010101010101010101010101010101","spanId":"0101010101010101",
            "name":"chat","attributes":[{{"key":"service.name","value":{{"stringValue":"{name}"}}}}]}}]}}]}}]}}"#
        )
    };
    for (name, expected) in [("shop", vec![]), ("default", vec!["span chat/service.name"])] {
        let decoded = decode(Signal::Traces, Encoding::Json, body(name).as_bytes()).expect("this is OTLP");
        assert_eq!(places(&decoded, FlawKind::AgainstResource), expected);
    }
}

fn places(decoded: &Decoded, kind: FlawKind) -> Vec<&str> {
    let flaws = decoded.telemetry.flaws.iter().filter(|flaw| flaw.kind == kind);
    flaws.map(|flaw| flaw.place.as_str()).collect()
}

#[test]
fn what_our_model_cannot_hold_twice_or_in_part_is_told() {
    let body = br#"{"resourceSpans":[{"scopeSpans":[{"scope":{"name":"lib"},"spans":[{
        "traceId":"0102","spanId":"0000000000000001","name":"chat","kind":3,
        "startTimeUnixNano":"1","endTimeUnixNano":2,
        "attributes":[{"key":"a","value":{"intValue":"1"}},{"key":"a","value":{"stringValue":"2"}},{"key":"b","value":{}}]
    }]}]}]}"#;
    let decoded = decode(Signal::Traces, Encoding::Json, body).expect("this is OTLP");
    assert_eq!(decoded.problems, Vec::<String>::new());
    assert_eq!(places(&decoded, FlawKind::InvalidId), ["span chat/trace id"]);
    assert_eq!(places(&decoded, FlawKind::DuplicateAttribute), ["span chat/a"]);
    let expected = Attributes::from([("a".to_owned(), Value::String("2".to_owned())), ("b".to_owned(), Value::Empty)]);
    assert_eq!(decoded.telemetry.spans[0].attributes, expected);
}

#[test]
fn a_summary_is_a_problem() {
    let metric = Metric { name: "old".to_owned(), data: Some(Data::Summary(Summary::default())), ..Metric::default() };
    let scope_metrics = vec![ScopeMetrics { metrics: vec![metric], ..ScopeMetrics::default() }];
    let resource_metrics = vec![ResourceMetrics { scope_metrics, ..ResourceMetrics::default() }];
    let body = ExportMetricsServiceRequest { resource_metrics }.encode_to_vec();
    let decoded = decode(Signal::Metrics, Encoding::Protobuf, &body).expect("this is OTLP");
    assert_eq!(decoded.problems, ["metric `old` is a summary, which is not kept"]);
}

#[test]
fn a_body_that_grows_beyond_the_limit_is_refused() {
    let bomb = gzip(&vec![0; 1 << 20]);
    assert!(matches!(inflate(&bomb, (1 << 20) - 1), Err(DecodeError::TooLarge { .. })));
    assert_eq!(inflate(&bomb, 1 << 20).map(|body| body.len()).ok(), Some(1 << 20));
}

#[test]
fn a_message_nested_without_end_is_refused() {
    let depth = 100_000;
    let body = format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"attributes":[{{"key":"a","value":{}{}}}]}}]}}]}}]}}"#,
        r#"{"arrayValue":{"values":["#.repeat(depth),
        "]}}".repeat(depth)
    );
    assert!(matches!(decode(Signal::Traces, Encoding::Json, body.as_bytes()), Err(DecodeError::Json(_))));
}

#[test]
fn an_empty_body_is_an_empty_message() {
    let decoded = decode(Signal::Traces, Encoding::Protobuf, &[]).expect("protobuf has no smallest message");
    assert_eq!(decoded, Decoded::default());
    assert_eq!(ExportTraceServiceRequest::default().encoded_len(), 0);
}
