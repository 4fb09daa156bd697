//! Exit codes. `harness/docs/reference.md` has the same table for people.

use crate::judge::CellStatus;
use crate::results::Summary;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitCode {
    /// Everything is green.
    Green = 0,
    /// A cell is changed, failed or fixed.
    Red = 1,
    /// A file of the user's, or the command line, is wrong.
    Usage = 2,
    /// A runtime or environment is not ready.
    NotReady = 3,
    /// Nothing was selected.
    NothingSelected = 4,
    /// The harness or a worker failed.
    Broken = 5,
    /// Ctrl-C, or the signal by which a job is cancelled.
    Interrupted = 130,
}

impl ExitCode {
    /// The worst of a run decides: what is broken says nothing about an instrumentor, so it comes first.
    pub fn of(summary: &Summary) -> Self {
        let any = |statuses: &[CellStatus]| statuses.iter().any(|status| summary.count(*status) > 0);
        if any(&[CellStatus::Broken]) {
            Self::Broken
        } else if any(&[CellStatus::Failed, CellStatus::Changed, CellStatus::Fixed]) {
            Self::Red
        } else {
            Self::Green
        }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}
