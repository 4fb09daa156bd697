//! Two releases held against each other: what was added, removed, renamed, retyped, and how requirements changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::{Member, Registry, ReleaseSet, Requirement, RequirementRow, Signal, SpanClass};

/// How one attribute differs between two releases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeChange {
    /// Only the later has it. Its type.
    Added(String),
    /// Only the earlier has it.
    Removed,
    /// The later deprecates it in favour of another name.
    Renamed(String),
    /// The later deprecates it without a new name.
    Deprecated(String),
    /// Its type.
    Retyped(String, String),
    /// Members of its enum that came and went.
    Members(Vec<String>, Vec<String>),
}

/// How a span, metric or event differs between two releases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignalChange {
    /// `span gen_ai.inference.client`, with the earlier name where it differs.
    pub signal: String,
    /// One line each.
    pub lines: Vec<String>,
}

/// What differs between two releases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Attributes by name.
    pub attributes: BTreeMap<String, Vec<AttributeChange>>,
    /// Spans, metrics and events.
    pub signals: Vec<SignalChange>,
}

/// Compares two releases, by their places.
pub fn compare(registry: &Registry, from: usize, to: usize) -> Comparison {
    let either = ReleaseSet::single(from).or(ReleaseSet::single(to));
    let mut attributes = BTreeMap::new();
    let listed = registry.genai.iter().filter(|(_, releases)| !releases.and(either).is_empty());
    for (name, _) in listed {
        let changes = attribute_changes(registry, name, from, to);
        if !changes.is_empty() {
            attributes.insert(name.clone(), changes);
        }
    }
    let mut signals: Vec<SignalChange> =
        registry.classes.iter().filter_map(|class| class_change(class, from, to)).collect();
    for (word, list) in [("metric", &registry.metrics), ("event", &registry.events)] {
        let genai = list.iter().filter(|(name, _)| name.starts_with("gen_ai."));
        signals.extend(genai.filter_map(|(name, signal)| signal_change(word, name, signal, from, to)));
    }
    signals.sort_by(|one, other| one.signal.cmp(&other.signal));
    Comparison { attributes, signals }
}

fn attribute_changes(registry: &Registry, name: &str, from: usize, to: usize) -> Vec<AttributeChange> {
    let Some(attribute) = registry.attributes.get(name) else { return Vec::new() };
    let (before, after) = match (attribute.rows.at(from), attribute.rows.at(to)) {
        (None, None) => return Vec::new(),
        (None, Some(after)) => return vec![AttributeChange::Added(after.kind.to_string())],
        (Some(_), None) => return vec![AttributeChange::Removed],
        (Some(before), Some(after)) => (before, after),
    };
    let mut changes = Vec::new();
    match (&before.deprecated, &after.deprecated) {
        (Some(earlier), Some(later)) if earlier.renamed_to == later.renamed_to => {}
        (_, Some(later)) => changes.push(match &later.renamed_to {
            Some(new) => AttributeChange::Renamed(new.clone()),
            None => AttributeChange::Deprecated(later.to_string()),
        }),
        _ => {}
    }
    if before.kind != after.kind {
        changes.push(AttributeChange::Retyped(before.kind.to_string(), after.kind.to_string()));
    }
    let members = |place| -> BTreeSet<&Member> { attribute.members.at(place).into_iter().flatten().collect() };
    let (earlier, later) = (members(from), members(to));
    if before.kind == after.kind && earlier != later {
        let texts = |members: Vec<&&Member>| members.into_iter().map(|member| member_text(member)).collect();
        changes.push(AttributeChange::Members(
            texts(later.difference(&earlier).collect()),
            texts(earlier.difference(&later).collect()),
        ));
    }
    changes
}

fn member_text(member: &Member) -> String {
    match member {
        Member::Text(text) => text.clone(),
        Member::Int(int) => int.to_string(),
    }
}

