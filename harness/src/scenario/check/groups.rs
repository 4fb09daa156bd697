//! Groups: neighbours in the file's order, each step in one at most.

use super::Context;
use crate::diagnose::{Alphabet, Diagnostic, DiagnosticKind, Diagnostics, Place};
use crate::scenario::Group;

pub(super) fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let groups = &context.file.group;
    let place = |index: usize| context.document.key("group").item(index);
    let ids = groups.iter().enumerate();
    found.duplicates("group", ids.map(|(index, group)| (group.id.as_str(), place(index).key("id").span())));
    for (index, group) in groups.iter().enumerate() {
        check_group(context, group, place(index), found);
    }
    let members = groups.iter().enumerate().flat_map(|(index, group)| {
        group
            .steps
            .iter()
            .enumerate()
            .map(move |(member, step)| (step.as_str(), index, place(index).key("steps").item(member)))
    });
    let mut seen: Vec<(&str, usize, Place<'_>)> = Vec::new();
    for (step, group, place) in members {
        if let Some((_, first_group, first)) = seen.iter().find(|(earlier, ..)| *earlier == step) {
            let message = if *first_group == group {
                format!("step `{step}` stands twice in the group")
            } else {
                format!("step `{step}` is in two groups")
            };
            found.push(
                Diagnostic::new(DiagnosticKind::GroupSteps, message, place.span(), "the second time")
                    .with_secondary(first.span(), "the first time")
                    .with_help("a step is performed once, under one span"),
            );
        } else {
            seen.push((step, group, place));
        }
    }
}

fn check_group(context: &Context<'_>, group: &Group, place: Place<'_>, found: &mut Diagnostics) {
    found.well_named("group", &group.id, place.key("id").span(), Alphabet::Word);
    found.not_blank("name", &group.name, place.key("name").span(), "write the name of the application's span");
    for (key, text) in [("session", &group.session), ("user", &group.user)] {
        if let Some(text) = text {
            found.not_blank(key, text, place.key(key).span(), "write an id, or leave the key out");
        }
    }
    if group.steps.is_empty() {
        found.empty("steps", place.key("steps").span(), "write the ids of the steps under this group's span");
    }
    check_each(context, group, place, found);
    let mut previous: Option<usize> = None;
    for (index, step) in group.steps.iter().enumerate() {
        let span = place.key("steps").item(index).span();
        let Some((position, _)) = context.step(step) else {
            found.unknown_name("step", step, span, context.step_ids());
            previous = None;
            continue;
        };
        if let Some(before) = previous.replace(position)
            && position != before
            && position != before + 1
        {
            let message = format!("step `{step}` does not follow step `{}`", group.steps[index - 1]);
            found.push(
                Diagnostic::new(DiagnosticKind::GroupSteps, message, span, "not the next step of the file")
                    .with_secondary(context.step_place(position).key("id").span(), "the step")
                    .with_help("a group holds neighbours, in the order of the file"),
            );
        }
    }
}

/// A span for each repetition needs one step that repeats.
fn check_each(context: &Context<'_>, group: &Group, place: Place<'_>, found: &mut Diagnostics) {
    let repeats = |step: &String| context.step(step).is_some_and(|(_, step)| step.repeat.is_some());
    if !group.each || (group.steps.len() == 1 && group.steps.iter().all(repeats)) {
        return;
    }
    let message = format!("group `{}` has no repetitions", group.id);
    found.push(
        Diagnostic::new(DiagnosticKind::Repeat, message, place.key("each").key_span(), "each of what?")
            .with_secondary(place.key("steps").span(), "not one step that repeats")
            .with_help("name one step with `repeat`, or leave `each` out"),
    );
}
