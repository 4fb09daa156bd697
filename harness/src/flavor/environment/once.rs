//! Making a directory exactly once: whoever looks sees the whole of it or nothing.
//!
//! It is built under another name beside its place, marked as complete, and renamed. A file lock lets a second process
//! wait for the first; the system drops that lock when its holder dies, and what the dead one left is removed by the
//! next.

use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};

use super::error::EnvironmentError;

/// Written last. A directory without it was never finished.
const MARKER: &str = "azmatrix-complete";

/// Whether an environment was there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// It was there, or another process made it meanwhile.
    Found,
    /// It was made now.
    Created {
        /// How long that took.
        elapsed: Duration,
    },
}

/// What is going on, for a progress display. Only said when something takes time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Another process makes the same thing, and this one waits for it.
    Waiting {
        /// Name of the environment.
        name: String,
    },
    /// uv is not on this machine and is installed into a folder of its own.
    InstallingUv,
    /// An empty environment is being made.
    Creating {
        /// Name of the environment.
        name: String,
    },
    /// Packages are being downloaded and installed.
    Installing {
        /// Name of the environment.
        name: String,
        /// How many packages its lock names.
        packages: usize,
    },
    /// It is ready, and was not there before.
    Ready {
        /// Name of the environment.
        name: String,
        /// How long it took.
        elapsed: Duration,
    },
}

impl fmt::Display for Progress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waiting { name } => write!(formatter, "environment {name}: another process makes it; waiting"),
            Self::InstallingUv => formatter.write_str("uv: installing it into a folder of its own"),
            Self::Creating { name } => write!(formatter, "environment {name}: making it"),
            Self::Installing { name, packages } => {
                write!(formatter, "environment {name}: installing {packages} packages")
            }
            Self::Ready { name, elapsed } => {
                write!(formatter, "environment {name}: ready after {:.1} s", elapsed.as_secs_f64())
            }
        }
    }
}

/// Whether `directory` was finished.
pub(super) fn is_complete(directory: &Utf8Path) -> bool {
    directory.join(MARKER).is_file()
}

/// Make `directory` with `build`, which gets the path to build it at, unless it is there and `usable`.
pub(super) fn make_once(
    name: &str,
    directory: &Utf8Path,
    progress: &dyn Fn(Progress),
    usable: &dyn Fn(&Utf8Path) -> bool,
    build: &dyn Fn(&Utf8Path) -> Result<(), EnvironmentError>,
) -> Result<Made, EnvironmentError> {
    let ready = || is_complete(directory) && usable(directory);
    if ready() {
        return Ok(Made::Found);
    }
    let started = Instant::now();
    if let Some(parent) = directory.parent() {
        fs::create_dir_all(parent).map_err(|source| cache_error("create", parent, source))?;
    }
    let _lock = lock(&sibling(directory, "lock"), || {
        progress(Progress::Waiting { name: name.to_owned() });
    })?;
    if ready() {
        return Ok(Made::Found);
    }
    remove_leftovers(directory)?;
    let unfinished = Unfinished(sibling(directory, &format!("making-{}", std::process::id())));
    build(&unfinished.0)?;
    finish(&unfinished.0, directory)?;
    let elapsed = started.elapsed();
    progress(Progress::Ready { name: name.to_owned(), elapsed });
    Ok(Made::Created { elapsed })
}

/// A directory that is removed when it is dropped before it was renamed.
struct Unfinished(Utf8PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After the rename there is nothing here. When removing fails, the next one who makes it tries again.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn finish(unfinished: &Utf8Path, directory: &Utf8Path) -> Result<(), EnvironmentError> {
    let marker = unfinished.join(MARKER);
    let write = || -> io::Result<()> {
        let mut file = File::create(&marker)?;
        file.write_all(b"made by azmatrix; remove the whole directory to have it made again\n")?;
        file.sync_all()
    };
    write().map_err(|source| cache_error("write", &marker, source))?;
    fs::rename(unfinished, directory).map_err(|source| cache_error("move into place", directory, source))
}

fn lock(path: &Utf8Path, waiting: impl Fn()) -> Result<Option<File>, EnvironmentError> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(|source| cache_error("create", path, source))?;
    let locked = match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => {
            waiting();
            file.lock()
        }
        Err(TryLockError::Error(error)) => Err(error),
    };
    match locked {
        Ok(()) => Ok(Some(file)),
        // A file system without locks: the rename still keeps half a directory from being seen.
        Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(None),
        Err(source) => Err(cache_error("lock", path, source)),
    }
}

/// Remove what a killed process left. Called with the lock held, so nobody is at work on it.
fn remove_leftovers(directory: &Utf8Path) -> Result<(), EnvironmentError> {
    remove(directory)?;
    let (Some(parent), Some(name)) = (directory.parent(), directory.file_name()) else {
        return Ok(());
    };
    let prefix = format!("{name}.making-");
    let entries = parent.read_dir_utf8().map_err(|source| cache_error("read", parent, source))?;
    for entry in entries.flatten() {
        if entry.file_name().starts_with(&prefix) {
            // An orphaned uv may still be writing there. The new one has another name, so this can wait.
            let _ = remove(entry.path());
        }
    }
    Ok(())
}

fn remove(directory: &Utf8Path) -> Result<(), EnvironmentError> {
    match fs::remove_dir_all(directory) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(cache_error("remove", directory, source)),
        _ => Ok(()),
    }
}

fn sibling(directory: &Utf8Path, suffix: &str) -> Utf8PathBuf {
    Utf8PathBuf::from(format!("{directory}.{suffix}"))
}

fn cache_error(action: &'static str, path: &Utf8Path, source: io::Error) -> EnvironmentError {
    EnvironmentError::Cache { action, path: path.to_owned(), source }
}
