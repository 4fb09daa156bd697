//! `snapshots/semconv/<flavor>.snap`: what each variant declares, what it fits, what is wrong and for which releases, and
//! what differs between variants.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::scenario_list::scenario_list;
use super::{
    CheckOptions, Checker, Finding, FindingId, Fit, Registry, ReleaseSet, Sample, SampleAttribute, SamplePath,
    Severity, declared_release, fit, without_numbers,
};

/// One recorded snapshot of a flavor.
#[derive(Clone, Debug)]
pub struct RecordedSnapshot {
    /// The variant.
    pub variant: String,
    /// The scenario, with axis values where there is more than one snapshot of it.
    pub scenario: String,
    /// What was emitted.
    pub samples: Vec<Sample>,
}

/// With more variants than this, only neighbours are compared.
const MOST_PAIRED: usize = 3;

/// One variant's snapshots, judged.
struct JudgedVariant<'s> {
    name: &'s str,
    snapshots: Vec<&'s RecordedSnapshot>,
    findings: Vec<Vec<Finding>>,
    declared: Option<usize>,
    fit: Fit,
}

/// Severity, id, range and scenarios of findings that make one line, and their subjects or messages.
type Lines = BTreeMap<(std::cmp::Reverse<Severity>, FindingId, ReleaseSet, Vec<String>), BTreeSet<String>>;

/// The text of a flavor's roll-up. `declared` is the release that a variant's settings name, where its telemetry
/// declares none.
pub fn flavor_rollup(
    registry: &Registry,
    flavor: &str,
    declared: &BTreeMap<String, usize>,
    snapshots: &[RecordedSnapshot],
) -> String {
    let variants = judge(registry, declared, snapshots);
    let mut text = format!("flavor {flavor}\n");
    for variant in &variants {
        write_variant(&mut text, registry, variant);
    }
    for (place, earlier) in variants.iter().enumerate() {
        // Of many variants only neighbours: every pair would bury what differs.
        let reach = if variants.len() > MOST_PAIRED { 1 } else { variants.len() };
        for later in variants[place + 1..].iter().take(reach) {
            let lines = variant_difference(registry, &earlier.snapshots, &later.snapshots);
            let _ = writeln!(text, "\nfrom {} to {}", earlier.name, later.name);
            for line in &lines {
                let _ = writeln!(text, "  {line}");
            }
            if lines.is_empty() {
                text.push_str("  no attribute differs\n");
            }
        }
    }
    text
}

fn judge<'s>(
    registry: &Registry,
    declared: &BTreeMap<String, usize>,
    snapshots: &'s [RecordedSnapshot],
) -> Vec<JudgedVariant<'s>> {
    let mut by_variant: BTreeMap<&str, Vec<&RecordedSnapshot>> = BTreeMap::new();
    for snapshot in snapshots {
        by_variant.entry(&snapshot.variant).or_default().push(snapshot);
    }
    let options = CheckOptions { releases: registry.releases.all(), all: false, only_shared: false };
    let mut checker = Checker::new(registry, options);
    let judged = by_variant.into_iter().map(|(name, mut snapshots)| {
        snapshots.sort_by(|one, other| one.scenario.cmp(&other.scenario));
        let findings: Vec<Vec<Finding>> = snapshots.iter().map(|snapshot| checker.check(&snapshot.samples)).collect();
        let samples = || snapshots.iter().flat_map(|snapshot| &snapshot.samples);
        JudgedVariant {
            name,
            declared: declared_release(registry, samples()).or_else(|| declared.get(name).copied()),
            fit: fit(registry, samples(), findings.iter().flatten()),
            findings,
            snapshots,
        }
    });
    judged.collect()
}

