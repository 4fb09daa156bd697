//! Holding a span against its definition.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::json;

use super::detail::{ATTRIBUTE_KEY, detail};
use super::hash::NameMap;
use super::presence::Presence;
use super::selection::{Identity, Selection, common_requirements, select};
use super::sink::{Place, Sink};
use crate::semconv::{
    ClassId, Condition, Detail, Facts, FindingId, Level, NamePart, NameTemplate, Registry, ReleaseSet, Requirement,
    RequirementRow, SamplePart, SampleSpan, SampleStatus, SampleValue, Severity, SourceRow, SpanClass,
};

/// What decides about a span besides the registry.
struct Case<'a> {
    span: &'a SampleSpan,
    presence: &'a Presence,
    /// What is known of the call, where the span stands for it.
    facts: Facts,
    /// The slot of `server.address`.
    address: Option<usize>,
}

impl Case<'_> {
    /// Whether a condition holds; `None` when it cannot be decided.
    fn decide(&self, condition: Condition, attribute: &str) -> Option<bool> {
        let facts = &self.facts;
        match condition {
            Condition::Always => Some(true),
            Condition::OperationFailed => match self.span.status {
                SampleStatus::Error => Some(true),
                _ => facts.error,
            },
            Condition::ServerAddressPresent => self.address.map(|slot| self.presence.get(slot).is_some()),
            Condition::PortNot443 => facts.port.map(|port| port != 443),
            Condition::ValueAvailable if attribute == "gen_ai.request.model" => facts.model,
            Condition::OutputFormat => facts.output_format,
            Condition::Seed => facts.seed,
            Condition::ChoicesNotOne => facts.choices.map(|choices| choices != 1),
            Condition::ServiceTierRequested => facts.service_tier_requested,
            Condition::ServiceTierAnswered => facts.service_tier_answered,
            Condition::Streaming => facts.stream,
            Condition::ValueAvailable | Condition::Undecidable => None,
        }
    }

    fn value(&self, slot: usize) -> Option<&SampleValue> {
        self.presence.get(slot).map(|index| &self.span.attributes[index].value)
    }
}

/// Attributes by which a span that names no known operation is still a call of a model.
const MARKS: [&[&str]; 2] = [
    &["gen_ai.request.model"],
    &[
        "gen_ai.response.model",
        "gen_ai.response.id",
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.output_tokens",
        "gen_ai.usage.prompt_tokens",
        "gen_ai.usage.completion_tokens",
    ],
];

/// The rules of span definitions.
pub(super) struct SpanRules<'r> {
    registry: &'r Registry,
    selections: NameMap<Identity, Arc<Selection>>,
    details: NameMap<(ClassId, usize, FindingId), Arc<Detail>>,
    common: Vec<(usize, ReleaseSet, Arc<Detail>)>,
    address: Option<usize>,
    operation: Option<usize>,
    providers: Vec<usize>,
    marks: Vec<Vec<usize>>,
}

impl<'r> SpanRules<'r> {
    pub(super) fn new(registry: &'r Registry) -> Self {
        let slot = |name: &str| registry.attributes.get(name).map(|attribute| attribute.slot);
        let slots = |names: &[&str]| names.iter().filter_map(|name| slot(name)).collect::<Vec<_>>();
        Self {
            registry,
            selections: NameMap::default(),
            details: NameMap::default(),
            common: common_requirements(registry)
                .into_iter()
                .filter_map(|(slot, releases)| Some((slot, releases, common_detail(registry, slot, releases)?)))
                .collect(),
            address: slot("server.address"),
            operation: slot("gen_ai.operation.name"),
            providers: slots(&["gen_ai.provider.name", "gen_ai.system"]),
            marks: MARKS.iter().map(|names| slots(names)).collect(),
        }
    }

    /// Everything that the span's definition says, and its schema URL.
    pub(super) fn judge(&mut self, span: &SampleSpan, presence: &Presence, sink: &mut Sink) {
        let start = sink.findings.len();
        let case = Case { span, presence, facts: Facts::default(), address: self.address };
        let operation = self.operation.and_then(|slot| case.value(slot)).and_then(SampleValue::as_text);
        let provider = self.providers.iter().find_map(|slot| case.value(*slot)).and_then(SampleValue::as_text);
        let identity = Identity {
            operation: operation.unwrap_or_default().to_owned(),
            provider: provider.unwrap_or_default().to_owned(),
            kind: span.kind,
        };
        let selection = self.selection(identity);
        for (releases, class) in selection.iter() {
            let facts = if is_model_call(self.registry.class(*class)) { span.facts } else { Facts::default() };
            self.judge_class(&Case { facts, ..case }, *releases, *class, sink);
        }
        let is_call = self.marks.iter().all(|slots| slots.iter().any(|slot| presence.get(*slot).is_some()));
        if selection.is_empty() && is_call {
            for (slot, releases, detail) in &self.common {
                if presence.get(*slot).is_none() {
                    sink.own(FindingId::RequiredAttributeNotPresent, *releases, Place::WHOLE, detail);
                }
            }
        }
        if !selection.is_empty() || is_call {
            self.judge_schema_url(span, sink);
        }
        if selection.len() > 1 {
            sink.join_from(start);
        }
    }

