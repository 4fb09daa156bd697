//! What a dashboard or alert query must change when telemetry moves from one spelling to another.

use std::fmt::Write as _;

use indexmap::IndexMap;
use serde::Serialize;

use crate::convention::{Concept, Convention, Release, Spelling, Take, Template};
use crate::diagnose::words;

/// One side of a translation: a family at a release, and what is known to be emitted.
#[derive(Clone, Debug)]
pub struct Side<'c> {
    /// What the user called it.
    pub name: String,
    /// How the family spells concepts.
    pub convention: &'c Convention,
    /// The release; the family's newest where there is none.
    pub release: Option<Release>,
    /// Names of the attributes and events that recorded snapshots have; `None` where there are no snapshots to ask.
    pub emitted: Option<Vec<String>>,
    /// Names of spans and their kinds, as far as known.
    pub spans: Vec<String>,
}

/// What becomes of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Nothing changes.
    Same,
    /// Another name, or another value for the same thing.
    Rewrite,
    /// Nothing on the new side has it.
    Lost,
    /// Only the new side has it.
    Gained,
}

words!(Change);

/// One row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TranslationRow {
    /// The concept, or `span name`.
    pub concept: String,
    /// What a query asks now.
    pub from: Vec<String>,
    /// What it must ask.
    pub to: Vec<String>,
    /// What becomes of it.
    pub change: Change,
    /// Why, where that is not plain.
    pub note: Option<String>,
}

/// The table from one side to another: spans first, then every concept that a side has.
pub fn translate(from: &Side<'_>, to: &Side<'_>) -> Vec<TranslationRow> {
    let spans = TranslationRow {
        concept: "span name".to_owned(),
        from: from.spans.clone(),
        to: to.spans.clone(),
        change: if from.spans == to.spans { Change::Same } else { Change::Rewrite },
        note: None,
    };
    let has_spans = !from.spans.is_empty() && !to.spans.is_empty();
    let concepts = Concept::ALL.iter().filter_map(|concept| row(*concept, from, to));
    has_spans.then_some(spans).into_iter().chain(concepts).collect()
}

fn row(concept: Concept, from: &Side<'_>, to: &Side<'_>) -> Option<TranslationRow> {
    let (before, after) = (spellings(from, concept), spellings(to, concept));
    let words = |list: &[&Spelling]| list.iter().map(|spelling| spelled(spelling)).collect::<Vec<_>>();
    let (before_words, after_words) = (words(&before), words(&after));
    let values = value_changes(&before, &after);
    let change = match (before.is_empty(), after.is_empty()) {
        (true, true) => return None,
        (true, false) => Change::Gained,
        (false, true) => Change::Lost,
        (false, false) if before_words == after_words && values.is_none() => Change::Same,
        (false, false) => Change::Rewrite,
    };
    let note = match change {
        Change::Lost => Some(reason(to, concept)),
        Change::Gained => Some(reason(from, concept)),
        _ => values,
    };
    Some(TranslationRow { concept: concept.to_string(), from: before_words, to: after_words, change, note })
}

/// The spellings that hold at the release, without those that no recorded snapshot has.
fn spellings<'c>(side: &Side<'c>, concept: Concept) -> Vec<&'c Spelling> {
    let release = side.release.or(side.convention.newest);
    let holds = |spelling: &&Spelling| {
        release.is_none_or(|release| {
            spelling.from.is_none_or(|from| from <= release) && spelling.until.is_none_or(|until| release < until)
        })
    };
    let is_emitted = |spelling: &&Spelling| {
        side.emitted.as_ref().is_none_or(|names| match (&spelling.attribute, &spelling.event) {
            (Some(attribute), _) => names.iter().any(|name| Template::match_name(attribute, name).is_some()),
            (None, Some(event)) => names.contains(event),
            (None, None) => false,
        })
    };
    let table = side.convention.concept.get(&concept);
    table.into_iter().flat_map(|table| &table.spelling).filter(holds).filter(is_emitted).collect()
}

fn spelled(spelling: &Spelling) -> String {
    let mut text = match (&spelling.attribute, &spelling.event) {
        (Some(attribute), _) => attribute.to_string(),
        (None, Some(event)) => format!("event {event}"),
        (None, None) => String::new(),
    };
    if let Some(path) = &spelling.path {
        let _ = write!(text, " at {path}");
    }
    match spelling.take {
        Some(Take::UrlHost) => text.push_str(" (the host of the URL)"),
        Some(Take::UrlPort) => text.push_str(" (the port of the URL)"),
        Some(Take::Count) => text.push_str(" (how many)"),
        Some(Take::Json | Take::Text) | None => {}
    }
    if let Some(condition) = &spelling.when {
        let _ = write!(text, " where {} = {}", condition.attribute, condition.equals);
    }
    text
}

/// Values that are spelled differently: `az.ai.openai → azure.ai.openai`.
fn value_changes(before: &[&Spelling], after: &[&Spelling]) -> Option<String> {
    // Theirs by ours, the first spelling counts.
    let by_ours = |list: &[&Spelling]| {
        let mut words: IndexMap<String, String> = IndexMap::new();
        for (theirs, ours) in list.iter().flat_map(|spelling| &spelling.values) {
            words.entry(ours.clone()).or_insert_with(|| theirs.clone());
        }
        words
    };
    let (old, new) = (by_ours(before), by_ours(after));
    let ours = old.keys().chain(new.keys().filter(|ours| !old.contains_key(*ours)));
    let change = |ours: &String| {
        let (theirs, becomes) = (old.get(ours).unwrap_or(ours), new.get(ours).unwrap_or(ours));
        (theirs != becomes).then(|| format!("{theirs} → {becomes}"))
    };
    let changes: Vec<String> = ours.filter_map(change).collect();
    (!changes.is_empty()).then(|| format!("values: {}", changes.join(", ")))
}

fn reason(side: &Side<'_>, concept: Concept) -> String {
    let absent = side.convention.concept.get(&concept).and_then(|table| table.absent.clone());
    absent.unwrap_or_else(|| {
        let at = side.release.map_or(String::new(), |release| format!(" at {release}"));
        match side.emitted {
            Some(_) => format!("no recorded snapshot of {} has it", side.name),
            None => format!("{} has no place for it{at}", side.convention.title),
        }
    })
}

/// The table for people. Rows that stay the same are only counted.
pub(crate) fn translation_text(from: &str, to: &str, rows: &[TranslationRow]) -> String {
    let mut text = format!("from {from} to {to}\n");
    for row in rows.iter().filter(|row| row.change != Change::Same) {
        let _ = writeln!(text, "{:<8} {}", row.change.as_str(), row.concept);
        for old in &row.from {
            let _ = writeln!(text, "    - {old}");
        }
        for new in &row.to {
            let _ = writeln!(text, "    + {new}");
        }
        if let Some(note) = &row.note {
            let _ = writeln!(text, "    {note}");
        }
    }
    let same: Vec<&str> =
        rows.iter().filter(|row| row.change == Change::Same).map(|row| row.concept.as_str()).collect();
    if !same.is_empty() {
        let _ = writeln!(text, "same     {}", same.join(", "));
    }
    text
}

/// The table as JSON.
pub(crate) fn translation_json(from: &str, to: &str, rows: &[TranslationRow]) -> String {
    let rows: Vec<serde_json::Value> = rows
        .iter()
        .map(|row| {
            serde_json::json!({
                "concept": row.concept,
                "change": row.change.as_str(),
                "from": row.from,
                "to": row.to,
                "note": row.note,
            })
        })
        .collect();
    let document = serde_json::json!({ "from": from, "to": to, "rows": rows });
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}
