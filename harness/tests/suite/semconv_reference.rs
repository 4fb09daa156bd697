//! The reference against the releases that it follows: right at its own, and out of date by what was renamed since.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use azmatrix::cli::Recorded;
use azmatrix::semconv::{
    CheckOptions, Checker, Finding, FindingId, RecordedSnapshot, Registry, ReleaseSet, Sample, SampleMetric,
    SamplePoint, Severity, variant_difference,
};
use azmatrix::workspace::Workspace;
use camino::Utf8Path;

/// The old name and the new one.
type Rename = (&'static str, &'static str);

/// Neighbouring variants, and what was renamed from the one to the other.
const NEIGHBOURS: &[(&str, &str, &[Rename])] = &[
    ("1.27.0", "1.28.0", &[]),
    ("1.28.0", "1.29.0", &[]),
    ("1.29.0", "1.30.0", &[("gen_ai.openai.request.seed", "gen_ai.request.seed")]),
    ("1.30.0", "1.31.0", &[]),
    ("1.31.0", "1.33.0", &[]),
    ("1.33.0", "1.34.0", &[]),
    ("1.34.0", "1.36.0", &[]),
    ("1.36.0", "1.37.0", &[("gen_ai.system", "gen_ai.provider.name")]),
    ("1.37.0", "1.38.0", &[]),
    ("1.38.0", "1.39.0", &[]),
    ("1.39.0", "1.40.0", &[]),
    ("1.40.0", "1.41.0", &[]),
    ("1.41.0", "genai-1.42.0-dev", &[]),
    ("genai-1.42.0-dev", "genai-main-20260803", &[]),
];

/// Information that a right span can have: the enum of `error.type` is open, and so is that of operations, which got its
/// `embeddings` in 1.29.0 only.
const EXPECTED_INFORMATION: &[(&str, &[&str])] =
    &[("error.type", &[]), ("gen_ai.operation.name", &["1.27.0", "1.28.0"])];

static RECORDED: LazyLock<Recorded> = LazyLock::new(|| {
    let root = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let workspace = Workspace::find(Some(&root)).expect("the repository is a workspace");
    Recorded::read(&workspace).expect("its files can be read")
});

fn registry() -> &'static Registry {
    Registry::embedded()
}

fn of(variant: &str) -> Vec<&'static RecordedSnapshot> {
    let found: Vec<_> = RECORDED.of("reference").iter().filter(|snapshot| snapshot.variant == variant).collect();
    assert!(!found.is_empty(), "there is no snapshot of reference {variant}");
    found
}

/// Every finding of a variant's snapshots at one release, with the scenario.
fn findings(variant: &str, release: &str) -> Vec<(&'static str, Finding)> {
    let place = registry().releases.place(release.parse().expect("a release")).expect("the release is known");
    let options = CheckOptions { releases: ReleaseSet::single(place), all: false, only_shared: false };
    let mut checker = Checker::new(registry(), options);
    let found = of(variant).into_iter().flat_map(|snapshot| {
        let findings = checker.check(&snapshot.samples);
        findings.into_iter().map(|finding| (snapshot.scenario.as_str(), finding))
    });
    found.collect()
}

/// The subjects of one kind of finding.
fn subjects(variant: &str, release: &str, id: FindingId) -> BTreeSet<String> {
    let found = findings(variant, release).into_iter().filter(|(_, finding)| finding.id == id);
    found.map(|(_, finding)| finding.detail.subject.to_string()).collect()
}

fn variants() -> BTreeSet<&'static str> {
    RECORDED.of("reference").iter().map(|snapshot| snapshot.variant.as_str()).collect()
}

#[test]
fn every_variant_has_a_neighbour_in_the_list() {
    let listed: BTreeSet<&str> = NEIGHBOURS.iter().flat_map(|(earlier, later, _)| [*earlier, *later]).collect();
    assert_eq!(variants(), listed);
}