fn write_variant(text: &mut String, registry: &Registry, variant: &JudgedVariant<'_>) {
    let releases = &registry.releases;
    let _ = writeln!(text, "\nvariant {}", variant.name);
    let declared = variant.declared.map_or("no release".to_owned(), |place| {
        format!("{} (score {:.1})", releases.at(place).release, variant.fit.scores[place])
    });
    let _ = writeln!(text, "  declares {declared}");
    let best = range_text(registry, variant.fit.best);
    let _ = writeln!(text, "  fits {best} best (score {:.1})", variant.fit.score());
    let _ = writeln!(text, "  scores {}", score_text(registry, &variant.fit));
    let all: BTreeSet<&str> = variant.snapshots.iter().map(|snapshot| snapshot.scenario.as_str()).collect();
    for ((severity, id, range, scenarios), subjects) in lines(registry, variant) {
        let subjects = subjects.into_iter().collect::<Vec<_>>().join(", ");
        let _ = writeln!(
            text,
            "  {} {id} [{}] {subjects} in{}",
            severity.0.as_str(),
            range_text(registry, range),
            scenario_list(scenarios.iter().map(String::as_str), &all)
        );
    }
}

/// Runs of releases with the same score.
fn score_text(registry: &Registry, fit: &Fit) -> String {
    let mut runs: Vec<(ReleaseSet, f64)> = Vec::new();
    for (place, score) in fit.scores.iter().enumerate() {
        let release = ReleaseSet::single(place);
        match runs.last_mut() {
            Some((set, known)) if (*known - score).abs() < 0.05 => *set = set.or(release),
            _ => runs.push((release, *score)),
        }
    }
    let words = runs.iter().map(|(set, score)| format!("{} {score:.1}", registry.releases.text(*set)));
    words.collect::<Vec<_>>().join("; ")
}

/// Whether a finding belongs in a roll-up: absent recommendations, unstable names and second words about an unknown name
/// would bury the rest. Any text may be an `error.type`.
fn is_told(finding: &Finding) -> bool {
    finding.severity > Severity::Information
        && !matches!(finding.id, FindingId::RecommendedAttributeNotPresent | FindingId::MissingNamespace)
        || matches!(
            finding.id,
            FindingId::UndefinedEnumVariant if &*finding.detail.subject != "error.type"
        )
        || matches!(
            finding.id,
            FindingId::FamilyPresent
                | FindingId::FamilyTranslatable
                | FindingId::FamilyLost
                | FindingId::FamilyUndefinedEnumVariant
        )
}

fn is_translation(id: FindingId) -> bool {
    matches!(id, FindingId::FamilyPresent | FindingId::FamilyTranslatable | FindingId::FamilyLost)
}

fn range_text(registry: &Registry, releases: ReleaseSet) -> String {
    if releases == registry.releases.all() { "every release".to_owned() } else { registry.releases.text(releases) }
}

/// From the release that the variant declares or fits on: what it was before that release is nobody's question.
fn own_releases(registry: &Registry, variant: &JudgedVariant<'_>) -> ReleaseSet {
    let all = registry.releases.all();
    let first = variant.declared.into_iter().chain(variant.fit.best.oldest()).min().unwrap_or_default();
    all.minus(ReleaseSet::first(first))
}

fn lines(registry: &Registry, variant: &JudgedVariant<'_>) -> Lines {
    let own = own_releases(registry, variant);
    let mut scenarios: BTreeMap<(FindingId, ReleaseSet, String), (Severity, BTreeSet<String>)> = BTreeMap::new();
    for (snapshot, findings) in variant.snapshots.iter().zip(&variant.findings) {
        let of_family: BTreeSet<(usize, SamplePath)> = findings
            .iter()
            .filter(|finding| is_translation(finding.id))
            .map(|finding| (finding.sample, finding.path))
            .collect();
        let told_of = |finding: &&Finding| {
            // What becomes of a family's name says that OpenTelemetry does not have it; a name that is lost is so now.
            let is_repeated =
                finding.id == FindingId::MissingAttribute && of_family.contains(&(finding.sample, finding.path));
            let is_past =
                finding.id == FindingId::FamilyLost && finding.releases.newest() != registry.releases.all().newest();
            is_told(finding) && !is_repeated && !is_past && !finding.releases.and(own).is_empty()
        };
        for finding in findings.iter().filter(told_of) {
            let key = (finding.id, finding.releases, told(finding));
            let entry = scenarios.entry(key).or_insert_with(|| (finding.severity, BTreeSet::new()));
            entry.1.insert(snapshot.scenario.clone());
        }
    }
    let mut lines = Lines::new();
    for ((id, range, subject), (severity, in_scenarios)) in scenarios {
        let key =
            (std::cmp::Reverse(severity), id, range.and(registry.releases.all()), in_scenarios.into_iter().collect());
        lines.entry(key).or_default().insert(subject);
    }
    lines
}

