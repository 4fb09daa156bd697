use std::collections::BTreeMap;

use opentelemetry::trace::{Span as _, SpanKind as SdkKind, Status as SdkStatus, Tracer, TracerProvider};
use opentelemetry::{KeyValue, StringValue, Value as SdkValue};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};

use crate::collect::{from_span_data, to_span_data};
use crate::telemetry::{SpanKind, Status, Value};

fn array(texts: &[&str]) -> SdkValue {
    SdkValue::Array(texts.iter().map(|text| StringValue::from((*text).to_owned())).collect::<Vec<_>>().into())
}

#[test]
fn a_span_of_the_sdk_becomes_ours_and_back() {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let mut span = provider
        .tracer("azmatrix.reference")
        .span_builder("chat")
        .with_kind(SdkKind::Client)
        .with_attributes([
            KeyValue::new("int", 57),
            KeyValue::new("double", 0.5),
            KeyValue::new("bool", true),
            KeyValue::new("list", array(&["stop"])),
            KeyValue::new("empty", array(&[])),
        ])
        .start(&provider.tracer("azmatrix.reference"));
    span.add_event("choice", vec![KeyValue::new("index", 0)]);
    span.set_status(SdkStatus::error("429"));
    span.end();
    let data = exporter.get_finished_spans().expect("the exporter is open").remove(0);
    let ours = from_span_data(data.clone());
    assert_eq!(ours.kind, SpanKind::Client);
    assert_eq!(ours.parent, None);
    assert_eq!(ours.status, Status::Error("429".to_owned()));
    assert_eq!(ours.scope.name, "azmatrix.reference");
    let expected = BTreeMap::from([
        ("bool", Value::Bool(true)),
        ("double", Value::Double(0.5)),
        ("empty", Value::Array(Vec::new())),
        ("int", Value::Int(57)),
        ("list", Value::Array(vec![Value::String("stop".to_owned())])),
    ]);
    assert_eq!(
        ours.attributes.iter().map(|(name, value)| (name.as_str(), value.clone())).collect::<BTreeMap<_, _>>(),
        expected
    );
    assert_eq!(ours.events[0].attributes["index"], Value::Int(0));
    assert_eq!(from_span_data(to_span_data(&ours)), ours);
    assert_eq!(to_span_data(&ours).span_context.span_id(), data.span_context.span_id());
}
