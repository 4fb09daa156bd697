//! What is there, without making anything.

use camino::{Utf8Path, Utf8PathBuf};

use super::ensure::{Environment, EnvironmentRequest, KEY_BYTES, find};
use super::error::EnvironmentError;
use super::python::Python;

/// The state of one environment on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EnvironmentState {
    /// Complete, and made from the lock as it is now.
    Ready {
        /// Where it is.
        directory: Utf8PathBuf,
        /// What its files take, in bytes.
        size: u64,
    },
    /// Nothing is there: the first run makes it.
    Missing,
    /// Only environments of an earlier lock or another Python, or unfinished ones: the first run makes a new one.
    Stale {
        /// Where they are. They can be removed.
        directories: Vec<Utf8PathBuf>,
        /// What their files take, in bytes.
        size: u64,
    },
}

/// Look at the environment of `request` for `python`. Starts no process.
pub(crate) fn inspect(request: &EnvironmentRequest, python: &Python) -> Result<EnvironmentState, EnvironmentError> {
    if let Some(Environment { directory, .. }) = find(request, python)? {
        let size = size(&directory);
        return Ok(EnvironmentState::Ready { directory, size });
    }
    let directories = earlier(request);
    if directories.is_empty() {
        return Ok(EnvironmentState::Missing);
    }
    let size = directories.iter().map(|directory| size(directory)).sum();
    Ok(EnvironmentState::Stale { directories, size })
}

/// Every directory of this name, whatever its key, sorted.
fn earlier(request: &EnvironmentRequest) -> Vec<Utf8PathBuf> {
    let Ok(entries) = request.cache.read_dir_utf8() else {
        return Vec::new();
    };
    let mut found: Vec<Utf8PathBuf> = entries
        .flatten()
        .filter(|entry| is_of(entry.file_name(), &request.name) && entry.path().is_dir())
        .map(|entry| entry.path().to_owned())
        .collect();
    found.sort();
    found
}

fn is_of(file_name: &str, name: &str) -> bool {
    let key = file_name.strip_prefix(name).and_then(|rest| rest.strip_prefix('-')).unwrap_or_default();
    let key = key.split('.').next().unwrap_or_default();
    key.len() == 2 * KEY_BYTES && key.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn size(directory: &Utf8Path) -> u64 {
    let Ok(entries) = directory.read_dir_utf8() else {
        return 0;
    };
    let of = |entry: camino::Utf8DirEntry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => size(entry.path()),
        Ok(kind) if kind.is_file() => entry.metadata().map_or(0, |metadata| metadata.len()),
        _ => 0,
    };
    entries.flatten().map(of).sum()
}
