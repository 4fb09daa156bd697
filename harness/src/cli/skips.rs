//! Which cells would be skipped on this machine, as far as that is known without running anything.

use std::cell::{Cell, OnceCell};
use std::thread::JoinHandle;

use crate::flavor::Runtime;
use crate::flavor::environment::{MissingRuntime, find_python};
use crate::matrix::PlannedCell;

/// Answers lazily: a list of in-process cells never looks for Python.
#[derive(Default)]
pub(super) struct Skips {
    python: OnceCell<Option<MissingRuntime>>,
    asked: Cell<Option<JoinHandle<Option<MissingRuntime>>>>,
}

impl Skips {
    /// Looks for Python at once, while something else is done: it takes longer to start than all files to read.
    pub(super) fn ahead() -> Self {
        Self { python: OnceCell::new(), asked: Cell::new(Some(std::thread::spawn(missing_python))) }
    }

    /// Why the cell would be skipped: its flavor cannot do it, or this machine cannot run the flavor.
    pub(super) fn reason(&self, cell: &PlannedCell) -> Option<String> {
        if let Some(declared) = &cell.skip {
            return Some(declared.clone());
        }
        match cell.flavor.runtime {
            Runtime::InProcess => None,
            Runtime::Python => self
                .python
                .get_or_init(|| self.asked.take().and_then(|asked| asked.join().ok()).unwrap_or_else(missing_python))
                .as_ref()
                .map(|missing| format!("{}; {}", missing.reason, missing.how)),
        }
    }
}

fn missing_python() -> Option<MissingRuntime> {
    find_python().err()
}
