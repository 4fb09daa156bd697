//! Spans of other families: by their own rules first, then in OpenTelemetry's terms.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::detail::{ATTRIBUTE_KEY, detail};
use super::sink::{Place, Sink};
use crate::convention::{Counterpart, SpanNames};
use crate::semconv::{
    Family, FamilyId, FindingId, Registry, ReleaseSet, SampleAttribute, SamplePart, SampleSpan, SampleValue, SourceRow,
    ValueType, without_numbers,
};

/// The family whose mark an attribute name is.
pub(super) fn family_mark(registry: &Registry, name: &str) -> Option<FamilyId> {
    let is_known = registry.attributes.contains_key(name);
    let is_marked = |family: &Family| match &family.vocabulary.mark {
        Some(mark) => name == mark,
        None => !is_known && family.known_as(name).is_some(),
    };
    registry.families.iter().position(is_marked).map(FamilyId)
}

/// Everything that a family says about one of its spans.
pub(super) fn judge_family(registry: &Registry, family: FamilyId, span: &SampleSpan, sink: &mut Sink) {
    let Some(family) = registry.families.get(family.0) else { return };
    let judge = FamilyJudge { registry, family, span, all: registry.releases.all() };
    judge.judge_presence(sink);
    judge.judge_span(sink);
    for (index, attribute) in span.attributes.iter().enumerate() {
        let place = Place::attribute(SamplePart::Whole, index);
        judge.judge_attribute(attribute, place, sink);
        judge.translate(attribute, place, sink);
    }
}

struct FamilyJudge<'a> {
    registry: &'a Registry,
    family: &'a Family,
    span: &'a SampleSpan,
    all: ReleaseSet,
}

