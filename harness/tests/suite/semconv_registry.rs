//! The registry files, held against what is known of them.

use azmatrix::semconv::{Registry, ReleaseSet};

/// Release, then how many attributes, spans, events and metrics it lists for generative AI.
const COUNTS: [(&str, [usize; 4]); 22] = [
    ("1.26.0", [12, 1, 2, 0]),
    ("1.27.0", [24, 1, 2, 5]),
    ("1.28.0", [29, 3, 5, 5]),
    ("1.29.0", [31, 3, 5, 5]),
    ("1.30.0", [32, 3, 5, 5]),
    ("1.31.0", [40, 5, 5, 5]),
    ("1.32.0", [40, 5, 5, 5]),
    ("1.33.0", [41, 7, 5, 5]),
    ("1.34.0", [43, 7, 5, 5]),
    ("1.35.0", [45, 7, 5, 5]),
    ("1.36.0", [45, 7, 5, 5]),
    ("1.37.0", [52, 7, 6, 5]),
    ("1.38.0", [60, 7, 7, 5]),
    ("1.39.0", [61, 7, 7, 5]),
    ("1.40.0", [67, 8, 7, 5]),
    ("1.41.0", [74, 10, 8, 7]),
    ("1.41.1", [74, 10, 8, 7]),
    ("1.42.0", [74, 10, 8, 7]),
    ("1.43.0", [74, 10, 8, 7]),
    ("1.44.0", [74, 10, 8, 7]),
    ("genai-1.42.0-dev", [64, 11, 3, 10]),
    ("genai-main-20260803", [77, 14, 3, 14]),
];

#[test]
fn every_release_lists_as_much_as_the_extractor_counted() {
    let registry = Registry::embedded();
    let found: Vec<(String, [usize; 4])> =
        registry.releases.iter().map(|known| known.release.to_string()).zip(registry.counts.iter().copied()).collect();
    assert_eq!(found, COUNTS.map(|(name, counts)| (name.to_owned(), counts)));
}

#[test]
fn every_release_says_where_it_comes_from() {
    for release in Registry::embedded().releases.iter() {
        assert!(release.repository.starts_with("open-telemetry/"), "{release:?}");
        assert_eq!(release.commit.len(), 40, "{release:?}");
        assert!(release.schema_url.starts_with("https://opentelemetry.io/schemas/"), "{release:?}");
    }
}

#[test]
fn words_for_releases_are_understood() {
    let releases = &Registry::embedded().releases;
    let set = releases.parse("1.27.0..1.29.0, v1.41.0,latest").expect("releases");
    assert_eq!(releases.text(set), "1.27.0..1.29.0, 1.41.0, 1.44.0");
    assert_eq!(releases.text(releases.all()), "1.26.0..1.44.0, genai-1.42.0-dev..genai-main-20260803");
    assert_eq!(releases.text(ReleaseSet::EMPTY), "");
    assert!(
        releases.parse("1.99.0").is_err() && releases.parse("1.30.0..1.28.0").is_err() && releases.parse(" ").is_err()
    );
}

#[test]
fn a_missing_file_is_named() {
    let error = Registry::parse(&[]).expect_err("no files");
    assert_eq!(error.to_string(), "the registry file `registry-attributes.json` is missing");
}