    fn selection(&mut self, identity: Identity) -> Arc<Selection> {
        if let Some(known) = self.selections.get(&identity) {
            return Arc::clone(known);
        }
        let selection = Arc::new(select(self.registry, &identity));
        self.selections.insert(identity, Arc::clone(&selection));
        selection
    }

    fn judge_class(&mut self, case: &Case<'_>, releases: ReleaseSet, id: ClassId, sink: &mut Sink) {
        let registry = self.registry;
        let class = registry.class(id);
        judge_kind(case.span, class, releases, sink);
        judge_name(case, registry, class, releases, sink);
        for (place, requirement) in class.requirements.iter().enumerate() {
            let value_at = if requirement.is_template {
                case.span.attributes.iter().position(|attribute| attribute.name.starts_with(&*requirement.attribute))
            } else {
                case.presence.get(requirement.slot)
            };
            let verdicts = match value_at {
                Some(index) => present_verdicts(case, requirement, index, releases),
                None => absent_verdicts(case, requirement, releases),
            };
            for verdict in verdicts {
                let make = || requirement_detail(class, requirement, verdict.id, case, value_at);
                let detail = match verdict.id {
                    FindingId::ConstMismatch => make(),
                    id_of_verdict => Arc::clone(self.details.entry((id, place, id_of_verdict)).or_insert_with(make)),
                };
                let part = value_at.map_or(Place::WHOLE, |index| Place::attribute(SamplePart::Whole, index));
                sink.own_as(verdict.id, verdict.severity, verdict.releases, part, &detail);
            }
        }
    }

    fn judge_schema_url(&self, span: &SampleSpan, sink: &mut Sink) {
        let Some(url) = &span.schema_url else { return };
        let all = self.registry.releases.all();
        let subject: Arc<str> = "schema_url".into();
        if url.is_empty() {
            let message = "the scope states no schema URL, so that nobody can tell its release".to_owned();
            let detail = detail(&subject, Vec::new(), message, Vec::new());
            sink.own(FindingId::SchemaUrlAbsent, all, Place::WHOLE, &detail);
            return;
        }
        let named = self.registry.releases.of_schema_url(url);
        let releases = all.minus(named);
        let message = format!("the scope's schema URL is {url}");
        let detail = detail(&subject, vec![("schema_url", json!(url))], message, Vec::new());
        sink.own(FindingId::SchemaUrlMismatch, releases, Place::WHOLE, &detail);
    }
}

/// Whether what is known of the call is known of a span of this class.
fn is_model_call(class: &SpanClass) -> bool {
    class.operations.iter().any(|operation| matches!(operation.as_str(), "chat" | "embeddings"))
}

/// One thing about one attribute of a definition.
struct Verdict {
    id: FindingId,
    severity: Severity,
    releases: ReleaseSet,
}

impl Verdict {
    fn collect(verdicts: &mut Vec<Self>, id: FindingId, severity: Severity, releases: ReleaseSet) {
        match verdicts.iter_mut().find(|verdict| verdict.id == id) {
            Some(verdict) => verdict.releases = verdict.releases.or(releases),
            None => verdicts.push(Self { id, severity, releases }),
        }
    }
}

fn rows_in(requirement: &Requirement, releases: ReleaseSet) -> impl Iterator<Item = (ReleaseSet, &RequirementRow)> {
    let rows = requirement.rows.iter().map(move |(set, row)| (set.and(releases), row));
    rows.filter(|(set, _)| !set.is_empty())
}

fn absent_verdicts(case: &Case<'_>, requirement: &Requirement, releases: ReleaseSet) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for (set, row) in rows_in(requirement, releases) {
        let id = match row.level {
            Level::Required => FindingId::RequiredAttributeNotPresent,
            Level::ConditionallyRequired if row.condition == Condition::OperationFailed => FindingId::ErrorTypeMissing,
            Level::ConditionallyRequired => FindingId::ConditionallyRequiredAttributeNotPresent,
            Level::Recommended | Level::OptIn => continue,
        };
        if case.decide(row.condition, &requirement.attribute) == Some(true) {
            // A condition that is known to hold makes the attribute as required as any.
            Verdict::collect(&mut verdicts, id, Severity::Violation, set);
        }
    }
    verdicts
}

fn present_verdicts(case: &Case<'_>, requirement: &Requirement, index: usize, releases: ReleaseSet) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for (set, row) in rows_in(requirement, releases) {
        let value = &case.span.attributes[index].value;
        if row.constant.as_ref().is_some_and(|constant| *constant != value.to_json()) {
            let id = FindingId::ConstMismatch;
            Verdict::collect(&mut verdicts, id, id.severity(), set);
        }
        let did_not_fail =
            matches!(case.span.status, SampleStatus::Unset | SampleStatus::Ok) && case.span.facts.error != Some(true);
        if row.condition == Condition::OperationFailed && did_not_fail {
            let id = FindingId::ErrorTypeWithoutError;
            Verdict::collect(&mut verdicts, id, id.severity(), set);
        }
    }
    verdicts
}

