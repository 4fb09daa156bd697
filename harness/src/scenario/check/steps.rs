//! Steps: one operation each, on a deployment, with a reply that can be given.

use super::{Context, conversation, reply, stream, via};
use crate::diagnose::{Alphabet, Diagnostic, DiagnosticKind, Diagnostics, Place};
use crate::scenario::{AuthMode, Call, Embeddings, Step};

pub(super) fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let steps = &context.file.step;
    if steps.is_empty() {
        let help = "write at least one `[[step]]`: what the application does";
        found.empty("step", context.document.key("step").span(), help);
    }
    let ids = context.step_ids().enumerate();
    found.duplicates("step", ids.map(|(index, id)| (id, context.step_place(index).key("id").span())));
    for (index, step) in steps.iter().enumerate() {
        let place = context.step_place(index);
        found.well_named("step", &step.id, place.key("id").span(), Alphabet::Word);
        match step.call() {
            Some(call) => check_call(context, index, step, call, found),
            None => one_operation(step, place, found),
        }
    }
}

fn one_operation(step: &Step, place: Place<'_>, found: &mut Diagnostics) {
    let help = "write exactly one of `[step.chat]` and `[step.embeddings]`";
    let diagnostic = if step.chat.is_some() {
        let message = format!("step `{}` has two operations", step.id);
        Diagnostic::new(DiagnosticKind::OneOperation, message, place.key("embeddings").key_span(), "the second")
            .with_secondary(place.key("chat").key_span(), "the first")
    } else {
        let message = format!("step `{}` does nothing", step.id);
        Diagnostic::new(DiagnosticKind::OneOperation, message, place.span(), "no operation in this step")
    };
    found.push(diagnostic.with_help(help));
}

fn check_call(context: &Context<'_>, index: usize, step: &Step, call: Call<'_>, found: &mut Diagnostics) {
    let place = context.step_place(index);
    let call_place = place.key(call.operation().as_str());
    check_deployment(context, call, call_place, found);
    match call {
        Call::Chat(chat) => {
            conversation::check(context, index, chat, call_place, found);
            stream::check_call(context, chat, call_place, found);
            via::check_chat(chat, call_place, found);
        }
        Call::Embeddings(embeddings) => {
            via::check_embeddings(embeddings, call_place, found);
            check_input(embeddings, call_place, found);
            if embeddings.dimensions == Some(0) {
                found.empty("dimensions", call_place.key("dimensions").span(), "a vector has at least one number");
            }
        }
    }
    match &step.reply {
        Some(reply) => {
            reply::check(context, call, reply, place.key("reply"), found);
            reply_can_be_given(context, call, place, found);
        }
        None => reply_is_not_needed(context, step, call, place, found),
    }
}

fn check_input(embeddings: &Embeddings, place: Place<'_>, found: &mut Diagnostics) {
    let list = place.key("input");
    if embeddings.input.as_ref().is_some_and(Vec::is_empty) {
        found.empty("input", list.span(), "write at least one text");
    }
    let texts = embeddings.input.iter().flatten().enumerate().map(|(index, text)| ("input", text, list.item(index)));
    for (key, text, place) in texts.chain(embeddings.text.iter().map(|text| ("text", text, place.key("text")))) {
        found.not_blank(key, text, place.span(), "the service refuses a text with nothing in it");
    }
    if embeddings.tokens.as_ref().is_some_and(|texts| texts.is_empty() || texts.iter().any(Vec::is_empty)) {
        found.empty("tokens", place.key("tokens").span(), "write at least one token for each text");
    }
}

