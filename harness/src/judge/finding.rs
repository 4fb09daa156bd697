//! Findings and statuses, as data.

use serde::{Deserialize, Serialize};

use crate::diagnose::words;

/// One thing that is wrong in one cell.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// Stable id, such as `shape.never-ended`, `transparency.outcome` or `expect.tokens-are-the-servers`.
    pub id: String,
    /// What it is about: step, span and attribute as far as they apply, such as `answer/openai.chat/usage.input`.
    /// Stable from run to run; known issues match on it.
    pub subject: String,
    /// For people: emitted value, true value, where on the wire it was.
    pub message: String,
}

impl Finding {
    /// A finding from its three parts.
    pub fn new(id: impl Into<String>, subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self { id: id.into(), subject: subject.into(), message: message.into() }
    }
}

/// The verdict on a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CellStatus {
    /// Everything is as reviewed and expected.
    Pass,
    /// It fails exactly as a known issue declares.
    Known,
    /// It was not run; the reason says why.
    Skipped,
    /// The snapshot differs, or there is none yet.
    Changed,
    /// A declared issue is gone: red until its entry is removed.
    Fixed,
    /// Something is wrong that nobody has declared.
    Failed,
    /// The worker or the harness failed; never blamed on the instrumentor.
    Broken,
}

words!(CellStatus);
