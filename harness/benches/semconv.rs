//! Ten thousand spans against one release and against all.

use azmatrix::semconv::{
    CheckOptions, Checker, Facts, Registry, Sample, SampleAttribute, SampleSpan, SampleStatus, SampleValue, SpanKind,
};
use divan::Bencher;

const SPANS: usize = 10_000;

fn main() {
    divan::main();
}

fn span(number: usize) -> Sample {
    let text = |text: &str| SampleValue::Text(text.to_owned());
    let int = |value: usize| SampleValue::Int(i64::try_from(value).unwrap_or(i64::MAX));
    let operation = if number.is_multiple_of(3) { "embeddings" } else { "chat" };
    let mut attributes = vec![
        ("gen_ai.operation.name", text(operation)),
        ("gen_ai.provider.name", text("azure.ai.openai")),
        ("gen_ai.request.model", text("chat-prod")),
        ("gen_ai.response.model", text("gpt-4o-2024-11-20")),
        ("gen_ai.response.id", text(&format!("chatcmpl-{number}"))),
        ("gen_ai.response.finish_reasons", SampleValue::Array(vec![text("stop")])),
        ("gen_ai.usage.input_tokens", int(number)),
        ("gen_ai.usage.output_tokens", int(number % 100)),
        ("server.address", text("contoso-east.openai.azure.com")),
        ("server.port", int(443)),
    ];
    match number % 4 {
        0 => attributes.push(("gen_ai.system", text("az.ai.openai"))),
        1 => attributes
            .push(("gen_ai.input.messages", text(r#"[{"role":"user","parts":[{"type":"text","content":"Hi"}]}]"#))),
        2 => attributes.push(("llm.request.type", text("chat"))),
        _ => attributes.push(("gen_ai.request.temperature", text("0.5"))),
    }
    Sample::Span(SampleSpan {
        name: if number.is_multiple_of(5) { "openai.chat".to_owned() } else { format!("{operation} chat-prod") },
        kind: Some(if number.is_multiple_of(7) { SpanKind::Internal } else { SpanKind::Client }),
        status: if number.is_multiple_of(11) { SampleStatus::Error } else { SampleStatus::Unset },
        attributes: attributes.into_iter().map(|(name, value)| SampleAttribute::new(name, value)).collect(),
        events: Vec::new(),
        links: Vec::new(),
        schema_url: Some("https://opentelemetry.io/schemas/1.37.0".to_owned()),
        facts: Facts { seed: Some(number.is_multiple_of(2)), ..Facts::default() },
    })
}

fn check(bencher: Bencher<'_, '_>, releases: &str) {
    let registry = Registry::embedded();
    let releases = registry.releases.parse(releases).expect("releases");
    let samples: Vec<Sample> = (0..SPANS).map(span).collect();
    let options = CheckOptions { releases, all: true, only_shared: false };
    bencher.bench_local(|| Checker::new(registry, options).check(&samples).len());
}

#[divan::bench(sample_count = 20)]
fn ten_thousand_spans_against_one_release(bencher: Bencher<'_, '_>) {
    check(bencher, "1.41.0");
}

#[divan::bench(sample_count = 20)]
fn ten_thousand_spans_against_all_releases(bencher: Bencher<'_, '_>) {
    check(bencher, "all");
}

#[divan::bench(sample_count = 20)]
fn reading_the_registry() -> usize {
    Registry::parse(azmatrix::semconv::EMBEDDED).map_or(0, |registry| registry.slots)
}
