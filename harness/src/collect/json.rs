//! OTLP/JSON as exporters write it, not only as it should be.

use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use serde_json::Value;

/// The same message as OTLP wants it: members that are null left out, enumerators by number. Protobuf's own JSON mapping
/// allows both, OTLP neither, and HoneyHive's exporter writes both.
pub(super) fn strict(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| {
                let number = value.as_str().and_then(|word| enumerator(&name, word));
                (name, number.map_or_else(|| strict(value), Value::from))
            })
            .collect(),
        Value::Array(values) => values.into_iter().map(strict).collect(),
        other => other,
    }
}

fn enumerator(member: &str, word: &str) -> Option<i32> {
    match member {
        "kind" => SpanKind::from_str_name(word).map(|kind| kind as i32),
        "code" => StatusCode::from_str_name(word).map(|code| code as i32),
        _ => None,
    }
}