fn requirement_detail(
    class: &SpanClass,
    requirement: &Requirement,
    id: FindingId,
    case: &Case<'_>,
    value_at: Option<usize>,
) -> Arc<Detail> {
    let attribute = &requirement.attribute;
    let mut context = vec![(ATTRIBUTE_KEY, json!(**attribute))];
    let message = match id {
        FindingId::ErrorTypeMissing => format!("the call failed and `{attribute}` is absent"),
        FindingId::ErrorTypeWithoutError => format!("the call did not fail and `{attribute}` is there"),
        FindingId::ConditionallyRequiredAttributeNotPresent => {
            format!("`{attribute}` is absent, and what it depends on is the case")
        }
        FindingId::ConstMismatch => {
            let wanted = requirement.rows.iter().find_map(|(_, row)| row.constant.clone());
            let actual = value_at.map(|index| case.span.attributes[index].value.to_json());
            context.push(("expected", wanted.clone().unwrap_or_default()));
            format!("`{attribute}` must be {}, not {}", wanted.unwrap_or_default(), actual.unwrap_or_default())
        }
        _ => format!("`{attribute}` is absent and required on this span"),
    };
    let rows = requirement.rows.iter().map(|(releases, row)| source(class, requirement, releases, row)).collect();
    detail(attribute, context, message, rows)
}

fn source(class: &SpanClass, requirement: &Requirement, releases: ReleaseSet, row: &RequirementRow) -> SourceRow {
    let text =
        format!("span {}, attribute {}: {}", class_name(class, releases), requirement.attribute, row.level.as_str());
    SourceRow { releases, text }
}

fn class_name(class: &SpanClass, releases: ReleaseSet) -> &str {
    releases.newest().and_then(|place| class.names.at(place)).map_or("", |(name, _)| name)
}

fn common_detail(registry: &Registry, slot: usize, releases: ReleaseSet) -> Option<Arc<Detail>> {
    let (name, _) = registry.attributes.iter().find(|(_, attribute)| attribute.slot == slot)?;
    let message = format!("`{name}` is absent and required on every call of a model");
    let source = SourceRow { releases, text: format!("every span of a model call, attribute {name}: required") };
    Some(detail(&name.as_str().into(), vec![(ATTRIBUTE_KEY, json!(name))], message, vec![source]))
}

fn judge_kind(span: &SampleSpan, class: &SpanClass, releases: ReleaseSet, sink: &mut Sink) {
    let Some(kind) = span.kind else { return };
    for (set, kinds) in class.kinds.iter() {
        let set = set.and(releases);
        if !sink.wants(set) || kinds.contains(&kind) {
            continue;
        }
        let wanted: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
        let message = format!("the span's kind is {}, not {}", kind.as_str(), wanted.join(" or "));
        let context = vec![("kind", json!(kind.as_str())), ("expected", json!(wanted))];
        let source = SourceRow { releases: set, text: format!("span {}: kind {}", class_name(class, set), wanted[0]) };
        let detail = detail(&span.name.as_str().into(), context, message, vec![source]);
        sink.own(FindingId::KindMismatch, set, Place::WHOLE, &detail);
    }
}

fn judge_name(case: &Case<'_>, registry: &Registry, class: &SpanClass, releases: ReleaseSet, sink: &mut Sink) {
    for (set, templates) in class.span_names.iter() {
        let set = set.and(releases);
        if !sink.wants(set) {
            continue;
        }
        let fill = |template: &NameTemplate| fill(case, registry, template).map(|name| (template.to_string(), name));
        let Some((template, wanted)) = templates.iter().find_map(fill) else { continue };
        if wanted == case.span.name {
            continue;
        }
        let message = format!("the span's name is `{}`, not `{wanted}`", case.span.name);
        let context = vec![("name", json!(case.span.name)), ("expected", json!(wanted))];
        let source = SourceRow { releases: set, text: format!("span {}: name {template}", class_name(class, set)) };
        let detail = detail(&case.span.name.as_str().into(), context, message, vec![source]);
        sink.own(FindingId::SpanNameMismatch, set, Place::WHOLE, &detail);
    }
}

/// The name that a template gives; nothing when an attribute of it is absent or no plain value.
fn fill(case: &Case<'_>, registry: &Registry, template: &NameTemplate) -> Option<String> {
    let mut name = String::new();
    for part in &template.0 {
        match part {
            NamePart::Text(text) => name.push_str(text),
            NamePart::Attribute(attribute) => match case.value(registry.attributes.get(attribute)?.slot)? {
                SampleValue::Text(text) => name.push_str(text),
                SampleValue::Int(int) => write!(name, "{int}").ok()?,
                _ => return None,
            },
        }
    }
    Some(name)
}
