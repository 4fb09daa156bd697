//! Holding one attribute against the registry.

use std::sync::Arc;

use serde_json::json;

use super::content::Content;
use super::detail::{ATTRIBUTE_KEY, Groups, attribute_source, detail};
use super::name::NameFacts;
use super::sink::{Place, Sink};
use crate::semconv::{
    Attribute, AttributeType, FindingId, Member, ReleaseSet, SampleAttribute, SampleValue, SourceRow, ValueType,
};

impl NameFacts<'_> {
    /// Everything that can be said of an attribute alone.
    pub(super) fn judge(&self, attribute: &SampleAttribute, place: Place, sink: &mut Sink) {
        for fixed in &self.fixed {
            sink.shared(fixed.id, fixed.releases, place, &fixed.detail);
        }
        if let Some(value_type) = attribute.value_type() {
            self.judge_type(value_type, place, sink);
            self.judge_member(attribute, value_type, place, sink);
        }
        self.judge_content(attribute, place, sink);
    }

    fn judge_type(&self, actual: ValueType, place: Place, sink: &mut Sink) {
        let mut wrong: Groups<Option<ValueType>> = Groups::new();
        for (releases, row, _) in &self.rows {
            let expected = match row.kind {
                AttributeType::Plain(declared) | AttributeType::Template(declared) => {
                    (!actual.fits(declared)).then_some(Some(declared))
                }
                AttributeType::EnumOfStrings | AttributeType::EnumOfInts => {
                    (!matches!(actual, ValueType::String | ValueType::Int)).then_some(None)
                }
            };
            if let Some(expected) = expected {
                wrong.add(expected, *releases, || attribute_source(&self.name, *releases, row));
            }
        }
        for (expected, releases, rows) in wrong.0 {
            let mut context = vec![(ATTRIBUTE_KEY, json!(*self.name)), ("attribute_type", json!(actual.as_str()))];
            let message = if let Some(expected) = expected {
                context.push(("expected", json!(expected.as_str())));
                format!("`{}` is a {actual}; the registry declares {expected}", self.name)
            } else {
                format!("`{}` is a {actual}; it is an enum, so only a string or an int will do", self.name)
            };
            let detail = detail(&self.name, context, message, rows);
            sink.shared(FindingId::TypeMismatch, releases, place, &detail);
        }
    }

    fn judge_member(&self, attribute: &SampleAttribute, value_type: ValueType, place: Place, sink: &mut Sink) {
        let mut undefined = ReleaseSet::EMPTY;
        let mut sources: Vec<SourceRow> = Vec::new();
        for (releases, row, known) in &self.rows {
            if !row.kind.is_enum() {
                continue;
            }
            let Some(defined) = releases_defining(known, &attribute.value, value_type) else { return };
            let releases = releases.minus(defined);
            if !releases.is_empty() {
                undefined = undefined.or(releases);
                sources.push(attribute_source(&self.name, releases, row));
            }
        }
        if let Some((_, row, known)) = self.rows.last()
            && row.kind.is_enum()
        {
            self.judge_deprecated_member(known, attribute, place, sink);
        }
        if undefined.is_empty() {
            return;
        }
        let value = attribute.value.to_json();
        let message = format!("`{}` has the value {value}, which is no member of its enum", self.name);
        let context = vec![(ATTRIBUTE_KEY, json!(*self.name)), ("attribute_value", value)];
        let detail = detail(&self.name, context, message, sources);
        sink.shared(FindingId::UndefinedEnumVariant, undefined, place, &detail);
    }

    fn judge_deprecated_member(&self, known: &Attribute, attribute: &SampleAttribute, place: Place, sink: &mut Sink) {
        let Some(text) = attribute.value.as_text() else { return };
        let Some(rows) = known.deprecated_members.get(text) else { return };
        for (releases, deprecation) in rows.iter() {
            let message = format!("`{}` has the value `{text}`, which is deprecated: {deprecation}", self.name);
            let context = vec![
                (ATTRIBUTE_KEY, json!(*self.name)),
                ("attribute_value", json!(text)),
                ("deprecation_reason", json!(deprecation.stated_reason())),
            ];
            let source = SourceRow { releases, text: format!("member {} = {text}: {deprecation}", self.name) };
            let detail = detail(&self.name, context, message, vec![source]);
            sink.own(FindingId::DeprecatedEnumMember, releases, place, &detail);
        }
    }

    fn judge_content(&self, attribute: &SampleAttribute, place: Place, sink: &mut Sink) {
        let Some(schemas) = self.content else { return };
        if sink.options.only_shared {
            return;
        }
        let Some(messages) = Content::of(&attribute.value) else { return };
        let mut problems: Vec<(String, ReleaseSet)> = Vec::new();
        for (releases, schema) in schemas.iter().filter(|(set, _)| !set.and(sink.options.releases).is_empty()) {
            if let Some(problem) = messages.problem(schema) {
                match problems.iter_mut().find(|(known, _)| *known == problem) {
                    Some((_, set)) => *set = set.or(releases),
                    None => problems.push((problem, releases)),
                }
            }
        }
        for (problem, releases) in problems {
            let message = format!("`{}` does not have the structure of messages: {problem}", self.name);
            let context = vec![(ATTRIBUTE_KEY, json!(*self.name)), ("problem", json!(problem))];
            let source = SourceRow { releases, text: format!("content schema of {}", self.name) };
            let detail = detail(&Arc::clone(&self.name), context, message, vec![source]);
            sink.own(FindingId::ContentSchema, releases, place, &detail);
        }
    }
}

/// Releases in which the value is a member. `None`: the value cannot be compared.
fn releases_defining(attribute: &Attribute, value: &SampleValue, value_type: ValueType) -> Option<ReleaseSet> {
    if matches!(value, SampleValue::Unknown(_)) || !matches!(value_type, ValueType::String | ValueType::Int) {
        return None;
    }
    let is_value = |member: &Member| match (member, value) {
        (Member::Text(known), SampleValue::Text(text)) => value_type == ValueType::String && known == text,
        (Member::Int(known), SampleValue::Int(int)) => value_type == ValueType::Int && known == int,
        _ => false,
    };
    let defining = attribute.members.iter().filter(|(_, members)| members.iter().any(is_value));
    Some(defining.fold(ReleaseSet::EMPTY, |all, (releases, _)| all.or(releases)))
}
