//! What a live service makes of a scenario while it runs: tool calls with ids of its own, and refusals that are its.

use serde_json::Map;

use super::answer::{finish_reason, usage};
use crate::judge::{Capture, Section};
use crate::protocol::{CallRequest, StepRequest};
use crate::scenario::{FinishReason, PlannedStep, Scenario, ScenarioFile, ToolCall};
use crate::wire::{Answer, WireExchange, WireKind, WireResponse};

/// Gives a step the tool results under the ids that the live model gave to its calls, in place of the scenario's.
///
/// Fails with the reason for which the step cannot be performed: the model asked for something else.
pub fn with_live_ids(mut request: StepRequest, scenario: &Scenario, capture: &Capture) -> Result<StepRequest, String> {
    let CallRequest::Chat(chat) = &mut request.call else { return Ok(request) };
    let Some(earlier) = &chat.continues else { return Ok(request) };
    let step = scenario.file().step.iter().find(|step| step.id == *earlier);
    let (Some(step), false) = (step, chat.tool_results.is_empty()) else { return Ok(request) };
    let asked = capture.step(&step.step_id()).and_then(last_answer).map(Answer::of).unwrap_or_default();
    if asked.first_calls().next().is_none() {
        return Err(format!("the live model answered step `{earlier}` without calling a tool"));
    }
    let scripted = step.reply.as_ref().map_or(&[][..], |reply| reply.first_tool_calls());
    let mut unused: Vec<_> = scripted.iter().collect();
    let mut given = Map::new();
    for call in asked.first_calls() {
        // Asked for the same tool once more, an application answers once more.
        let meant = match unused.iter().position(|scripted| scripted.tool == call.name) {
            Some(index) => Some(unused.remove(index)),
            None => scripted.iter().find(|scripted| scripted.tool == call.name),
        };
        let result = meant.and_then(|scripted| chat.tool_results.get(&scripted.id));
        let result = result.ok_or_else(|| {
            format!("the live model called `{}` in step `{earlier}`, for which the scenario has no result", call.name)
        })?;
        given.insert(call.id.clone(), result.clone());
    }
    chat.tool_results = given;
    Ok(request)
}

/// Why a step says nothing about its instrumentor: the live service refused what the scenario says it answers. An
/// attempt that was refused and then repeated with success is none.
pub fn refused(planned: PlannedStep<'_>, section: &Section) -> Option<String> {
    planned.step.reply.as_ref()?;
    let last = section.exchanges.iter().rev().find(|exchange| exchange.kind == WireKind::Model)?;
    let status = last.status.filter(|status| *status >= 400)?;
    let what = match status {
        401 => " (the sign-in is not accepted)",
        403 => " (access is denied)",
        404 => " (no such deployment, or another api-version)",
        408 => " (it took too long)",
        429 => " (its limit is used up)",
        500.. => " (it failed)",
        _ => "",
    };
    let code = error_part(last, "code").map(|code| format!(" {code}")).unwrap_or_default();
    let message = error_part(last, "message").map(|message| format!(": {message}")).unwrap_or_default();
    let wait =
        last.response_header("retry-after").map(|wait| format!("; it asks to wait {wait} s")).unwrap_or_default();
    Some(format!("the live service answered step `{}` with {status}{what}{code}{message}{wait}", planned.step.id))
}

/// Why a step says nothing although it succeeded: the live model answered in another way than the scenario is about.
pub fn answered_otherwise(planned: PlannedStep<'_>, section: &Section) -> Option<String> {
    let reply = planned.step.reply.as_ref().filter(|reply| reply.is_message())?;
    let answer = last_answer(section).map(Answer::of)?;
    // A stream that the application left says only half of what the model meant.
    let left = planned.step.chat.as_ref().is_some_and(|chat| chat.read.is_some());
    let step = &planned.step.id;
    let reason = answer.choices.get(&0).and_then(|choice| finish_reason(&answer, choice));
    if let (Some(scripted), Some(reason)) = (reply.finish_reason.map(FinishReason::name), reason)
        && scripted != reason
    {
        return Some(format!(
            "the live model ended step `{step}` with `{reason}`, where the scenario has `{scripted}`"
        ));
    }
    let reasons = reply.usage.as_ref().is_some_and(|usage| usage.reasoning > 0);
    if reasons && usage(&answer).is_some_and(|usage| usage.reasoning == 0) {
        return Some(format!("the live model did not reason in step `{step}`"));
    }
    let scripted = named(reply.first_tool_calls().iter().map(|call| call.tool.as_str()));
    let called = named(answer.first_calls().map(|call| call.name.as_str()));
    if scripted == called || (left && called.is_empty()) {
        return None;
    }
    Some(match (scripted.is_empty(), called.is_empty()) {
        (_, true) => format!("the live model answered step `{step}` without calling a tool"),
        (true, false) => format!("the live model called {called} in step `{step}`, where the scenario has an answer"),
        (false, false) => format!("the live model called {called} in step `{step}`, where the scenario has {scripted}"),
    })
}

/// Names of tools in one order.
fn named<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    names.sort();
    names.join(", ")
}

/// Shorter answers are made of words that stand anywhere.
const TELLING: usize = 24;

/// The scenario with the live answers as its replies: what must not leak is what was really said.
pub fn with_live_answers(scenario: &ScenarioFile, capture: &Capture) -> ScenarioFile {
    let mut scenario = scenario.clone();
    for step in &mut scenario.step {
        let answer = capture.step(&step.step_id()).and_then(last_answer).map(Answer::of);
        let Some(reply) = &mut step.reply else { continue };
        let answer = answer.unwrap_or_default();
        let texts =
            || answer.choices.values().filter_map(|choice| choice.text.as_deref().or(choice.refusal.as_deref()));
        let text: String = texts().filter(|text| text.len() >= TELLING).take(1).collect();
        let calls = answer.first_calls().map(|call| ToolCall {
            id: call.id.clone(),
            tool: call.name.clone(),
            arguments: serde_json::from_str(&call.arguments).unwrap_or_default(),
        });
        let calls: Vec<ToolCall> = calls.collect();
        reply.text = Some(text).filter(|text| !text.is_empty());
        reply.tool_calls = Some(calls).filter(|calls| !calls.is_empty());
        (reply.refusal, reply.choices, reply.chunks) = (None, None, None);
    }
    scenario
}

fn error_part(exchange: &WireExchange, name: &str) -> Option<String> {
    let WireResponse::Json(body) = &exchange.response else { return None };
    body["error"][name].as_str().or_else(|| body[name].as_str()).map(str::to_owned)
}

fn last_answer(section: &Section) -> Option<&WireResponse> {
    let of_model = |exchange: &&WireExchange| exchange.kind == WireKind::Model;
    section.exchanges.iter().rev().find(of_model).map(|exchange| &exchange.response)
}