/// Points of calls that failed, or the samples without them.
fn samples(snapshot: &RecordedSnapshot, failed: bool) -> Vec<Sample> {
    let has_failed = |point: &SamplePoint| point.attributes.iter().any(|attribute| attribute.name == "error.type");
    let keep = |sample: &Sample| match sample {
        Sample::Metric(metric) => {
            let points: Vec<_> = metric.points.iter().filter(|point| has_failed(point) == failed).cloned().collect();
            (!points.is_empty()).then(|| Sample::Metric(SampleMetric { points, ..metric.clone() }))
        }
        other => (!failed).then(|| other.clone()),
    };
    snapshot.samples.iter().filter_map(keep).collect()
}

/// The findings of a variant at its own release, but what is expected there.
#[track_caller]
fn check_own_release(failed: bool, is_expected: impl Fn(&str, &Finding) -> bool) {
    for release in variants() {
        let place = registry().releases.place(release.parse().expect("a release")).expect("the release is known");
        let options = CheckOptions { releases: ReleaseSet::single(place), all: false, only_shared: false };
        let mut checker = Checker::new(registry(), options);
        for snapshot in of(release) {
            for finding in checker.check(&samples(snapshot, failed)) {
                let known = EXPECTED_INFORMATION.iter().find(|(subject, _)| **subject == *finding.detail.subject);
                let is_information = finding.severity == Severity::Information
                    && finding.id == FindingId::UndefinedEnumVariant
                    && known.is_some_and(|(_, releases)| releases.is_empty() || releases.contains(&release));
                let (id, subject) = (finding.id, &finding.detail.subject);
                assert!(
                    is_information || is_expected(&snapshot.scenario, &finding),
                    "{} at {release}: {id} {subject}",
                    snapshot.scenario
                );
            }
        }
    }
}

/// There was no answer, so there is no model that answered.
fn is_unanswered(finding: &Finding) -> bool {
    finding.id == FindingId::RecommendedAttributeNotPresent && *finding.detail.subject == *"gen_ai.response.model"
}

/// Streams that the application leaves before anything of the answer was read, without any failure.
const LEFT_UNREAD: &[&str] = &["streaming/held", "streaming/never-read"];

#[test]
fn the_reference_is_right_at_its_own_release() {
    // Points of metrics do not say whether their calls failed: what only failures must have stays open there.
    check_own_release(false, |scenario, finding| {
        let (id, subject) = (finding.id, &*finding.detail.subject);
        (id == FindingId::ConditionallyRequiredAttributeNotPresent && subject == "error.type")
            || (is_unanswered(finding) && LEFT_UNREAD.contains(&scenario))
    });
}

#[test]
fn points_of_failed_calls_lack_only_the_model_that_answered() {
    check_own_release(true, |_, finding| is_unanswered(finding));
}

#[test]
fn the_next_release_calls_the_old_names_deprecated() {
    for (earlier, later, renamed) in NEIGHBOURS {
        let wanted: BTreeSet<String> = renamed.iter().map(|(old, _)| (*old).to_owned()).collect();
        assert_eq!(subjects(earlier, later, FindingId::Deprecated), wanted, "{earlier} at {later}");
    }
}

#[test]
fn the_release_before_does_not_know_the_new_names() {
    for (earlier, later, renamed) in NEIGHBOURS {
        let unknown = subjects(later, earlier, FindingId::MissingAttribute);
        for (_, new) in *renamed {
            assert!(unknown.contains(*new), "{later} at {earlier}: {new} is not among {unknown:?}");
        }
    }
}

#[test]
fn neighbours_differ_by_what_was_renamed_and_added() {
    for (earlier, later, renamed) in NEIGHBOURS {
        let lines = variant_difference(registry(), &of(earlier), &of(later));
        let wanted: Vec<String> = renamed.iter().map(|(old, new)| format!("renamed {old} → {new} on span")).collect();
        let found: Vec<&String> =
            lines.iter().filter(|line| line.starts_with("renamed ") && line.ends_with(" on span")).collect();
        assert_eq!(found, wanted.iter().collect::<Vec<_>>(), "{earlier} to {later}");
    }
}

#[test]
fn families_of_calls_are_in_every_variant() {
    for variant in variants() {
        let families: BTreeSet<&str> =
            of(variant).iter().filter_map(|snapshot| Some(snapshot.scenario.split_once('/')?.0)).collect();
        for family in ["chat", "embeddings", "streaming", "tools", "errors"] {
            assert!(families.contains(family), "{variant} {family}");
        }
    }
}