impl FamilyJudge<'_> {
    fn push(&self, id: FindingId, place: Place, subject: &str, message: String, sink: &mut Sink) {
        self.push_in(id, self.all, place, subject, (message, Vec::new()), sink);
    }

    fn push_in(
        &self,
        id: FindingId,
        releases: ReleaseSet,
        place: Place,
        subject: &str,
        (message, more): (String, Vec<(&'static str, Value)>),
        sink: &mut Sink,
    ) {
        if releases.is_empty() {
            return;
        }
        let mut context = vec![("family", json!(self.family.title)), (ATTRIBUTE_KEY, json!(subject))];
        context.extend(more);
        let text = format!("{} {subject}, {}", self.family.title, self.family.source);
        let detail = detail(&subject.into(), context, message, vec![SourceRow { releases, text }]);
        sink.own(id, releases, place, &detail);
    }

    /// The value of the family's own kind, such as `LLM`.
    fn kind(&self) -> &str {
        self.family.vocabulary.mark.as_deref().and_then(|mark| self.value(mark)).unwrap_or_default()
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.span.attributes.iter().find(|attribute| attribute.name == name)?.value.as_text()
    }

    fn of_kind<'l>(&self, lists: &'l BTreeMap<String, Vec<String>>) -> &'l [String] {
        lists.get(self.kind()).or_else(|| lists.get("*")).map_or(&[], Vec::as_slice)
    }

    fn judge_presence(&self, sink: &mut Sink) {
        for name in self.of_kind(&self.family.vocabulary.required) {
            if !self.span.attributes.iter().any(|attribute| attribute.name == *name) {
                let message = format!("{} requires `{name}` on this span", self.family.title);
                self.push(FindingId::FamilyRequiredAttributeNotPresent, Place::WHOLE, name, message, sink);
            }
        }
        let unused = self.family.vocabulary.not_used.get(self.kind()).map_or(&[][..], Vec::as_slice);
        for (index, attribute) in self.span.attributes.iter().enumerate() {
            if unused.contains(&attribute.name) {
                let kind = self.kind();
                let message = format!("{} does not use `{}` on {kind} spans", self.family.title, attribute.name);
                let place = Place::attribute(SamplePart::Whole, index);
                self.push(FindingId::FamilyAttributeNotUsed, place, &attribute.name, message, sink);
            }
        }
    }

    fn judge_span(&self, sink: &mut Sink) {
        let family = &self.family.title;
        if let (Some(wanted), Some(kind)) = (&self.family.vocabulary.span_kind, self.span.kind)
            && wanted != kind.as_str()
        {
            let message = format!("{family} spans have the kind {wanted}, not {}", kind.as_str());
            self.push(FindingId::FamilyKindMismatch, Place::WHOLE, &self.span.name, message, sink);
        }
        let names = self.expected_names();
        if !names.is_empty() && !names.contains(&self.span.name.as_str()) {
            let message = format!("{family} names this span {}, not `{}`", names.join(" or "), self.span.name);
            self.push(FindingId::FamilySpanNameMismatch, Place::WHOLE, &self.span.name, message, sink);
        }
    }

    /// Names the family's OpenAI instrumentation gives such a span; none when the span does not say what it is.
    fn expected_names(&self) -> Vec<&str> {
        let is_such = |names: &&SpanNames| {
            names.when.iter().all(|(name, value)| self.value(name) == Some(value))
                && names.without.iter().all(|name| self.value(name).is_none())
        };
        let names = self.family.vocabulary.span.iter().find(is_such);
        names.map_or_else(Vec::new, |names| names.names.iter().map(String::as_str).collect())
    }

    fn judge_attribute(&self, attribute: &SampleAttribute, place: Place, sink: &mut Sink) {
        let name = &attribute.name;
        // OpenTelemetry's own names are judged by OpenTelemetry's rules.
        if self.registry.attributes.contains_key(name) && !self.family.vocabulary.attributes.contains_key(name) {
            return;
        }
        let family = &self.family.title;
        let Some((known, kind)) = self.family.known_as(name) else {
            if !self.registry.attributes.contains_key(name) {
                let message = format!("neither {family} nor OpenTelemetry has an attribute `{name}`");
                self.push(FindingId::FamilyMissingAttribute, place, &without_numbers(name), message, sink);
            }
            return;
        };
        if let (Some(declared), Some(actual)) = (kind, attribute.value_type())
            && !fits(declared, actual, &attribute.value)
        {
            let message = format!("`{name}` is a {actual}; {family} declares {declared}");
            self.push(FindingId::FamilyTypeMismatch, place, &without_numbers(name), message, sink);
        }
        if let (Some(members), Some(text)) = (self.family.vocabulary.enums.get(known), attribute.value.as_text())
            && !members.iter().any(|member| member == text)
        {
            let message = format!("`{name}` has the value `{text}`, which {family} does not list");
            self.push(FindingId::FamilyUndefinedEnumVariant, place, name, message, sink);
        }
    }

    fn translate(&self, attribute: &SampleAttribute, place: Place, sink: &mut Sink) {
        let name = &attribute.name;
        if self.registry.attributes.contains_key(name) {
            return;
        }
        let Some(counterpart) = self.family.counterpart(name) else { return };
        let subject = without_numbers(name);
        let (id, releases, target) = match counterpart {
            Counterpart { same: Some(target), .. } => {
                (FindingId::FamilyPresent, self.releases_of(target), target.as_str())
            }
            Counterpart { like: Some(target), values, .. } => {
                let value = attribute.value.as_text().and_then(|text| values.get(text));
                let is_lost = value.is_some_and(Vec::is_empty);
                let releases = if is_lost { ReleaseSet::EMPTY } else { self.releases_of(target) };
                (FindingId::FamilyTranslatable, releases, target.as_str())
            }
            Counterpart { computed: true, .. } => (FindingId::FamilyTranslatable, self.all, ""),
            _ => (FindingId::FamilyLost, ReleaseSet::EMPTY, ""),
        };
        let words = match id {
            FindingId::FamilyPresent => format!("`{subject}` is OpenTelemetry's `{target}`"),
            _ if target.is_empty() => format!("`{subject}` can be computed from OpenTelemetry's attributes"),
            _ => format!("`{subject}` can be turned into OpenTelemetry's `{target}`"),
        };
        let more = vec![("otel", json!(target))];
        self.push_in(id, releases, place, &subject, (words, more), sink);
        let lost = self.all.minus(releases);
        let words = format!("OpenTelemetry has no place for `{subject}`");
        self.push_in(FindingId::FamilyLost, lost, place, &subject, (words, Vec::new()), sink);
    }

    /// Releases that have a target such as `gen_ai.output.messages[n].role`, `gen_ai.request.*` or `a|b`.
    fn releases_of(&self, target: &str) -> ReleaseSet {
        let first = target.split(['[', '|']).next().unwrap_or_default();
        if let Some(namespace) = first.strip_suffix(".*") {
            let template = self.registry.attributes.get(namespace).map(|attribute| attribute.rows.releases());
            return template.or_else(|| self.registry.namespaces.get(namespace).copied()).unwrap_or_default();
        }
        let Some(attribute) = self.registry.attributes.get(first) else { return ReleaseSet::EMPTY };
        // A copy that only says where the attribute moved is still a place for the value.
        let current = attribute
            .rows
            .iter()
            .filter(|(_, row)| row.deprecated.as_ref().is_none_or(|deprecated| deprecated.moved_to.is_some()));
        current.fold(ReleaseSet::EMPTY, |all, (releases, _)| all.or(releases))
    }
}

/// Whether a value is of a type in the family's words.
fn fits(declared: &str, actual: ValueType, value: &SampleValue) -> bool {
    declared.split('|').any(|word| match word {
        "json" => {
            matches!(value, SampleValue::Unknown(ValueType::String))
                || value.as_text().is_some_and(|text| serde_json::from_str::<Value>(text).is_ok())
        }
        "Boolean" => actual == ValueType::Boolean,
        "list" | "object" => true,
        word => ValueType::parse(word).is_none_or(|declared| actual.fits(declared)),
    })
}

/// What marks a name: made once per name.
pub(super) type Mark = Option<FamilyId>;

/// The family of a span: one that says so itself, or else one that is known by names that nobody else has.
pub(super) fn family_of(marks: impl Iterator<Item = Mark>) -> Option<FamilyId> {
    marks.flatten().min()
}
