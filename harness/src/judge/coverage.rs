//! Which concepts of its calls a cell records, and whether they are true.

use std::collections::BTreeMap;

use serde::Serialize;

use super::JudgeInput;
use super::truth::{TruthOf, truths_of};
use super::view::CellView;
use crate::convention::Concept;
use crate::diagnose::words;
use crate::protocol::{Outcome, StreamEnded};
use crate::scenario::Step;

/// What kind of call a step makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallKind {
    /// A chat answered as a whole.
    Chat,
    /// A chat answered as a stream.
    Stream,
    /// A chat that offers tools or carries their results.
    Tools,
    /// Embeddings.
    Embeddings,
    /// A call of the Responses API.
    Responses,
    /// A call that failed.
    Errors,
}

words!(CallKind);

impl CallKind {
    /// Every kind, in the order of reports.
    pub const ALL: [Self; 6] = [Self::Chat, Self::Stream, Self::Tools, Self::Embeddings, Self::Responses, Self::Errors];
}

/// How one concept fares in the calls of one kind; the worst counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Coverage {
    /// The family has no name for it.
    NoName,
    /// It is what the wire says.
    True,
    /// It is not recorded although there is something to record.
    Missing,
    /// It is not what the wire says.
    Wrong,
}

impl Coverage {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoName => "no name",
            Self::True => "true",
            Self::Missing => "missing",
            Self::Wrong => "wrong",
        }
    }
}

/// By concept and kind of call.
pub(crate) type CoverageTable = BTreeMap<(Concept, CallKind), Coverage>;

/// What one cell records.
pub fn coverage(input: &JudgeInput<'_>) -> CoverageTable {
    let mut table = CoverageTable::new();
    let release = input.variant.release();
    let view = CellView::new(input);
    for step in &view.steps {
        let kind = kind_of(step.step, step.section.outcome.as_ref(), step.model_requests().last());
        for concept in Concept::ALL {
            if !input.convention.has_place(*concept, release.as_ref()) {
                table.entry((*concept, kind)).or_insert(Coverage::NoName);
            }
        }
        for (concept, found) in step.calls.iter().flat_map(|call| truths_of(&view, release.as_ref(), step, call)) {
            let key = (concept, kind);
            if !input.convention.has_place(concept, release.as_ref()) {
                continue;
            }
            let found = match found {
                TruthOf::True => Coverage::True,
                TruthOf::Missing => Coverage::Missing,
                TruthOf::Wrong => Coverage::Wrong,
            };
            let worst = table.entry(key).or_insert(found);
            *worst = (*worst).max(found);
        }
    }
    table
}

fn kind_of(step: &Step, outcome: Option<&Outcome>, exchange: Option<&crate::wire::WireExchange>) -> CallKind {
    let failed = matches!(outcome, Some(Outcome::Error { .. } | Outcome::Stream { ended: StreamEnded::Error, .. }));
    let path = exchange.map(|exchange| exchange.path.as_str()).unwrap_or_default();
    let asks = |key: &str| {
        let request = exchange.and_then(|exchange| exchange.request.as_ref());
        request.and_then(|request| request.get(key)).is_some_and(|value| !value.is_null())
    };
    if failed {
        CallKind::Errors
    } else if step.embeddings.is_some() || path.ends_with("/embeddings") {
        CallKind::Embeddings
    } else if path.ends_with("/responses") {
        CallKind::Responses
    } else if asks("tools") {
        CallKind::Tools
    } else if asks("stream") {
        CallKind::Stream
    } else {
        CallKind::Chat
    }
}
