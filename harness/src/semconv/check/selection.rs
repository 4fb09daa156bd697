//! Which definition a span is held against.

use crate::semconv::{ClassId, Registry, ReleaseSet, SpanClass, SpanKind, provider_of_today};

/// What a span says it is.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Identity {
    pub(super) operation: String,
    pub(super) provider: String,
    pub(super) kind: Option<SpanKind>,
}

/// Span definitions, each with the releases in which it is the one.
pub(super) type Selection = Vec<(ReleaseSet, ClassId)>;

/// Finds the definition in every release. Releases that have none for the operation are left out.
pub(super) fn select(registry: &Registry, identity: &Identity) -> Selection {
    let mut selection: Selection = Vec::new();
    for place in registry.releases.all().iter() {
        let fallback = Identity { operation: "chat".to_owned(), ..identity.clone() };
        let found = select_in(registry, identity, place).or_else(|| {
            // Before embeddings had a definition of their own, that of the model call stood for them too.
            if identity.operation == "embeddings" { select_in(registry, &fallback, place) } else { None }
        });
        let Some(class) = found else { continue };
        match selection.iter_mut().find(|(_, known)| *known == class) {
            Some((releases, _)) => *releases = releases.or(ReleaseSet::single(place)),
            None => selection.push((ReleaseSet::single(place), class)),
        }
    }
    selection
}

fn select_in(registry: &Registry, identity: &Identity, place: usize) -> Option<ClassId> {
    let provider = provider_of_today(&identity.provider);
    let candidates: Vec<(ClassId, &SpanClass)> = registry
        .classes
        .iter()
        .enumerate()
        .filter(|(_, class)| class.releases().contains(place))
        .filter(|(_, class)| class.operations.contains(&identity.operation))
        .map(|(index, class)| (ClassId(index), class))
        .collect();
    let own = candidates.iter().filter(|(_, class)| class.provider.as_deref() == Some(provider));
    let mut chosen: Vec<&(ClassId, &SpanClass)> = own.collect();
    if chosen.is_empty() {
        chosen = candidates.iter().filter(|(_, class)| class.provider.is_none()).collect();
    }
    let kinds = |class: &SpanClass| class.kinds.at(place).cloned().unwrap_or_default();
    let should = chosen.iter().find(|(_, class)| kinds(class).first().copied() == identity.kind);
    let may = || chosen.iter().find(|(_, class)| identity.kind.is_some_and(|kind| kinds(class).contains(&kind)));
    should.or_else(may).or_else(|| chosen.first()).map(|(id, _)| *id)
}

/// Attributes that every model call must have in a release, whatever its operation: with the releases in which that is
/// so. For spans that do not say what they do.
pub(super) fn common_requirements(registry: &Registry) -> Vec<(usize, ReleaseSet)> {
    let is_model_call = |class: &&SpanClass| {
        class.provider.is_none()
            && class.operations.iter().any(|operation| matches!(operation.as_str(), "chat" | "embeddings"))
    };
    let classes: Vec<&SpanClass> = registry.classes.iter().filter(is_model_call).collect();
    let mut common = Vec::new();
    let slots = classes.iter().flat_map(|class| class.requirements.iter().map(|requirement| requirement.slot));
    let slots: std::collections::BTreeSet<usize> = slots.collect();
    for slot in slots {
        let mut releases = classes.iter().fold(ReleaseSet::EMPTY, |all, class| all.or(class.releases()));
        for class in &classes {
            let required = class
                .requirements
                .iter()
                .filter(|requirement| requirement.slot == slot)
                .flat_map(|requirement| requirement.rows.iter())
                .filter(|(_, row)| row.level == crate::semconv::Level::Required)
                .fold(ReleaseSet::EMPTY, |all, (set, _)| all.or(set));
            releases = releases.minus(class.releases().minus(required));
        }
        if !releases.is_empty() {
            common.push((slot, releases));
        }
    }
    common
}
