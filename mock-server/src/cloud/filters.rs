//! Content filter results: which categories are named where, and what they say.

use super::call::Call;
use super::config::FilterMode;
use super::json::{Json, object};
use super::model::Family;

/// What a filter found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    Clean,
    /// Violence of medium severity: blocked.
    Violence,
}

/// The categories of a prompt: hate, jailbreak, self-harm, sexual, violence.
pub(crate) fn prompt(finding: Finding) -> Json {
    if finding == Finding::Clean {
        return Json::Fixed(CLEAN_PROMPT);
    }
    object([
        ("hate", severity("safe")),
        ("jailbreak", detection(false)),
        ("self_harm", severity("safe")),
        ("sexual", severity("safe")),
        ("violence", violence(finding)),
    ])
}

/// The inner error's form for a blocked prompt: a jailbreak is named with `filtered` first, as recorded.
/// Back ends of 2023 write `self-harm` with a hyphen.
pub(crate) fn blocked_prompt(hyphens: bool) -> Json {
    object([
        ("hate", severity("safe")),
        ("jailbreak", object([("filtered", true.into()), ("detected", true.into())])),
        (if hyphens { "self-harm" } else { "self_harm" }, severity("safe")),
        ("sexual", severity("safe")),
        ("violence", violence(Finding::Violence)),
    ])
}

/// The categories of a whole completion.
pub(crate) fn completion(finding: Finding) -> Json {
    if finding == Finding::Clean {
        return Json::Fixed(CLEAN);
    }
    object([
        ("hate", severity("safe")),
        ("protected_material_code", detection(false)),
        ("protected_material_text", detection(false)),
        ("self_harm", severity("safe")),
        ("sexual", severity("safe")),
        ("violence", violence(finding)),
    ])
}

/// The categories of one chunk, as JSON text; the newest models name only one.
pub(crate) fn chunk(family: Family) -> &'static str {
    match family {
        Family::Reasoning => r#"{"protected_material_text":{"detected":false,"filtered":false}}"#,
        _ => CLEAN,
    }
}

/// Only the category that offended, as the last annotation of the asynchronous mode has it.
pub(crate) fn offence() -> Json {
    object([("violence", violence(Finding::Violence))])
}

/// The categories of a completion in which nothing was found: they are in every chunk.
const CLEAN: &str = r#"{"hate":{"filtered":false,"severity":"safe"},"protected_material_code":{"detected":false,"filtered":false},"protected_material_text":{"detected":false,"filtered":false},"self_harm":{"filtered":false,"severity":"safe"},"sexual":{"filtered":false,"severity":"safe"},"violence":{"filtered":false,"severity":"safe"}}"#;
/// The same for a prompt.
const CLEAN_PROMPT: &str = r#"{"hate":{"filtered":false,"severity":"safe"},"jailbreak":{"detected":false,"filtered":false},"self_harm":{"filtered":false,"severity":"safe"},"sexual":{"filtered":false,"severity":"safe"},"violence":{"filtered":false,"severity":"safe"}}"#;

/// What the list of a prompt's results is called: by the versions of June and July 2023 otherwise than since.
pub(crate) fn prompt_results_name(call: &Call) -> &'static str {
    match call.target.api_version.as_deref() {
        Some("2023-06-01-preview" | "2023-07-01-preview") => "prompt_annotations",
        _ => "prompt_filter_results",
    }
}

/// The `prompt_filter_results` list of an answer to one prompt.
pub(crate) fn prompt_results(filter: FilterMode) -> Json {
    prompts_results(filter, 1)
}

/// The same for several prompts, as legacy completions have them.
pub(crate) fn prompts_results(filter: FilterMode, prompts: usize) -> Json {
    let result = |index: usize| {
        let results = if filter == FilterMode::Off { object([]) } else { prompt(Finding::Clean) };
        object([("prompt_index", index.into()), ("content_filter_results", results)])
    };
    Json::List((0..prompts).map(result).collect())
}

fn violence(finding: Finding) -> Json {
    match finding {
        Finding::Clean => severity("safe"),
        Finding::Violence => object([("filtered", true.into()), ("severity", "medium".into())]),
    }
}

fn severity(level: &str) -> Json {
    object([("filtered", false.into()), ("severity", level.into())])
}

fn detection(detected: bool) -> Json {
    object([("detected", detected.into()), ("filtered", false.into())])
}
