//! Inputs of every form give the same findings, and every output says what it promises.

use azmatrix::cli::input_samples;
use azmatrix::semconv::{
    Against, Baseline, BaselineError, CheckReport, CheckRequest, Facts, InputSamples, Registry, Severity,
    github_annotations, json_document, json_lines, sarif, text,
};
use azmatrix::telemetry::canonical::Heading;
use serde_json::{Value, json};

const NOBODY: fn(&Heading) -> Facts = |_| Facts::default();

fn registry() -> &'static Registry {
    Registry::embedded()
}

fn request(against: &str) -> CheckRequest {
    let against = Against::parse(registry(), against).expect("releases");
    CheckRequest { against, all: false, only_shared: false }
}

fn report(against: &str, bytes: &[u8], baseline: &mut Baseline) -> CheckReport<'static> {
    let mut report = CheckReport::new(registry());
    let input = input_samples(bytes, NOBODY).expect("a known form");
    report.add("input.json", input, request(against), baseline);
    report.stale = baseline.stale();
    report
}

/// A span as OTLP/JSON.
fn otlp_span() -> Value {
    let text = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    json!({"resourceSpans": [{"resource": {"attributes": []}, "scopeSpans": [{
        "scope": {"name": "acme"},
        "schemaUrl": "https://opentelemetry.io/schemas/1.37.0",
        "spans": [{
            "traceId": "0102030405060708090a0b0c0d0e0f10",
            "spanId": "0102030405060708",
            "name": "chat chat-prod",
            "kind": 3,
            "startTimeUnixNano": "1",
            "endTimeUnixNano": "2",
            "attributes": [
                text("gen_ai.operation.name", "chat"),
                text("gen_ai.system", "az.ai.openai"),
                text("gen_ai.request.model", "chat-prod"),
            ],
        }],
    }]}]})
}

fn weaver_span() -> Value {
    let text = |name: &str, value: &str| json!({"name": name, "value": value});
    json!([{"span": {
        "name": "chat chat-prod",
        "kind": "client",
        "status": {"code": "unset", "message": ""},
        "attributes": [
            text("gen_ai.operation.name", "chat"),
            text("gen_ai.system", "az.ai.openai"),
            text("gen_ai.request.model", "chat-prod"),
        ],
    }}])
}

const SNAPSHOT: &str = r#"---
{}
---
step ask
  span "chat chat-prod"
    kind = client
    status = unset
    parent = none
    trace = <trace 1>
    scope = acme
    schema_url = "https://opentelemetry.io/schemas/1.37.0"
    gen_ai.operation.name = "chat"
    gen_ai.request.model = "chat-prod"
    gen_ai.system = "az.ai.openai"
"#;

fn ids(bytes: &[u8]) -> Vec<String> {
    let report = report("1.37.0", bytes, &mut Baseline::default());
    let mut ids: Vec<String> = report
        .findings
        .iter()
        .map(|reported| format!("{} {}", reported.finding.id, reported.finding.detail.subject))
        .collect();
    ids.sort();
    ids
}

#[test]
fn every_form_of_one_span_gives_the_same_findings() {
    let wanted = ["deprecated gen_ai.system", "required_attribute_not_present gen_ai.provider.name"];
    assert_eq!(ids(otlp_span().to_string().as_bytes()), wanted);
    assert_eq!(ids(weaver_span().to_string().as_bytes()), wanted);
    assert_eq!(ids(SNAPSHOT.as_bytes()), wanted);
    let lines = format!("{}\n{}\n", otlp_span(), json!({"resourceLogs": []}));
    assert_eq!(ids(lines.as_bytes()), wanted);
}

#[test]
fn protobuf_is_told_from_its_content() {
    use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
    use prost::Message;

    let traces: ExportTraceServiceRequest = serde_json::from_value(otlp_span()).expect("OTLP");
    assert_eq!(ids(&traces.encode_to_vec()).len(), 2);
    let metrics: ExportMetricsServiceRequest = serde_json::from_value(json!({"resourceMetrics": [{"scopeMetrics": [{
        "scope": {"name": "acme"},
        "metrics": [{"name": "gen_ai.client.operation.duration", "unit": "ms", "gauge": {"dataPoints": []}}],
    }]}]}))
    .expect("OTLP");
    assert!(ids(&metrics.encode_to_vec()).contains(&"unit_mismatch gen_ai.client.operation.duration".to_owned()));
}

#[test]
fn what_is_no_telemetry_is_an_error() {
    for text in ["[{\"planet\": {}}]", "{\"acme\": 1}", "step", "{"] {
        assert!(input_samples(text.as_bytes(), NOBODY).is_err(), "{text}");
    }
    assert_eq!(input_samples(b"", NOBODY).expect("nothing"), InputSamples::default());
}

