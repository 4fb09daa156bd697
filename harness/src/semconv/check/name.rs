//! What the registry says of an attribute name, whatever its value.

use std::sync::Arc;

use serde_json::{Value, json};

use super::detail::{ATTRIBUTE_KEY, Groups, absence_source, attribute_source, detail};
use super::family::{Mark, family_mark};
use crate::semconv::{Attribute, AttributeRow, Deprecation, Detail, FindingId, Registry, ReleaseSet, Rows};

/// A finding that is the same wherever the name stands.
pub(super) struct Fixed {
    pub(super) id: FindingId,
    pub(super) releases: ReleaseSet,
    pub(super) detail: Arc<Detail>,
}

/// The new name of a renamed attribute.
pub(super) struct Renamed {
    pub(super) releases: ReleaseSet,
    pub(super) slot: usize,
    pub(super) detail: Arc<Detail>,
}

/// One attribute name.
pub(super) struct NameFacts<'r> {
    pub(super) name: Arc<str>,
    /// Its slot, if any release knows it.
    pub(super) slot: Option<usize>,
    /// Rows of the attribute, or of the template that it matches, with the attribute that the row belongs to.
    pub(super) rows: Vec<(ReleaseSet, &'r AttributeRow, &'r Attribute)>,
    pub(super) fixed: Vec<Fixed>,
    pub(super) renamed: Vec<Renamed>,
    pub(super) content: Option<&'r Rows<Arc<Value>>>,
    pub(super) mark: Mark,
}

impl<'r> NameFacts<'r> {
    pub(super) fn new(registry: &'r Registry, name: &str) -> Self {
        let known = registry.attributes.get(name);
        let mut facts = Self {
            name: name.into(),
            slot: known.map(|attribute| attribute.slot),
            rows: Vec::new(),
            fixed: Vec::new(),
            renamed: Vec::new(),
            content: registry.contents.get(name),
            mark: family_mark(registry, name),
        };
        let all = registry.releases.all();
        let mut missing = all;
        if let Some(attribute) = known {
            let rows = attribute.rows.iter().filter(|(_, row)| !row.kind.is_template());
            facts.rows.extend(rows.map(|(releases, row)| (releases, row, attribute)));
            missing = missing.minus(attribute.known());
        }
        let templates = facts.match_templates(registry, &mut missing);
        facts.judge_missing(registry, missing);
        facts.judge_form(registry, all, all.minus(templates));
        facts.judge_state();
        facts.find_renames(registry);
        facts
    }

    fn push(&mut self, id: FindingId, releases: ReleaseSet, detail: Arc<Detail>) {
        if !releases.is_empty() {
            self.fixed.push(Fixed { id, releases, detail });
        }
    }

    /// Takes the releases in which a template stands for the name out of `missing`. Gives those in which any template is
    /// a prefix of it.
    fn match_templates(&mut self, registry: &'r Registry, missing: &mut ReleaseSet) -> ReleaseSet {
        let mut any = ReleaseSet::EMPTY;
        let name = Arc::clone(&self.name);
        for template in registry.templates.iter().filter(|template| name.starts_with(template.as_str())) {
            let attribute = &registry.attributes[template];
            any = any.or(attribute.template());
            let mut rows = Vec::new();
            let matched = attribute.template().and(*missing);
            for (releases, row) in attribute.rows.iter().filter(|(_, row)| row.kind.is_template()) {
                let releases = releases.and(matched);
                if !releases.is_empty() {
                    self.rows.push((releases, row, attribute));
                    rows.push(attribute_source(template, releases, row));
                }
            }
            let context = vec![(ATTRIBUTE_KEY, json!(*name)), ("template_name", json!(template))];
            let message = format!("`{name}` is one of the attributes that `{template}` stands for");
            self.push(FindingId::TemplateAttribute, matched, detail(&name, context, message, rows));
            *missing = missing.minus(matched);
        }
        any
    }

    fn judge_missing(&mut self, registry: &Registry, missing: ReleaseSet) {
        let name = Arc::clone(&self.name);
        let message = format!("the registry has no attribute `{name}`");
        let context = vec![(ATTRIBUTE_KEY, json!(*name))];
        let source = absence_source("attribute", &name, missing);
        self.push(FindingId::MissingAttribute, missing, detail(&name, context, message, source));
        let mut left = missing;
        for (end, _) in name.rmatch_indices('.') {
            let namespace = &name[..end];
            let Some(known) = registry.namespaces.get(namespace) else { continue };
            let releases = known.and(left);
            left = left.minus(releases);
            let context = vec![(ATTRIBUTE_KEY, json!(*name)), ("namespace", json!(namespace))];
            let message = format!("`{name}` is an addition to the registry's namespace `{namespace}`");
            let source = absence_source("attribute", &name, releases);
            self.push(FindingId::ExtendsNamespace, releases, detail(&name, context, message, source));
        }
    }