/// What a line says of a finding besides its id: the subject, and what is expected where that is short.
fn told(finding: &Finding) -> String {
    let subject = without_numbers(&finding.detail.subject);
    let word = |key: &str| finding.detail.context.iter().find(|(known, _)| *known == key).map(|(_, value)| value);
    let text = |key: &str| word(key).map(|value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned));
    match finding.id {
        // From 1.42.0 on that is everything; one line says so.
        FindingId::Deprecated if text("deprecation_note").is_some_and(|note| note.contains("moved to")) => {
            "copies of what moved to another registry".to_owned()
        }
        FindingId::TypeMismatch => match (text("attribute_type"), text("expected")) {
            (Some(actual), Some(expected)) => format!("{subject} ({actual}, not {expected})"),
            _ => subject,
        },
        FindingId::UndefinedEnumVariant | FindingId::DeprecatedEnumMember => {
            text("attribute_value").map_or(subject.clone(), |value| format!("{subject} = {value}"))
        }
        FindingId::UnitMismatch | FindingId::UnexpectedInstrument => {
            text("expected").map_or(subject.clone(), |expected| format!("{subject} (not {expected})"))
        }
        FindingId::FamilyPresent | FindingId::FamilyTranslatable => match text("otel").filter(|to| !to.is_empty()) {
            Some(target) => format!("{subject} → {target}"),
            None => subject,
        },
        FindingId::RequiredAttributeNotPresent
        | FindingId::RecommendedAttributeNotPresent
        | FindingId::ConditionallyRequiredAttributeNotPresent => format!("{subject} ({})", finding.path.kind),
        FindingId::SchemaUrlMismatch => text("schema_url").unwrap_or(subject),
        FindingId::SchemaUrlAbsent => "schema URL".to_owned(),
        FindingId::ContentSchema => text("problem").map_or(subject.clone(), |problem| format!("{subject} ({problem})")),
        _ => subject,
    }
}

/// What was emitted: signal and attribute → types.
type Emitted = BTreeMap<(String, String), BTreeSet<&'static str>>;

fn emitted<'s>(snapshots: impl Iterator<Item = &'s RecordedSnapshot>) -> Emitted {
    let mut emitted = Emitted::new();
    let mut add = |signal: String, attributes: &[SampleAttribute]| {
        for attribute in attributes {
            let kind = attribute.value_type().map_or("structured", super::ValueType::as_str);
            emitted.entry((signal.clone(), without_numbers(&attribute.name))).or_default().insert(kind);
        }
    };
    for sample in snapshots.flat_map(|snapshot| &snapshot.samples) {
        match sample {
            Sample::Span(span) => {
                add("span".to_owned(), &span.attributes);
                span.events.iter().for_each(|event| add(format!("span event {}", event.name), &event.attributes));
            }
            Sample::Log(log) => add(format!("event {}", log.event_name), &log.attributes),
            Sample::Metric(metric) => {
                metric.points.iter().for_each(|point| add(format!("metric {}", metric.name), &point.attributes));
            }
            _ => {}
        }
    }
    emitted
}

