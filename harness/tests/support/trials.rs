//! Trials in place of the usual test functions, where one may have to be skipped: what is skipped is shown, and why.

use azmatrix::cli;
use azmatrix::flavor::environment::find_python;
use azmatrix::run::Require;
use libtest_mimic::{Completion, Failed, Trial};

/// Functions by their names.
macro_rules! named {
    ($($name:path),* $(,)?) => { [$((stringify!($name), $name as fn() -> _)),*] };
}
pub(crate) use named;

/// A test in Python, which is ignored where Python is missing, or fails where everything must be there: with `CI` set.
pub(crate) fn with_python<Outcome: Into<Done> + 'static>(
    tests: impl IntoIterator<Item = (&'static str, fn() -> Outcome)>,
) -> Vec<Trial> {
    let missing = find_python().err().map(|missing| format!("{}; {}", missing.reason, missing.how));
    let trial = |(name, test): (&'static str, fn() -> Outcome)| {
        let missing = missing.clone();
        Trial::ignorable_test(name, move || missing.map_or_else(|| test().into().0, absent))
    };
    tests.into_iter().map(trial).collect()
}

/// What becomes of a test when something that it needs is not there.
pub(crate) fn absent(reason: String) -> Result<Completion, Failed> {
    match cli::require(None) {
        Require::Available => Ok(Completion::ignored_with(reason)),
        Require::All => Err(reason.into()),
    }
}

/// How a test ended, when it did not panic.
pub(crate) struct Done(Result<Completion, Failed>);

impl From<()> for Done {
    fn from((): ()) -> Self {
        Self(Ok(Completion::Completed))
    }
}

impl From<Result<Completion, Failed>> for Done {
    fn from(result: Result<Completion, Failed>) -> Self {
        Self(result)
    }
}