    fn judge_form(&mut self, registry: &Registry, all: ReleaseSet, no_template: ReleaseSet) {
        let name = Arc::clone(&self.name);
        let context = || vec![(ATTRIBUTE_KEY, json!(*name))];
        if !name.contains('.') {
            let message = format!("`{name}` stands in no namespace");
            self.push(FindingId::MissingNamespace, all, detail(&name, context(), message, Vec::new()));
        }
        if !is_well_formed(&name) {
            let message =
                format!("`{name}` is not made of lower-case words and digits joined by single dots and underscores");
            self.push(FindingId::InvalidFormat, no_template, detail(&name, context(), message, Vec::new()));
        }
        for (end, _) in name.match_indices('.') {
            let namespace = &name[..end];
            let Some(attribute) = registry.attributes.get(namespace) else { continue };
            let mut releases = ReleaseSet::EMPTY;
            let mut rows = Vec::new();
            for (set, row) in attribute.rows.iter() {
                if !row.kind.is_template() && row.deprecated.is_none() {
                    releases = releases.or(set);
                    rows.push(attribute_source(namespace, set, row));
                }
            }
            let mut context = context();
            context.push(("namespace", json!(namespace)));
            let message = format!("`{name}` lies under `{namespace}`, which is an attribute itself");
            self.push(FindingId::IllegalNamespace, releases, detail(&name, context, message, rows));
        }
    }

    fn judge_state(&mut self) {
        let name = Arc::clone(&self.name);
        let mut deprecated: Groups<&Deprecation> = Groups::new();
        let mut unstable: Groups<&str> = Groups::new();
        for (releases, row, _) in &self.rows {
            let source = || attribute_source(&name, *releases, row);
            if let Some(deprecation) = &row.deprecated {
                deprecated.add(deprecation, *releases, source);
            }
            if let Some(stability) = row.stability.as_deref().filter(|stability| *stability != "stable") {
                unstable.add(stability, *releases, source);
            }
        }
        for (deprecation, releases, rows) in deprecated.0 {
            let context = deprecation_context(ATTRIBUTE_KEY, &name, Some(deprecation));
            let message = format!("`{name}` is deprecated: {deprecation}");
            self.fixed.push(Fixed {
                id: FindingId::Deprecated,
                releases,
                detail: detail(&name, context, message, rows),
            });
        }
        for (stability, releases, rows) in unstable.0 {
            let context = vec![(ATTRIBUTE_KEY, json!(*name)), ("stability", json!(stability))];
            let message = format!("`{name}` is not stable, it is in `{stability}`");
            self.fixed.push(Fixed {
                id: FindingId::NotStable,
                releases,
                detail: detail(&name, context, message, rows),
            });
        }
    }

    fn find_renames(&mut self, registry: &Registry) {
        let mut renames: Groups<&str> = Groups::new();
        for (releases, row, _) in &self.rows {
            let new = row.deprecated.as_ref().and_then(|deprecation| deprecation.renamed_to.as_deref());
            if let Some(new) = new {
                renames.add(new, *releases, || attribute_source(&self.name, *releases, row));
            }
        }
        for (new, releases, rows) in renames.0 {
            let Some(target) = registry.attributes.get(new) else { continue };
            let name = &self.name;
            let message = format!("`{name}` and its new name `{new}` are on one span");
            let context = vec![(ATTRIBUTE_KEY, json!(**name)), ("renamed_to", json!(new))];
            let detail = detail(name, context, message, rows);
            self.renamed.push(Renamed { releases, slot: target.slot, detail });
        }
    }
}

/// The context of a deprecation: reason, and what came instead where the facts say so.
pub(super) fn deprecation_context(
    key: &'static str,
    name: &str,
    deprecation: Option<&Deprecation>,
) -> Vec<(&'static str, Value)> {
    let mut context = vec![(key, json!(name))];
    if let Some(deprecation) = deprecation {
        context.push(("deprecation_reason", json!(deprecation.stated_reason())));
        context.push(("deprecation_note", json!(deprecation.to_string())));
    }
    context
}

/// Lower-case words of letters and digits, joined by single dots and underscores, beginning with a letter.
pub(super) fn is_well_formed(name: &str) -> bool {
    let words_are_words = name
        .split(['.', '_'])
        .all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()));
    words_are_words && name.starts_with(|first: char| first.is_ascii_lowercase())
}