/// What a user of one variant gains and loses with another, from the scenarios that both have: one line per attribute.
pub fn variant_difference(registry: &Registry, from: &[&RecordedSnapshot], to: &[&RecordedSnapshot]) -> Vec<String> {
    let has = |list: &[&RecordedSnapshot], scenario: &str| list.iter().any(|known| known.scenario == scenario);
    let before = emitted(from.iter().copied().filter(|snapshot| has(to, &snapshot.scenario)));
    let after = emitted(to.iter().copied().filter(|snapshot| has(from, &snapshot.scenario)));
    let mut lines = Vec::new();
    let mut renamed = BTreeSet::new();
    for (signal, name) in before.keys().filter(|key| !after.contains_key(*key)) {
        let new = new_name(registry, name).filter(|new| {
            let key = (signal.clone(), (*new).to_owned());
            after.contains_key(&key) && !before.contains_key(&key)
        });
        match new {
            Some(new) => {
                renamed.insert((signal.clone(), new.to_owned()));
                lines.push(format!("renamed {name} → {new} on {signal}"));
            }
            None => lines.push(format!("removed {name} from {signal}")),
        }
    }
    for ((signal, name), types) in &after {
        let words = |types: &BTreeSet<&str>| types.iter().copied().collect::<Vec<_>>().join(" or ");
        match before.get(&(signal.clone(), name.clone())) {
            None if renamed.contains(&(signal.clone(), name.clone())) => {}
            None => lines.push(format!("added {name} to {signal}")),
            Some(known) if known != types => {
                lines.push(format!("retyped {name} on {signal}: {} → {}", words(known), words(types)));
            }
            Some(_) => {}
        }
    }
    lines.sort();
    lines
}

/// The newest new name that any release gives an attribute.
fn new_name<'r>(registry: &'r Registry, name: &str) -> Option<&'r str> {
    let rows = &registry.attributes.get(name)?.rows;
    rows.iter().filter_map(|(_, row)| row.deprecated.as_ref()?.renamed_to.as_deref()).last()
}

/// What moving from one release to another brings and takes, per variant: findings of the later that the earlier does not
/// give, and the other way round, with the scenarios they are in.
pub fn move_difference(registry: &Registry, from: usize, to: usize, snapshots: &[RecordedSnapshot]) -> Vec<String> {
    let options = CheckOptions { releases: registry.releases.all(), all: false, only_shared: false };
    let mut checker = Checker::new(registry, options);
    // Variant, loss or gain, id, subject → scenarios.
    let mut changes: BTreeMap<(&str, bool, FindingId, String), BTreeSet<&str>> = BTreeMap::new();
    let mut scenarios: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for snapshot in snapshots {
        scenarios.entry(&snapshot.variant).or_default().insert(&snapshot.scenario);
        let findings = checker.check(&snapshot.samples);
        let told_at = |place: usize| -> BTreeSet<(FindingId, String)> {
            let held = findings.iter().filter(|finding| is_told(finding) && finding.releases.contains(place));
            let held = held.filter(|finding| finding.id != FindingId::SchemaUrlMismatch);
            held.map(|finding| (finding.id, told(finding))).collect()
        };
        let (before, after) = (told_at(from), told_at(to));
        let gained = after.difference(&before).map(|entry| (false, entry));
        for (is_loss, (id, subject)) in gained.chain(before.difference(&after).map(|entry| (true, entry))) {
            let key = (snapshot.variant.as_str(), is_loss, *id, subject.clone());
            changes.entry(key).or_default().insert(&snapshot.scenario);
        }
    }
    let mut lines: BTreeMap<(&str, bool, FindingId, String), Vec<String>> = BTreeMap::new();
    for ((variant, is_loss, id, subject), names) in changes {
        let text = scenario_list(names, &scenarios[variant]);
        lines.entry((variant, is_loss, id, text)).or_default().push(subject);
    }
    let line = |((variant, is_loss, id, names), subjects): ((&str, bool, FindingId, String), Vec<String>)| {
        let word = if is_loss { "loses" } else { "gains" };
        format!("{variant} {word} {id} {} in{names}", subjects.join(", "))
    };
    lines.into_iter().map(line).collect()
}
