//! Held against what Weaver's live-check answered: the same findings per path, level and id.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use azmatrix::semconv::{CheckOptions, Checker, Finding, Registry, Severity, weaver_samples};
use serde_json::Value;

/// Sample, path → sorted (level, id).
type Answers = BTreeMap<(usize, String), Vec<(String, String)>>;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/semconv-samples")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn shared(text: &str, release: &str) -> Vec<Finding> {
    let registry = Registry::embedded();
    let releases = registry.releases.parse(release).expect("the release exists");
    let options = CheckOptions { releases, all: true, only_shared: true };
    Checker::new(registry, options).check(&weaver_samples(text).expect("Weaver's samples"))
}

fn ours(text: &str, release: &str) -> Answers {
    let mut answers = Answers::new();
    for finding in shared(text, release) {
        let level = match finding.severity {
            Severity::Violation => "V",
            Severity::Improvement => "M",
            Severity::Information => "N",
        };
        let key = (finding.sample, finding.path.to_string());
        answers.entry(key).or_default().push((level.to_owned(), finding.id.to_string()));
    }
    for findings in answers.values_mut() {
        findings.sort();
    }
    answers
}

fn weavers(release: &str) -> (Answers, Value) {
    let expected: Value =
        serde_json::from_str(&read(&folder().join(format!("expected-{release}.json")))).expect("JSON");
    let mut answers = Answers::new();
    for (sample, paths) in expected["findings"].as_object().expect("findings by sample") {
        for (path, findings) in paths.as_object().expect("findings by path") {
            let word = |value: &Value| value.as_str().expect("a word").to_owned();
            let mut list: Vec<(String, String)> = findings
                .as_array()
                .expect("a list")
                .iter()
                .map(|finding| (word(&finding[0]), word(&finding[1])))
                .collect();
            list.sort();
            answers.insert((sample.parse().expect("an index"), path.clone()), list);
        }
    }
    (answers, expected)
}

fn check(release: &str) {
    let corpus = read(&folder().join("corpus.json"));
    let (weavers, expected) = weavers(release);
    let ours = ours(&corpus, release);
    let keys: std::collections::BTreeSet<_> = ours.keys().chain(weavers.keys()).collect();
    let differing: Vec<String> = keys
        .into_iter()
        .filter(|key| ours.get(key) != weavers.get(key))
        .map(|key| format!("{key:?}\n  ours    {:?}\n  weaver's {:?}", ours.get(key), weavers.get(key)))
        .collect();
    assert!(differing.is_empty(), "{release}: {}", differing.join("\n"));
    check_contexts(release, &shared(&corpus, release), &expected);
}

/// Every context that Weaver gave is part of one of ours.
fn check_contexts(release: &str, findings: &[Finding], expected: &Value) {
    for (sample, paths) in expected["findings"].as_object().expect("findings by sample") {
        for (path, list) in paths.as_object().expect("findings by path") {
            for entry in list.as_array().expect("a list").iter().filter(|entry| entry.get(2).is_some()) {
                let has = |finding: &&Finding| {
                    finding.sample.to_string() == *sample
                        && finding.path.to_string() == *path
                        && entry[1] == finding.id.as_str()
                        && entry[2].as_object().is_some_and(|context| {
                            context
                                .iter()
                                .all(|(key, value)| finding.detail.context.iter().any(|(k, v)| k == key && v == value))
                        })
                };
                assert!(findings.iter().any(|finding| has(&finding)), "{release}: {sample} {path}: {entry}");
            }
        }
    }
}

#[test]
fn samples_give_what_weaver_gives_for_1_30() {
    check("1.30.0");
}

#[test]
fn samples_give_what_weaver_gives_for_1_37() {
    check("1.37.0");
}

#[test]
fn samples_give_what_weaver_gives_for_1_41() {
    check("1.41.1");
}

/// Collects a report's advice: path → sorted (level, id).
fn collect(value: &Value, path: &str, into: &mut BTreeMap<String, Vec<(String, String)>>) {
    match value {
        Value::Object(map) => {
            let advice =
                map.get("live_check_result").and_then(|result| result.get("all_advice")).and_then(Value::as_array);
            for entry in advice.into_iter().flatten() {
                let level = entry["level"].as_str().expect("a level").to_owned();
                let id = entry["id"].as_str().expect("an id").to_owned();
                into.entry(path.to_owned()).or_default().push((level, id));
            }
            for (name, inner) in map {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                collect(inner, &path, into);
            }
        }
        Value::Array(list) => {
            for (index, inner) in list.iter().enumerate() {
                collect(inner, &format!("{path}[{index}]"), into);
            }
        }
        _ => {}
    }
}

#[test]
fn hand_made_samples_give_what_weaver_reported() {
    for entry in fs::read_dir(folder().join("hand-made")).expect("the folder") {
        let path = entry.expect("an entry").path();
        let report = folder().join("hand-made-reports").join(path.file_name().expect("a name"));
        let report: Value = serde_json::from_str(&read(&report)).expect("JSON");
        let ours = ours(&read(&path), "1.37.0");
        for (index, sample) in report["samples"].as_array().expect("samples").iter().enumerate() {
            let mut weavers = BTreeMap::new();
            collect(sample, "", &mut weavers);
            let word = |level: &str| match level {
                "violation" => "V",
                "improvement" => "M",
                _ => "N",
            };
            let mut mine: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
            for ((_, path), findings) in ours.iter().filter(|((sample, _), _)| *sample == index) {
                mine.insert(path.clone(), findings.clone());
            }
            for list in weavers.values_mut() {
                for (level, _) in list.iter_mut() {
                    *level = word(level).to_owned();
                }
                list.sort();
            }
            assert_eq!(mine, weavers, "{}", path.display());
        }
    }
}
