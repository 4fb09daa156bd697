//! Pieces of the scenario's prompts and answers that cannot stand in telemetry by chance.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Capture;
use crate::scenario::{Reply, ScenarioFile, Step};

/// A shorter piece of a sentence could be part of a name or an id.
const SHORTEST: usize = 6;
/// Arguments and results are short by nature.
const SHORTEST_VALUE: usize = 4;

/// A distinctive piece of a text that only a prompt or an answer has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ContentMarker {
    pub(super) piece: String,
    /// What it is a piece of, for messages.
    pub(super) origin: String,
}

/// What to look for: prompts, answers, tool arguments and results, embedded texts.
pub(super) fn markers(scenario: &ScenarioFile) -> Vec<ContentMarker> {
    let harmless = harmless(scenario);
    let mut found = BTreeSet::new();
    for step in &scenario.step {
        for (what, text) in contents(step) {
            let piece = distinctive_piece(&text);
            let shortest = if what.starts_with("tool") { SHORTEST_VALUE } else { SHORTEST };
            let by_chance = harmless.iter().any(|name| name.contains(piece));
            if piece.len() >= shortest && !by_chance {
                found.insert(ContentMarker {
                    piece: piece.to_owned(),
                    origin: format!("the {what} of step `{}`", step.id),
                });
            }
        }
    }
    for (name, tool) in &scenario.tools {
        let piece = distinctive_piece(&tool.description);
        if piece.len() >= SHORTEST {
            found.insert(ContentMarker {
                piece: piece.to_owned(),
                origin: format!("the definition of the tool `{name}`"),
            });
        }
    }
    found.into_iter().collect()
}

/// Images in requests: whatever stands in a part's `image_url`, from behind what every image begins with.
pub(super) fn images(capture: &Capture) -> Vec<ContentMarker> {
    /// Where the data of an image differ from that of any other.
    const DISTINCT: usize = 48;
    let mut found = BTreeSet::new();
    for exchange in capture.sections.iter().flat_map(|section| &section.exchanges) {
        for url in exchange.request.iter().flat_map(image_urls) {
            let data = url.split_once(";base64,").map_or(url, |(_, data)| data);
            let piece: String = data.chars().take(DISTINCT).collect();
            if piece.len() >= SHORTEST {
                found.insert(ContentMarker { piece, origin: "an image of the request".to_owned() });
            }
        }
    }
    found.into_iter().collect()
}

fn image_urls(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(values) => values.iter().flat_map(image_urls).collect(),
        Value::Object(object) => {
            let own = object.get("image_url").and_then(|url| url.as_str().or_else(|| url.get("url")?.as_str()));
            own.into_iter().chain(object.values().flat_map(image_urls)).collect()
        }
        _ => Vec::new(),
    }
}

fn contents(step: &Step) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    if let Some(chat) = &step.chat {
        found.extend(chat.system.iter().map(|text| ("system message", text.clone())));
        found.extend(chat.user.iter().map(|text| ("user message", text.clone())));
        found.extend(chat.images.iter().map(|url| ("image", url.clone())));
        found.extend(chat.tool_results.values().flat_map(strings).map(|text| ("tool result", text)));
    }
    if let Some(embeddings) = &step.embeddings {
        let texts = embeddings.input.iter().flatten().chain(&embeddings.text);
        found.extend(texts.map(|text| ("embedded text", text.clone())));
    }
    if let Some(reply) = &step.reply {
        found.extend(answers(reply));
    }
    found
}

fn answers(reply: &Reply) -> Vec<(&'static str, String)> {
    let choices = reply.choices.iter().flatten();
    let of_choices = choices.clone().flat_map(|choice| choice.text.iter().chain(&choice.refusal));
    let texts = reply.text.iter().chain(&reply.refusal).chain(reply.chunks.iter().flatten()).chain(of_choices);
    let calls = reply.tool_calls.iter().chain(choices.filter_map(|choice| choice.tool_calls.as_ref())).flatten();
    let arguments =
        calls.flat_map(|call| call.arguments.values().flat_map(strings)).map(|text| ("tool arguments", text));
    texts.map(|text| ("answer", text.clone())).chain(arguments).collect()
}

/// Texts of a scenario that may stand in telemetry whether or not content is captured.
fn harmless(scenario: &ScenarioFile) -> Vec<String> {
    let mut names = vec![scenario.azure.api_version.clone()];
    for (name, deployment) in &scenario.azure.deployments {
        names.extend([name.clone(), deployment.model.clone(), deployment.resource.clone()]);
    }
    for (name, tool) in &scenario.tools {
        names.push(name.clone());
        names.extend(tool.parameters.keys().cloned());
    }
    for group in &scenario.group {
        names.push(group.name.clone());
        names.extend(group.session.iter().chain(&group.user).cloned());
    }
    names
}

fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(values) => values.iter().flat_map(strings).collect(),
        Value::Object(object) => object.values().flat_map(strings).collect(),
        _ => Vec::new(),
    }
}

/// The longest piece that is spelled the same whether or not the text is escaped as JSON.
fn distinctive_piece(text: &str) -> &str {
    let is_safe =
        |character: char| (character.is_ascii_graphic() || character == ' ') && !"\"\\/<>&'".contains(character);
    let pieces = text.split(|character| !is_safe(character)).map(str::trim);
    pieces.fold("", |longest, piece| if piece.len() > longest.len() { piece } else { longest })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_piece_survives_json_escaping() {
        let check = |text: &str, piece: &str| assert_eq!(distinctive_piece(text), piece);
        check("It is 18 °C in Oslo.", "C in Oslo.");
        check("say \"hello world\" now", "hello world");
        check("°°", "");
    }
}
