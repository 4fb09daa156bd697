//! Releases against each other, variants against each other, and the roll-up of a flavor.

use std::collections::BTreeMap;

use azmatrix::convention::embedded;
use azmatrix::semconv::{
    Change, RecordedSnapshot, Registry, Sample, SampleAttribute, SampleSpan, SampleStatus, SampleValue, Side, SpanKind,
    compare, flavor_rollup, move_difference, translate, variant_difference,
};

fn registry() -> &'static Registry {
    Registry::embedded()
}

fn place(release: &str) -> usize {
    registry().releases.place(release.parse().expect("a release")).expect("the release")
}

fn span(provider: &str, release: &str, more: &[(&str, &str)]) -> Sample {
    let all = [
        ("gen_ai.operation.name", "chat"),
        (provider, "openai"),
        ("gen_ai.request.model", "chat-prod"),
        ("gen_ai.response.id", "chatcmpl-1"),
    ];
    let attribute = |(name, value): &(&str, &str)| SampleAttribute::new(*name, SampleValue::Text((*value).to_owned()));
    Sample::Span(SampleSpan {
        name: "chat chat-prod".to_owned(),
        kind: Some(SpanKind::Client),
        status: SampleStatus::Unset,
        attributes: all.iter().chain(more).map(attribute).collect(),
        schema_url: Some(format!("https://opentelemetry.io/schemas/{release}")),
        ..SampleSpan::default()
    })
}

fn snapshot(variant: &str, scenario: &str, sample: Sample) -> RecordedSnapshot {
    RecordedSnapshot { variant: variant.to_owned(), scenario: scenario.to_owned(), samples: vec![sample] }
}

fn recorded() -> Vec<RecordedSnapshot> {
    vec![
        snapshot("old", "chat/basic", span("gen_ai.system", "1.36.0", &[])),
        snapshot("old", "chat/other", span("gen_ai.system", "1.36.0", &[("acme.mood", "fine")])),
        snapshot("new", "chat/basic", span("gen_ai.provider.name", "1.37.0", &[])),
        snapshot("new", "chat/other", span("gen_ai.provider.name", "1.37.0", &[])),
    ]
}

#[test]
fn releases_that_say_the_same_do_not_differ() {
    for (one, other) in [("1.31.0", "1.32.0"), ("1.35.0", "1.36.0"), ("1.41.0", "1.41.1")] {
        let text = compare(registry(), place(one), place(other)).text();
        assert_eq!(text, "nothing of generative AI differs\n", "{one} {other}");
    }
}

#[test]
fn a_comparison_says_what_was_renamed_added_and_required() {
    let text = compare(registry(), place("1.36.0"), place("1.37.0")).text();
    for line in [
        "renamed    gen_ai.system → gen_ai.provider.name\n",
        "added      gen_ai.input.messages: any\n",
        "event gen_ai.choice\n  deprecated\n",
        "  + gen_ai.provider.name required\n",
    ] {
        assert!(text.contains(line), "{line}{text}");
    }
}

#[test]
fn a_move_says_what_each_snapshot_gains_and_loses() {
    let lines = move_difference(registry(), place("1.36.0"), place("1.37.0"), &recorded());
    let wanted = "old gains deprecated gen_ai.system in every scenario";
    assert!(lines.iter().any(|line| line == wanted), "{lines:?}");
    let wanted = "new loses missing_attribute gen_ai.provider.name in every scenario";
    assert!(lines.iter().any(|line| line == wanted), "{lines:?}");
}

#[test]
fn variants_are_compared_by_what_they_emit() {
    let recorded = recorded();
    let of = |name: &str| recorded.iter().filter(|snapshot| snapshot.variant == name).collect::<Vec<_>>();
    let lines = variant_difference(registry(), &of("old"), &of("new"));
    assert_eq!(lines, ["removed acme.mood from span", "renamed gen_ai.system → gen_ai.provider.name on span"]);
}

#[test]
fn a_roll_up_says_what_is_declared_what_fits_and_what_is_wrong_where() {
    let text = flavor_rollup(registry(), "py-acme", &BTreeMap::new(), &recorded());
    for line in [
        "flavor py-acme\n\nvariant new\n  declares 1.37.0 (score 100.0)\n",
        "\n  violation missing_attribute [every release] acme.mood in chat/other\n",
        "\n  violation deprecated [1.37.0..1.41.1] gen_ai.system in every scenario\n",
        "\nfrom new to old\n",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let mut reversed = recorded();
    reversed.reverse();
    assert_eq!(text, flavor_rollup(registry(), "py-acme", &BTreeMap::new(), &reversed));
}

#[test]
fn a_translation_says_what_a_query_must_change() {
    let otel = embedded("otel").expect("the family").expect("a convention");
    let openinference = embedded("openinference").expect("the family").expect("a convention");
    let side = |name: &str, release: Option<&str>| Side {
        name: name.to_owned(),
        convention: if name == "otel" { &otel } else { &openinference },
        release: release.map(|text| text.parse().expect("a release")),
        emitted: None,
        spans: Vec::new(),
    };
    let rows = translate(&side("otel", Some("1.36.0")), &side("otel", Some("1.37.0")));
    let provider = rows.iter().find(|row| row.concept == "provider").expect("the row");
    assert_eq!(
        (provider.from.as_slice(), provider.to.as_slice()),
        (&["gen_ai.system".to_owned()][..], &["gen_ai.provider.name".to_owned()][..])
    );
    assert_eq!(provider.change, Change::Rewrite);
    let rows = translate(&side("openinference", None), &side("otel", Some("1.37.0")));
    let tokens = rows.iter().find(|row| row.concept == "usage.input").expect("the row");
    assert_eq!(tokens.to, ["gen_ai.usage.input_tokens"]);
    assert!(rows.iter().all(|row| row.change != Change::Lost || row.note.is_some()));
}
