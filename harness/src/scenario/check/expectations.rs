//! Expectations: known steps and concepts, and something to expect.

use super::Context;
use crate::diagnose::{Alphabet, Diagnostic, DiagnosticKind, Diagnostics, Place};
use crate::scenario::{Expect, ExpectParent};

pub(super) fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let place = |index: usize| context.document.key("expect").item(index);
    let ids = context.file.expect.iter().enumerate();
    found.duplicates("expectation", ids.map(|(index, expect)| (expect.id.as_str(), place(index).key("id").span())));
    for (index, expect) in context.file.expect.iter().enumerate() {
        let place = place(index);
        found.well_named("expectation", &expect.id, place.key("id").span(), Alphabet::Path);
        check_step(context, expect, place, found);
        check_concepts(context, expect, place, found);
        if expects_nothing(expect) {
            let message = format!("expectation `{}` expects nothing", expect.id);
            found.push(
                Diagnostic::new(DiagnosticKind::Expectation, message, place.span(), "always true")
                    .with_help("write one of `spans`, `has`, `lacks`, `traces`, `parent` and `status`"),
            );
        }
    }
}

fn check_step(context: &Context<'_>, expect: &Expect, place: Place<'_>, found: &mut Diagnostics) {
    if let Some(step) = &expect.step
        && context.step(step).is_none()
    {
        found.unknown_name("step", step, place.key("step").span(), context.step_ids());
        return;
    }
    if expect.parent != Some(ExpectParent::Group) {
        return;
    }
    let is_grouped =
        |step: &str| context.file.group.iter().any(|group| group.steps.iter().any(|member| member == step));
    let concerned = context.step_ids().filter(|id| expect.step.as_deref().is_none_or(|step| step == *id));
    if let Some((position, step)) = concerned.filter(|id| !is_grouped(id)).find_map(|id| context.step(id)) {
        let message = format!("step `{}` is in no group", step.id);
        found.push(
            Diagnostic::new(DiagnosticKind::ParentWithoutGroup, message, place.key("parent").span(), "a group's span")
                .with_secondary(context.step_place(position).key("id").span(), "the step")
                .with_help("write a `[[group]]` with this step, or name another `step`"),
        );
    }
}

fn check_concepts(context: &Context<'_>, expect: &Expect, place: Place<'_>, found: &mut Diagnostics) {
    let lacks = place.key("lacks");
    let names = expect.has.keys().map(|name| (name.as_str(), place.key("has").key(name).key_span()));
    let lacked = expect.lacks.iter().enumerate().map(|(index, name)| (name.as_str(), lacks.item(index).span()));
    for (name, span) in names.chain(lacked.clone()) {
        if context.concepts.contains(&name) {
            continue;
        }
        let below = format!("{name}.");
        let meant: Vec<String> = context
            .concepts
            .iter()
            .filter(|concept| concept.starts_with(&below))
            .map(|concept| format!("`\"{concept}\"`"))
            .collect();
        if meant.is_empty() {
            found.unknown_name("concept", name, span, context.concepts.iter().copied());
            continue;
        }
        // TOML reads `usage.input = 89` as a table `usage`.
        let message = format!("there is no concept `{name}`");
        found.push(
            Diagnostic::new(DiagnosticKind::UnknownName, message, span, "a name with dots stands in quotes")
                .with_help(format!("write {}", meant.join(" or "))),
        );
    }
    for (name, span) in lacked.clone().filter(|(name, _)| expect.has.contains_key(*name)) {
        let message = format!("`{name}` is expected and forbidden");
        found.push(
            Diagnostic::new(DiagnosticKind::Expectation, message, span, "forbidden here")
                .with_secondary(place.key("has").key(name).key_span(), "expected here")
                .with_help("keep one of the two"),
        );
    }
    found.duplicates("concept", lacked);
}

fn expects_nothing(expect: &Expect) -> bool {
    expect.spans.is_none()
        && expect.has.is_empty()
        && expect.lacks.is_empty()
        && expect.traces.is_none()
        && expect.parent.is_none()
        && expect.status.is_none()
}
