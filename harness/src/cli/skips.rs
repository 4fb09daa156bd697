//! Which cells would be skipped on this machine, as far as that is known without running anything.

use std::cell::OnceCell;

use crate::flavor::Runtime;
use crate::flavor::environment::{MissingRuntime, find_python};
use crate::matrix::PlannedCell;

/// Answers lazily: a list of in-process cells never looks for Python.
#[derive(Default)]
pub(super) struct Skips {
    python: OnceCell<Option<MissingRuntime>>,
}

impl Skips {
    /// Why the cell would be skipped: its flavor cannot do it, or this machine cannot run the flavor.
    pub(super) fn reason(&self, cell: &PlannedCell) -> Option<String> {
        if let Some(declared) = &cell.skip {
            return Some(declared.clone());
        }
        match cell.flavor.runtime {
            Runtime::InProcess => None,
            Runtime::Python => self
                .python
                .get_or_init(|| find_python().err())
                .as_ref()
                .map(|missing| format!("{}; {}", missing.reason, missing.how)),
        }
    }
}