#[test]
fn a_json_line_has_every_field_it_promises() {
    let report = report("1.37.0", weaver_span().to_string().as_bytes(), &mut Baseline::default());
    let lines: Vec<Value> = json_lines(&report).map(|line| serde_json::from_str(&line).expect("a JSON line")).collect();
    assert_eq!(lines.len(), 2);
    let deprecated = lines.iter().find(|line| line["id"] == "deprecated").expect("the finding");
    for (key, value) in [
        ("level", json!("violation")),
        ("release", json!("1.37.0")),
        ("sample", json!(0)),
        ("path", json!("span.attributes[1]")),
        ("subject", json!("gen_ai.system")),
        ("shared", json!(true)),
        ("holds_for", json!("1.37.0..1.41.1")),
    ] {
        assert_eq!(deprecated[key], value, "{key}");
    }
    assert_eq!(deprecated["context"]["deprecation_reason"], "renamed");
    assert!(deprecated["message"].is_string());
    let source = deprecated["source"][0].as_str().expect("a source");
    assert!(source.starts_with("attribute gen_ai.system: enum[string]"), "{source}");
    assert!(source.contains("open-telemetry/semantic-conventions@aec6e9d3e867"), "{source}");
}

#[test]
fn several_releases_are_one_line_with_their_range() {
    let report = report("1.36.0,1.37.0..1.41.1", weaver_span().to_string().as_bytes(), &mut Baseline::default());
    let of = |id: &str| {
        let found = report.findings.iter().find(|reported| reported.finding.id.as_str() == id);
        report.release_text(found.expect("the finding"))
    };
    assert_eq!(of("deprecated"), "1.37.0..1.41.1");
}

#[test]
fn only_shared_leaves_what_weaver_has() {
    let mut report = CheckReport::new(registry());
    let input = input_samples(weaver_span().to_string().as_bytes(), NOBODY).expect("samples");
    let request = CheckRequest { only_shared: true, ..request("1.37.0") };
    report.add("input.json", input, request, &mut Baseline::default());
    let ids: Vec<&str> = report.findings.iter().map(|reported| reported.finding.id.as_str()).collect();
    assert_eq!(ids, ["deprecated"]);
}

#[test]
fn every_output_can_be_read() {
    let report = report("1.37.0", weaver_span().to_string().as_bytes(), &mut Baseline::default());
    let document: Value = serde_json::from_str(&json_document(&report)).expect("JSON");
    assert_eq!(document["counts"]["violation"], 2);
    assert_eq!(document["inputs"][0]["scores"].as_object().map(serde_json::Map::len), Some(22));
    let log: Value = serde_json::from_str(&sarif(&report)).expect("JSON");
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(log["runs"][0]["results"].as_array().map(Vec::len), Some(2));
    assert_eq!(log["runs"][0]["results"][0]["level"], "error");
    let annotations = github_annotations(&report);
    assert!(annotations.starts_with("::error file=input.json,title=semconv "), "{annotations}");
    let words = text(&report);
    assert!(words.contains("violation deprecated [1.37.0]: `gen_ai.system` is deprecated"), "{words}");
    assert!(words.ends_with("1 sample in 1 input: 2 violations, 0 improvements, 0 of information\n"), "{words}");
}

#[test]
fn a_baseline_accepts_with_a_reason_and_stale_entries_fail() {
    let accept = r#"
        [[accept]]
        id = "deprecated"
        subject = "gen_ai.s*"
        release = "1.37.0..1.41.1"
        reason = "the collector renames it"
        [[accept]]
        id = "required_attribute_not_present"
        subject = "gen_ai.provider.name"
        reason = "the collector renames it"
    "#;
    let stale = "\n[[accept]]\nid = \"kind_mismatch\"\nreason = \"was fixed\"\n";
    let parse = |text: &str| Baseline::parse(text, &registry().releases);
    let bytes = weaver_span().to_string();
    let clean = report("1.37.0", bytes.as_bytes(), &mut parse(accept).expect("a baseline"));
    assert!(!clean.fails(Some(Severity::Information)) && clean.worst().is_none());
    let other = report("1.42.0", bytes.as_bytes(), &mut parse(accept).expect("a baseline"));
    assert!(other.fails(Some(Severity::Violation)), "the entry is for other releases");
    let with_stale = report("1.37.0", bytes.as_bytes(), &mut parse(&format!("{accept}{stale}")).expect("a baseline"));
    assert_eq!(with_stale.stale, ["kind_mismatch"]);
    assert!(with_stale.fails(None));
    assert!(text(&with_stale).contains("stale: the baseline accepts `kind_mismatch`"));
    let no_reason = parse("[[accept]]\nid = \"deprecated\"\nreason = \" \"\n");
    assert!(matches!(no_reason, Err(BaselineError::NoReason(_))));
    assert!(matches!(parse("[[acept]]\n"), Err(BaselineError::Syntax(_))));
}

#[test]
fn the_release_that_fits_best_is_found() {
    let report = report("fit", weaver_span().to_string().as_bytes(), &mut Baseline::default());
    let input = &report.inputs[0];
    assert_eq!(registry().releases.text(input.fit.best), "1.30.0..1.34.0");
    assert_eq!(registry().releases.text(input.against), "1.34.0");
    assert!(report.findings.is_empty());
}