fn class_change(class: &SpanClass, from: usize, to: usize) -> Option<SignalChange> {
    let name = |place| class.names.at(place).map(|(name, _)| name.as_str());
    let (signal, mut lines) = match (name(from), name(to)) {
        (None, None) => return None,
        (None, Some(new)) => {
            return Some(SignalChange { signal: format!("span {new}"), lines: vec!["added".to_owned()] });
        }
        (Some(old), None) => {
            return Some(SignalChange { signal: format!("span {old}"), lines: vec!["removed".to_owned()] });
        }
        (Some(old), Some(new)) if old == new => (format!("span {new}"), Vec::new()),
        (Some(old), Some(new)) => (format!("span {new}"), vec![format!("was called {old}")]),
    };
    let kinds = |place| class.kinds.at(place).into_iter().flatten().map(|kind| kind.as_str()).collect::<Vec<_>>();
    if kinds(from) != kinds(to) {
        lines.push(format!("kind: {} → {}", kinds(from).join(" or "), kinds(to).join(" or ")));
    }
    let names = |place| {
        let templates = class.span_names.at(place).into_iter().flatten();
        templates.map(ToString::to_string).collect::<Vec<_>>().join(", else ")
    };
    if names(from) != names(to) {
        lines.push(format!("name: {} → {}", named(&names(from)), named(&names(to))));
    }
    lines.extend(requirement_lines(&class.requirements, from, to));
    (!lines.is_empty()).then_some(SignalChange { signal, lines })
}

fn named(templates: &str) -> &str {
    if templates.is_empty() { "not stated" } else { templates }
}

fn signal_change(word: &str, name: &str, signal: &Signal, from: usize, to: usize) -> Option<SignalChange> {
    let mut lines = Vec::new();
    match (signal.rows.at(from), signal.rows.at(to)) {
        (None, None) => return None,
        (None, Some(_)) => lines.push("added".to_owned()),
        (Some(_), None) => lines.push("removed".to_owned()),
        (Some(before), Some(after)) => {
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            if before.instrument != after.instrument {
                lines.push(format!("instrument: {} → {}", text(&before.instrument), text(&after.instrument)));
            }
            if before.unit != after.unit {
                lines.push(format!("unit: {} → {}", text(&before.unit), text(&after.unit)));
            }
            if before.is_deprecated != after.is_deprecated {
                lines.push(if after.is_deprecated { "deprecated" } else { "no longer deprecated" }.to_owned());
            }
            if signal.buckets.at(from) != signal.buckets.at(to) {
                lines.push("bucket boundaries changed".to_owned());
            }
            lines.extend(requirement_lines(&signal.requirements, from, to));
        }
    }
    (!lines.is_empty()).then(|| SignalChange { signal: format!("{word} {name}"), lines })
}

fn requirement_lines(requirements: &[Requirement], from: usize, to: usize) -> Vec<String> {
    let mut sorted: Vec<&Requirement> = requirements.iter().collect();
    sorted.sort_by(|one, other| one.attribute.cmp(&other.attribute));
    let line = |requirement: &&Requirement| {
        let name = &requirement.attribute;
        match (requirement.rows.at(from), requirement.rows.at(to)) {
            (None, Some(after)) => Some(format!("+ {name} {}", level_text(after))),
            (Some(before), None) => Some(format!("- {name} {}", level_text(before))),
            (Some(before), Some(after)) if level_text(before) != level_text(after) => {
                Some(format!("{name}: {} → {}", level_text(before), level_text(after)))
            }
            _ => None,
        }
    };
    sorted.iter().filter_map(line).collect()
}

fn level_text(row: &RequirementRow) -> String {
    let constant = row.constant.as_ref().map_or(String::new(), |constant| format!(" = {constant}"));
    format!("{}{constant}", row.level.as_str())
}

impl Comparison {
    /// For people.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (name, changes) in &self.attributes {
            for change in changes {
                let _ = match change {
                    AttributeChange::Added(kind) => writeln!(text, "added      {name}: {kind}"),
                    AttributeChange::Removed => writeln!(text, "removed    {name}"),
                    AttributeChange::Renamed(new) => writeln!(text, "renamed    {name} → {new}"),
                    AttributeChange::Deprecated(why) => writeln!(text, "deprecated {name}: {why}"),
                    AttributeChange::Retyped(before, after) => {
                        writeln!(text, "retyped    {name}: {before} → {after}")
                    }
                    AttributeChange::Members(new, gone) => {
                        let new = new.iter().map(|member| format!("+{member}"));
                        let gone = gone.iter().map(|member| format!("-{member}"));
                        writeln!(text, "members    {name}: {}", new.chain(gone).collect::<Vec<_>>().join(" "))
                    }
                };
            }
        }
        for change in &self.signals {
            let _ = writeln!(text, "{}", change.signal);
            for line in &change.lines {
                let _ = writeln!(text, "  {line}");
            }
        }
        if text.is_empty() { "nothing of generative AI differs\n".to_owned() } else { text }
    }
}
