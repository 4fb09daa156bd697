//! One file per case: right and wrong by one fact, with the finding it must give, at the release where it starts and at
//! the one before.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use azmatrix::semconv::{
    CheckOptions, Checker, Facts, Finding, FindingId, Registry, ReleaseSet, Sample, weaver_samples_of,
};
use serde::Deserialize;
use serde_json::Value;

/// A case.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    about: String,
    /// The id of the finding.
    finding: String,
    /// What it is about.
    subject: String,
    /// The release where it starts.
    starts: String,
    /// The release before, in which the finding does not hold; null when it holds from the first release on.
    before: Option<String>,
    /// The severity, where it is not that of the id.
    level: Option<String>,
    /// What the same fact also brings, or with `-` takes away: `id subject`.
    #[serde(default)]
    also: Vec<String>,
    right: Side,
    wrong: Side,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Side {
    sample: Value,
    schema_url: Option<String>,
    #[serde(default)]
    facts: RawFacts,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawFacts {
    stream: Option<bool>,
    seed: Option<bool>,
    choices: Option<u64>,
    port: Option<u16>,
    service_tier_requested: Option<bool>,
    service_tier_answered: Option<bool>,
    output_format: Option<bool>,
    model: Option<bool>,
    error: Option<bool>,
}

impl From<RawFacts> for Facts {
    fn from(raw: RawFacts) -> Self {
        Self {
            stream: raw.stream,
            seed: raw.seed,
            choices: raw.choices,
            port: raw.port,
            service_tier_requested: raw.service_tier_requested,
            service_tier_answered: raw.service_tier_answered,
            output_format: raw.output_format,
            model: raw.model,
            error: raw.error,
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/semconv-cases")
}

fn cases() -> Vec<(String, Case)> {
    let mut cases = Vec::new();
    for id in fs::read_dir(folder()).expect("the folder") {
        for file in fs::read_dir(id.expect("a folder").path()).expect("the folder") {
            let path = file.expect("a file").path();
            let text = fs::read_to_string(&path).expect("text");
            let case = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            cases.push((path.strip_prefix(folder()).expect("below").display().to_string(), case));
        }
    }
    cases.sort_by(|one, other| one.0.cmp(&other.0));
    cases
}

impl Side {
    fn findings(&self) -> Vec<Finding> {
        let registry = Registry::embedded();
        let mut samples = weaver_samples_of(&Value::Array(vec![self.sample.clone()])).expect("a sample");
        if let Some(Sample::Span(span)) = samples.first_mut() {
            span.facts = self.facts.into();
            span.schema_url.clone_from(&self.schema_url);
        }
        let options = CheckOptions { releases: registry.releases.all(), all: true, only_shared: false };
        Checker::new(registry, options).check(&samples)
    }
}

/// Findings at one release: `id subject` → how many.
fn at(findings: &[Finding], place: usize) -> BTreeMap<String, isize> {
    let mut counts = BTreeMap::new();
    for finding in findings.iter().filter(|finding| finding.releases.contains(place)) {
        *counts.entry(format!("{} {}", finding.id, finding.detail.subject)).or_insert(0) += 1;
    }
    counts
}

/// What the wrong side has more than the right one; with `-` what it has less. New attributes in development are that at
/// every release and not what a case is about.
fn difference(right: &[Finding], wrong: &[Finding], place: usize, case: &Case) -> BTreeSet<String> {
    let mut counts = at(wrong, place);
    for (key, count) in at(right, place) {
        *counts.entry(key).or_insert(0) -= count;
    }
    let is_about = |key: &str| case.finding == "not_stable" || !key.starts_with("not_stable ");
    counts
        .into_iter()
        .filter(|(key, count)| *count != 0 && is_about(key))
        .map(|(key, count)| if count < 0 { format!("-{key}") } else { key })
        .collect()
}

fn check(name: &str, case: &Case) -> Result<(), String> {
    let releases = &Registry::embedded().releases;
    let (right, wrong) = (case.right.findings(), case.wrong.findings());
    let wanted = format!("{} {}", case.finding, case.subject);
    let starts = releases.parse_one(&case.starts).map_err(|error| error.to_string())?;
    let found = difference(&right, &wrong, starts, case);
    let mut all: BTreeSet<String> = case.also.iter().cloned().collect();
    all.insert(wanted.clone());
    let holds = wrong
        .iter()
        .filter(|finding| format!("{} {}", finding.id, finding.detail.subject) == wanted)
        .fold(ReleaseSet::EMPTY, |all, finding| all.or(finding.releases));
    let problem = |text: &str| Err(format!("{name} ({}): {text}; it holds for {}", case.about, releases.text(holds)));
    if found != all {
        return problem(&format!("at {} it gives {found:?}, not {all:?}", case.starts));
    }
    let of_case = |finding: &&Finding| finding.releases.contains(starts) && finding.id.as_str() == case.finding;
    if let Some(level) = &case.level
        && !wrong.iter().filter(of_case).any(|finding| finding.severity.as_str() == level)
    {
        return problem(&format!("it is no {level}"));
    }
    match &case.before {
        Some(before) => {
            let place = releases.parse_one(before).map_err(|error| error.to_string())?;
            if place + 1 != starts {
                return problem(&format!("{before} is not the release before {}", case.starts));
            }
            if difference(&right, &wrong, place, case).contains(&wanted) {
                return problem(&format!("it holds at {before} already"));
            }
        }
        None if holds.oldest() != Some(starts) || (0..starts).any(|place| holds.contains(place)) => {
            return problem("no release before is named");
        }
        None => {}
    }
    Ok(())
}

#[test]
fn every_case_gives_its_finding_and_nothing_else() {
    let problems: Vec<String> = cases().iter().filter_map(|(name, case)| check(name, case).err()).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_finding_has_a_case() {
    let covered: BTreeSet<String> = cases().into_iter().map(|(_, case)| case.finding).collect();
    let missing: Vec<&str> = FindingId::ALL.iter().map(|id| id.as_str()).filter(|id| !covered.contains(*id)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn findings_name_the_rows_they_rest_on() {
    for (name, case) in cases() {
        for finding in case.wrong.findings() {
            let is_about_form = matches!(
                finding.id,
                FindingId::InvalidFormat
                    | FindingId::MissingNamespace
                    | FindingId::SchemaUrlAbsent
                    | FindingId::SchemaUrlMismatch
            );
            assert!(is_about_form || !finding.detail.rows.is_empty(), "{name}: {}", finding.id);
        }
    }
}
