//! Which Python of this machine makes the environments.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};

use super::error::MissingRuntime;
use super::process;

/// The oldest Python that the worker runs on.
pub(crate) const MINIMUM_PYTHON: PythonVersion = PythonVersion { major: 3, minor: 11, patch: 0 };

/// Looked for on `PATH`, in this order: what the user calls Python first, then versions that may stand beside an older one.
const CANDIDATES: &[&str] = &["python3", "python", "python3.14", "python3.13", "python3.12", "python3.11"];

/// Works on every Python, also one that is too old, because its answer is wanted in the message.
const QUESTION: &str = "import sys, sysconfig; print('%d.%d.%d' % sys.version_info[:3]); \
                        print(sysconfig.get_platform()); print(sys.executable)";

/// The interpreter inside an environment.
pub(super) fn interpreter(directory: &Utf8Path) -> Utf8PathBuf {
    if cfg!(windows) { directory.join("Scripts").join("python.exe") } else { directory.join("bin").join("python") }
}

/// A version as `sys.version_info` gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PythonVersion {
    /// 3 in 3.11.7.
    pub major: u16,
    /// 11 in 3.11.7.
    pub minor: u16,
    /// 7 in 3.11.7.
    pub patch: u16,
}

impl PythonVersion {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().split('.').map(|part| part.parse().ok());
        let mut next = || parts.next().flatten();
        Some(Self { major: next()?, minor: next()?, patch: next()? })
    }

    /// `3.11`: what decides whether a wheel fits.
    pub fn feature(self) -> String {
        format!("{}.{}", self.major, self.minor)
    }
}

impl fmt::Display for PythonVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// A Python that can make environments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Python {
    /// `sys.executable`.
    pub path: Utf8PathBuf,
    /// Its version, at least [`MINIMUM_PYTHON`].
    pub version: PythonVersion,
    /// `sysconfig.get_platform()`: wheels of one platform do not run on another.
    pub platform: String,
}

/// The Python named by `AZMATRIX_PYTHON`, otherwise the first one on `PATH` that is new enough.
pub fn find_python() -> Result<Python, MissingRuntime> {
    find(std::env::var_os("AZMATRIX_PYTHON").filter(|name| !name.is_empty()), CANDIDATES)
}

fn find(named: Option<OsString>, candidates: &[&str]) -> Result<Python, MissingRuntime> {
    if let Some(name) = named {
        let shown = name.to_string_lossy().into_owned();
        return match ask(&name) {
            Some(python) if python.version >= MINIMUM_PYTHON => Ok(python),
            Some(python) => Err(missing(format!("AZMATRIX_PYTHON names {shown}, which is Python {}", python.version))),
            None => Err(missing(format!("AZMATRIX_PYTHON names {shown}, which is no Python that runs"))),
        };
    }
    let mut too_old = None;
    for candidate in candidates {
        match ask(OsStr::new(candidate)) {
            Some(python) if python.version >= MINIMUM_PYTHON => return Ok(python),
            Some(python) => too_old = too_old.or(Some(python)),
            None => {}
        }
    }
    Err(missing(match too_old {
        Some(python) => {
            format!("Python {} is too old, {} is the oldest that will do", python.version, MINIMUM_PYTHON.feature())
        }
        None => "there is no Python on PATH".to_owned(),
    }))
}

fn missing(reason: String) -> MissingRuntime {
    let command = if cfg!(target_os = "macos") {
        "brew install python"
    } else if cfg!(windows) {
        "winget install Python.Python.3.13"
    } else {
        "for example: apt install python3 python3-venv"
    };
    let how =
        format!("install Python {} or newer ({command}), or name one with AZMATRIX_PYTHON", MINIMUM_PYTHON.feature());
    MissingRuntime { reason, how }
}

fn ask(program: &OsStr) -> Option<Python> {
    let answer = process::output(Command::new(program).args(["-I", "-c", QUESTION])).ok()?;
    if !answer.status.success() {
        return None;
    }
    let answer = String::from_utf8(answer.stdout).ok()?;
    let mut lines = answer.lines();
    let version = PythonVersion::parse(lines.next()?)?;
    let platform = lines.next()?.to_owned();
    Some(Python { path: Utf8PathBuf::from(lines.next()?), version, platform })
}

#[cfg(test)]
mod tests {
    use super::{PythonVersion, find};

    #[test]
    fn a_version_is_read_and_compared_by_number() {
        let version = |text| PythonVersion::parse(text).expect("a version");
        assert!(version("3.11.0") > version("3.9.20"));
        assert_eq!(version("3.12.1\n").feature(), "3.12");
        assert_eq!(PythonVersion::parse("3.x.1"), None);
    }

    #[test]
    fn a_machine_without_python_is_told_how_to_get_it() {
        let missing = find(None, &["azmatrix-no-such-python"]).expect_err("no such program");
        assert_eq!(missing.reason, "there is no Python on PATH");
        assert!(missing.how.contains("AZMATRIX_PYTHON"), "{}", missing.how);
    }

    #[test]
    fn a_python_that_was_named_is_never_replaced_by_another() {
        let missing = find(Some("/no/such/python".into()), &["python3"]).expect_err("no such program");
        assert!(missing.reason.contains("/no/such/python"), "{}", missing.reason);
    }
}