fn check_deployment(context: &Context<'_>, call: Call<'_>, place: Place<'_>, found: &mut Diagnostics) {
    let deployments = &context.file.azure.deployments;
    let name = call.deployment();
    if !deployments.contains_key(name) {
        found.unknown_name("deployment", name, place.key("deployment").span(), deployments.keys().map(String::as_str));
    }
    let pinned_place = context.document.key("application").key("pinned_deployment");
    match context.file.application.pinned_deployment.as_deref() {
        // A pinned deployment that is unknown is reported as that.
        Some(pinned) if pinned != name && deployments.contains_key(pinned) => {
            let message = format!("`{name}` cannot be called: `{pinned}` is pinned");
            found.push(
                Diagnostic::new(
                    DiagnosticKind::PinnedDeployment,
                    message,
                    place.key("deployment").span(),
                    "never reached",
                )
                .with_secondary(pinned_place.span(), "every call of the client goes here")
                .with_help("name the pinned deployment, and what the application passes as `model` in `model`"),
            );
        }
        None if call.model() != name => {
            let message = format!("`model` must be `{name}`, or a deployment must be pinned");
            let label = "the client would call this as a deployment";
            found.push(
                Diagnostic::new(DiagnosticKind::PinnedDeployment, message, place.key("model").span(), label)
                    .with_help("write `pinned_deployment` in `[application]`, or leave `model` out"),
            );
        }
        _ => {}
    }
}

/// A reply is never given by a deployment that is not there, nor to a key that is wrong.
fn reply_can_be_given(context: &Context<'_>, call: Call<'_>, place: Place<'_>, found: &mut Diagnostics) {
    let span = place.key("reply").key_span();
    let unreachable =
        |message: &str| Diagnostic::new(DiagnosticKind::ReplyUnreachable, message, span.clone(), "never given");
    let deployment = context.file.azure.deployments.get(call.deployment());
    if let Some(resource) = unreachable_resource(context, call) {
        let place = context.document.key("azure").key("resources").key(resource).key("reachable");
        found.push(
            unreachable("nobody replies at an address that cannot be reached")
                .with_secondary(place.span(), "nobody is there")
                .with_help("remove `[step.reply]`: there is no answer"),
        );
    } else if deployment.is_some_and(|deployment| !deployment.exists) {
        let place = context.document.key("azure").key("deployments").key(call.deployment()).key("exists");
        found.push(
            unreachable("a deployment that does not exist gives no reply")
                .with_secondary(place.span(), "the cloud has no such deployment")
                .with_help("remove `[step.reply]`: the cloud answers by itself"),
        );
    } else if signs_in_wrongly(context) {
        found.push(
            unreachable("whoever signs in wrongly gets no reply")
                .with_secondary(context.document.key("matrix").key("auth").span(), "no other way to sign in")
                .with_help("remove `[step.reply]`: the cloud answers by itself"),
        );
    }
}

fn reply_is_not_needed(context: &Context<'_>, step: &Step, call: Call<'_>, place: Place<'_>, found: &mut Diagnostics) {
    let deployment = context.file.azure.deployments.get(call.deployment());
    // An unknown deployment is reported as that.
    let answers = unreachable_resource(context, call).is_none() && !signs_in_wrongly(context);
    if deployment.is_some_and(|deployment| deployment.exists) && answers {
        let message = format!("step `{}` has no reply", step.id);
        found.push(
            Diagnostic::new(DiagnosticKind::ReplyMissing, message, place.span(), "what does the service answer?")
                .with_help(
                    "write `[step.reply]`; only a wrong sign-in, `exists = false` and `reachable = false` need none",
                ),
        );
    }
}

/// The resource that a call goes to, if nobody is there.
fn unreachable_resource<'a>(context: &Context<'a>, call: Call<'_>) -> Option<&'a str> {
    let deployment = context.file.azure.deployments.get(call.deployment())?;
    let (name, resource) = context.file.azure.resources.get_key_value(&deployment.resource)?;
    (!resource.reachable).then_some(name.as_str())
}

fn signs_in_wrongly(context: &Context<'_>) -> bool {
    let auth = &context.file.matrix.auth;
    !auth.is_empty() && auth.iter().all(|mode| AuthMode::is_refused(*mode))
}
