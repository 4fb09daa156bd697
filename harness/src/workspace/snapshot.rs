//! Snapshot files, through insta. The only file that knows it.
//!
//! insta decides where a pending file goes and whether one may be written (`INSTA_UPDATE`, `CI`), so that `cargo insta
//! review` and `azmatrix accept` see the same thing. The difference that people read is our own.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use camino::{Utf8Path, Utf8PathBuf};
use insta::Snapshot;

/// What the comparison gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SnapshotComparison {
    /// The text is the reviewed one.
    Same,
    /// There is no reviewed text yet.
    New,
    /// The reviewed text is another one.
    Different {
        /// The reviewed text.
        reviewed: String,
    },
}

/// A snapshot file could not be read or a pending one not be written.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The reviewed file is damaged.
    #[error("`{path}` cannot be read as a snapshot: {problem}")]
    Read {
        /// The file.
        path: Utf8PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The pending file is not whole.
    #[error("`{path}` could not be written: {problem}")]
    Write {
        /// The file.
        path: Utf8PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

/// The reviewed text of a snapshot, if there is one. `path` is absolute.
pub fn reviewed(path: &Utf8Path) -> Result<Option<String>, SnapshotError> {
    if !path.exists() {
        return Ok(None);
    }
    read(path).map(Some)
}

fn read(path: &Utf8Path) -> Result<String, SnapshotError> {
    let damaged = |problem: String| SnapshotError::Read { path: path.to_owned(), problem };
    let snapshot = Snapshot::from_file(path.as_std_path()).map_err(|error| damaged(error.to_string()))?;
    let text = snapshot.as_text().ok_or_else(|| damaged("it is not text".to_owned()))?;
    Ok(normal(&text.to_string()))
}

/// insta trims both ends of what it compares.
fn normal(text: &str) -> String {
    text.trim_end().trim_start_matches('\n').to_owned()
}

/// Compares `text` with the reviewed file at the absolute `path`; with `propose`, a difference leaves a pending file
/// beside it when insta's settings allow one.
pub fn compare(path: &Utf8Path, text: &str, propose: bool) -> Result<SnapshotComparison, SnapshotError> {
    let comparison = match reviewed(path)? {
        Some(reviewed) if reviewed == normal(text) => SnapshotComparison::Same,
        Some(reviewed) => SnapshotComparison::Different { reviewed },
        None => SnapshotComparison::New,
    };
    if propose {
        assert_with_insta(path, text)?;
    }
    Ok(comparison)
}

/// Also on equality: insta then removes a pending file that has become needless.
fn assert_with_insta(path: &Utf8Path, text: &str) -> Result<(), SnapshotError> {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(path.parent().unwrap_or(Utf8Path::new("")));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let name = path.file_stem().unwrap_or_default().to_owned();
    let panic = quietly(|| settings.bind(|| insta::assert_snapshot!(name, text)));
    let pending = pending(path);
    if let Some(problem) = panic.filter(|message| !message.starts_with("snapshot assertion")) {
        // What it may have written is not whole, and it says so by panicking with the error's debug text.
        let _ = std::fs::remove_file(&pending);
        let told = problem.split_once("message: \"").and_then(|(_, rest)| rest.split('"').next()).unwrap_or(&problem);
        return Err(SnapshotError::Write { path: pending, problem: told.to_owned() });
    }
    if !pending.exists() {
        return Ok(());
    }
    // insta writes in place; a full disk must not leave half a snapshot for somebody to accept.
    let whole = read(&pending).is_ok_and(|written| written == normal(text));
    if !whole {
        let _ = std::fs::remove_file(&pending);
        let problem = "what was written is not the whole text; is the disk full?".to_owned();
        return Err(SnapshotError::Write { path: pending, problem });
    }
    Ok(())
}

/// Makes a pending file the reviewed one: whole or not at all.
pub fn accept(pending: &Utf8Path) -> Result<(), SnapshotError> {
    let reviewed = Utf8PathBuf::from(pending.as_str().trim_end_matches(".new"));
    let failed = |problem: String| SnapshotError::Write { path: reviewed.clone(), problem };
    if read(pending)?.is_empty() {
        return Err(SnapshotError::Read { path: pending.to_owned(), problem: "it is empty; run again".to_owned() });
    }
    let snapshot = Snapshot::from_file(pending.as_std_path()).map_err(|error| failed(error.to_string()))?;
    let staged = Utf8PathBuf::from(format!("{reviewed}.accepted"));
    let moved = snapshot
        .save(staged.as_std_path())
        .map_err(|error| error.to_string())
        .and_then(|()| std::fs::rename(&staged, &reviewed).map_err(|error| error.to_string()));
    if let Err(problem) = moved {
        let _ = std::fs::remove_file(&staged);
        return Err(failed(problem));
    }
    std::fs::remove_file(pending).map_err(|error| failed(error.to_string()))
}

/// Where insta puts the pending file of a snapshot.
pub fn pending(path: &Utf8Path) -> Utf8PathBuf {
    Utf8PathBuf::from(format!("{path}.new"))
}

/// insta reports a difference by panicking, and the default hook would print it; the verdict says it better.
///
/// Gives the message of the panic.
fn quietly(assertion: impl FnOnce()) -> Option<String> {
    thread_local! {
        static QUIET: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
    }
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = take_hook();
        set_hook(Box::new(move |information| {
            if !QUIET.get() {
                previous(information);
            }
        }));
    });
    QUIET.set(true);
    let panic = catch_unwind(AssertUnwindSafe(assertion)).err();
    QUIET.set(false);
    let message = |panic: Box<dyn Any + Send>| match panic.downcast::<String>() {
        Ok(message) => *message,
        Err(panic) => panic.downcast::<&str>().map(|message| (*message).to_owned()).unwrap_or_default(),
    };
    panic.map(message)
}
