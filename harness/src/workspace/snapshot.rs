//! Snapshot files in insta's format. The only file that knows it.
//!
//! `cargo insta review` and `azmatrix accept` see the same pending files, and `INSTA_UPDATE` and `CI` say the same of them
//! as in every project with insta. What insta has in public reads a snapshot and writes one that it has read; its
//! assertion, which would write a new one, panics to report a difference, and puts the path of a source file into the
//! header. So the few bytes of a new file are written here and read back by insta; `snapshots/check.rs` holds them, and
//! when which file is written, against the assertion of the locked version. The difference that people read is our own.

use std::env;
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use insta::Snapshot;

/// What insta writes above the text of a snapshot of which it knows nothing else.
const HEADER: &str = "---\n{}\n---\n";

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
    /// The file is not whole.
    #[error("`{path}` could not be written: {problem}")]
    Write {
        /// The file.
        path: Utf8PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A setting of insta has no meaning.
    #[error("INSTA_UPDATE is `{0}`, and must be one of auto, always, new, unseen, no and force")]
    Setting(String),
}

/// Where a text goes that is not the reviewed one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Update {
    /// Into the pending file, for review.
    Pending,
    /// Into the reviewed file.
    InPlace,
    /// Nowhere.
    Nothing,
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
        match update(&comparison)? {
            Update::Pending => write(&pending(path), text)?,
            Update::InPlace => replace(path, text)?,
            Update::Nothing => {}
        }
        if comparison == SnapshotComparison::Same {
            // A pending file has become needless; mostly there is none.
            let _ = fs::remove_file(pending(path));
        }
    }
    Ok(comparison)
}

/// What insta's settings say.
fn update(comparison: &SnapshotComparison) -> Result<Update, SnapshotError> {
    let setting = env::var("INSTA_UPDATE").unwrap_or_default();
    let update = match setting.as_str() {
        "" | "auto" if is_ci() => Update::Nothing,
        // insta's word for the opposite of what it says.
        "unseen" if *comparison == SnapshotComparison::New => Update::InPlace,
        "" | "auto" | "new" | "unseen" => Update::Pending,
        "always" | "1" => Update::InPlace,
        "force" => return Ok(Update::InPlace),
        "no" => Update::Nothing,
        _ => return Err(SnapshotError::Setting(setting)),
    };
    Ok(if *comparison == SnapshotComparison::Same { Update::Nothing } else { update })
}

fn is_ci() -> bool {
    match env::var("CI") {
        Ok(value) => !matches!(value.as_str(), "" | "0" | "false"),
        Err(env::VarError::NotPresent) => env::var("TF_BUILD").is_ok(),
        Err(env::VarError::NotUnicode(_)) => true,
    }
}

/// Writes a snapshot. A full disk must not leave half of one for somebody to accept.
fn write(path: &Utf8Path, text: &str) -> Result<(), SnapshotError> {
    let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
    let written = folder.and_then(|()| fs::write(path, format!("{HEADER}{}\n", text.trim_end())));
    let problem = match written {
        Ok(()) if read(path).is_ok_and(|written| written == normal(text)) => return Ok(()),
        Ok(()) => "what was written is not the whole text; is the disk full?".to_owned(),
        Err(error) => error.to_string(),
    };
    let _ = fs::remove_file(path);
    Err(SnapshotError::Write { path: path.to_owned(), problem })
}

/// Writes a reviewed snapshot: whole or not at all.
fn replace(reviewed: &Utf8Path, text: &str) -> Result<(), SnapshotError> {
    let failed = |problem: String| SnapshotError::Write { path: reviewed.to_owned(), problem };
    let staged = Utf8PathBuf::from(format!("{reviewed}.accepted"));
    write(&staged, text).map_err(|error| match error {
        SnapshotError::Write { problem, .. } => failed(problem),
        other => other,
    })?;
    fs::rename(&staged, reviewed).map_err(|error| {
        let _ = fs::remove_file(&staged);
        failed(error.to_string())
    })
}

/// Makes a pending file the reviewed one: whole or not at all.
pub fn accept(pending: &Utf8Path) -> Result<(), SnapshotError> {
    let reviewed = Utf8PathBuf::from(pending.as_str().trim_end_matches(".new"));
    let text = read(pending)?;
    if text.is_empty() {
        return Err(SnapshotError::Read { path: pending.to_owned(), problem: "it is empty; run again".to_owned() });
    }
    replace(&reviewed, &text)?;
    fs::remove_file(pending)
        .map_err(|error| SnapshotError::Write { path: reviewed.clone(), problem: error.to_string() })
}

/// Where insta puts the pending file of a snapshot.
pub fn pending(path: &Utf8Path) -> Utf8PathBuf {
    Utf8PathBuf::from(format!("{path}.new"))
}
