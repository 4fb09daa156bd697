//! One environment per lock file, Python version and platform.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest as _, Sha256};

use super::error::EnvironmentError;
use super::index;
use super::once::{self, Made, Progress};
use super::process;
use super::python::{Python, interpreter};
use super::uv::Uv;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentRequest {
    /// Names the directory and the messages: the flavor, or flavor and variant where a variant has its own lock.
    pub name: String,
    /// A requirements file with a hash for every package.
    pub lock: Utf8PathBuf,
    /// The folder of all environments.
    pub cache: Utf8PathBuf,
}

/// An environment that is ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// The interpreter to start workers with.
    pub python: Utf8PathBuf,
    /// The environment's own directory.
    pub directory: Utf8PathBuf,
    /// Whether it was there already.
    pub made: Made,
}

/// The environment of `request` if it is ready. Starts no process, so that uv is only looked for when one is missing.
pub fn find(request: &EnvironmentRequest, python: &Python) -> Result<Option<Environment>, EnvironmentError> {
    let directory = directory(request, &read_lock(request)?, python);
    let ready = once::is_complete(&directory) && has_python(&directory);
    Ok(ready.then(|| Environment { python: interpreter(&directory), directory, made: Made::Found }))
}

/// Find the environment of `request`, or make it.
pub fn ensure(
    request: &EnvironmentRequest,
    python: &Python,
    uv: &Uv,
    progress: &dyn Fn(Progress),
) -> Result<Environment, EnvironmentError> {
    let lock = read_lock(request)?;
    let directory = directory(request, &lock, python);
    let made = once::make_once(&request.name, &directory, progress, &has_python, &|unfinished| {
        build(request, &lock, python, uv, progress, unfinished)
    })?;
    Ok(Environment { python: interpreter(&directory), directory, made })
}

pub(super) fn read_lock(request: &EnvironmentRequest) -> Result<String, EnvironmentError> {
    fs::read_to_string(&request.lock).map_err(|source| EnvironmentError::Lock { path: request.lock.clone(), source })
}

/// Where the environment of this lock belongs: any change of lock, Python or platform is another place.
pub(super) fn directory(request: &EnvironmentRequest, lock: &str, python: &Python) -> Utf8PathBuf {
    let mut digest = Sha256::new();
    for part in [lock, &python.version.feature(), &python.platform] {
        digest.update(part.as_bytes());
        digest.update([0]);
    }
    let key = digest.finalize().iter().take(KEY_BYTES).fold(String::new(), |mut key, byte| {
        write!(key, "{byte:02x}").expect("writing to a string cannot fail");
        key
    });
    request.cache.join(format!("{}-{key}", request.name))
}

/// Bytes of the digest in a directory name: enough to be unique, short enough for path limits.
pub(super) const KEY_BYTES: usize = 8;

/// The interpreter is a link to the machine's Python, which may have been removed since.
pub(super) fn has_python(directory: &Utf8Path) -> bool {
    interpreter(directory).exists()
}

fn build(
    request: &EnvironmentRequest,
    lock: &str,
    python: &Python,
    uv: &Uv,
    progress: &dyn Fn(Progress),
    unfinished: &Utf8Path,
) -> Result<(), EnvironmentError> {
    let name = request.name.clone();
    progress(Progress::Creating { name: name.clone() });
    let mut create = uv.command();
    // Relocatable, because it is renamed when it is complete.
    create.args(["venv", "--quiet", "--relocatable", "--no-python-downloads", "--python"]);
    process::run(create.arg(&python.path).arg(unfinished), "uv", &format!("make an environment for {name}"))?;

    progress(Progress::Installing { name: name.clone(), packages: packages(lock) });
    let mut install = uv.command();
    // The lock is the whole answer. To resolve it once more would refuse what a flavor overrides on purpose.
    install.args(["pip", "install", "--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:"]);
    install.arg("--compile-bytecode");
    install.arg("--python").arg(interpreter(unfinished)).arg("--requirements").arg(&request.lock);
    install.envs(index::settings(python));
    process::run(&mut install, "uv", &format!("install the packages of {name}"))?;
    validate(&name, python, &interpreter(unfinished))
}

fn validate(name: &str, python: &Python, interpreter: &Utf8Path) -> Result<(), EnvironmentError> {
    let unusable = |reason: String| EnvironmentError::Unusable { name: name.to_owned(), reason };
    let question = "import sys; print('%d.%d' % sys.version_info[:2])";
    let answer = process::run(Command::new(interpreter).args(["-I", "-c", question]), "python", "try the environment")
        .map_err(|error| unusable(error.to_string()))?;
    if answer.trim() != python.version.feature() {
        return Err(unusable(format!("it has Python {}, not {}", answer.trim(), python.version.feature())));
    }
    Ok(())
}

/// How many packages a lock names.
fn packages(lock: &str) -> usize {
    lock.lines().filter(|line| !line.starts_with([' ', '#']) && line.contains("==")).count()
}

#[cfg(all(test, unix))]
#[path = "ensure_tests.rs"]
mod tests;
