//! Steps that run at the same time: neighbours, in one block each, with requests that can be told apart.

use super::Context;
use crate::diagnose::{Alphabet, Diagnostic, DiagnosticKind, Diagnostics, Place};
use crate::scenario::expand::NUMBER;
use crate::scenario::{Parallel, Step};

pub(super) fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let blocks = &context.file.parallel;
    let place = |index: usize| context.document.key("parallel").item(index);
    let ids = blocks.iter().enumerate();
    found.duplicates("block", ids.map(|(index, block)| (block.id.as_str(), place(index).key("id").span())));
    let mut seen: Vec<(&str, Place<'_>)> = Vec::new();
    for (index, block) in blocks.iter().enumerate() {
        check_block(context, block, place(index), found);
        for (member, step) in block.steps.iter().enumerate() {
            let place = place(index).key("steps").item(member);
            if let Some((_, first)) = seen.iter().find(|(earlier, _)| *earlier == step.as_str()) {
                let message = format!("step `{step}` runs twice at the same time");
                found.push(
                    Diagnostic::new(DiagnosticKind::ParallelSteps, message, place.span(), "the second time")
                        .with_secondary(first.span(), "the first time")
                        .with_help("a step is performed once; `repeat` does it several times"),
                );
            } else {
                seen.push((step, place));
            }
        }
    }
    check_groups(context, found);
}

fn check_block(context: &Context<'_>, block: &Parallel, place: Place<'_>, found: &mut Diagnostics) {
    found.well_named("block", &block.id, place.key("id").span(), Alphabet::Word);
    let list = place.key("steps");
    if block.steps.is_empty() {
        found.empty("steps", list.span(), "write the ids of the steps that run at the same time");
    }
    let mut previous: Option<usize> = None;
    for (index, name) in block.steps.iter().enumerate() {
        let span = list.item(index).span();
        let Some((position, step)) = context.step(name) else {
            found.unknown_name("step", name, span, context.step_ids());
            previous = None;
            continue;
        };
        if let Some(before) = previous.replace(position)
            && position != before
            && position != before + 1
        {
            let message = format!("step `{name}` does not follow step `{}`", block.steps[index - 1]);
            found.push(
                Diagnostic::new(DiagnosticKind::ParallelSteps, message, span, "not the next step of the file")
                    .with_secondary(context.step_place(position).key("id").span(), "the step")
                    .with_help("a block holds neighbours, in the order of the file"),
            );
            continue;
        }
        check_step(context, position, step, found);
    }
    if let [only] = block.steps.as_slice()
        && context.step(only).is_some_and(|(_, step)| step.repeat.is_none())
    {
        let message = format!("nothing runs at the same time as step `{only}`");
        found.push(
            Diagnostic::new(DiagnosticKind::ParallelSteps, message, list.span(), "one step")
                .with_help("name another step, or let this one `repeat`"),
        );
    }
}

/// Whoever comes first takes no other's reply: a request shows by its text whose it is.
fn check_step(context: &Context<'_>, position: usize, step: &Step, found: &mut Diagnostics) {
    let place = context.step_place(position);
    let mut refuse = |span, message: String, label: &str, help: &str| {
        found.push(Diagnostic::new(DiagnosticKind::ParallelSteps, message, span, label).with_help(help));
    };
    if step.reply.is_none() {
        let message = format!("step `{}` has no reply of its own", step.id);
        refuse(
            place.span(),
            message,
            "which answer is whose?",
            "steps that run at the same time need a `[step.reply]`",
        );
        return;
    }
    // A step without an operation is reported as that.
    let Some(call) = step.call() else { return };
    let call_place = place.key(call.operation().as_str());
    let Some(marker) = step.marker() else {
        let message = format!("step `{}` sends no text to know it by", step.id);
        refuse(call_place.span(), message, "which request is whose?", "write a text that no other step sends");
        return;
    };
    // Of two in blocks, the second is the mistake.
    let counts = |(index, other): &(usize, &Step)| {
        *index < position || (*index > position && context.file.parallel_of(&other.id).is_none())
    };
    let others = context.file.step.iter().enumerate().filter(counts);
    if let Some((other, same)) = others.into_iter().find(|(_, other)| other.marker() == Some(marker)) {
        let message = format!("steps `{}` and `{}` send the same text", same.id, step.id);
        found.push(
            Diagnostic::new(DiagnosticKind::ParallelSteps, message, call_place.span(), "which request is whose?")
                .with_secondary(context.step_place(other).key("id").span(), "the other")
                .with_help("write a text that no other step sends"),
        );
    }
    if step.repeat.is_some() && !marker.contains(NUMBER) {
        let message = format!("every repetition of step `{}` sends the same text", step.id);
        found.push(
            Diagnostic::new(DiagnosticKind::Repeat, message, call_place.span(), "which request is whose?")
                .with_secondary(place.key("repeat").span(), "several at the same time")
                .with_help("write `{n}` into the text: the repetition's number"),
        );
    }
}

/// A group is around a block, or in it, and never across its edge.
fn check_groups(context: &Context<'_>, found: &mut Diagnostics) {
    for (index, group) in context.file.group.iter().enumerate() {
        for block in &context.file.parallel {
            let (inside, outside): (Vec<&String>, Vec<&String>) =
                group.steps.iter().partition(|step| block.steps.contains(step));
            let leaves = block.steps.iter().any(|step| !group.steps.contains(step));
            if !inside.is_empty() && !outside.is_empty() && leaves {
                let message = format!("group `{}` crosses the edge of block `{}`", group.id, block.id);
                let steps = context.document.key("group").item(index).key("steps");
                found.push(
                    Diagnostic::new(DiagnosticKind::ParallelSteps, message, steps.span(), "in part at the same time")
                        .with_help("a group holds all steps of a block, or some of them and no others"),
                );
            }
        }
    }
}
