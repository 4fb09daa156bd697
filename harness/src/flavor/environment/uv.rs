//! uv, which makes the environments: the user's own, or one installed for us alone.

use std::ffi::OsString;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};

use super::error::EnvironmentError;
use super::once::{self, Progress};
use super::process;
use super::python::{Python, interpreter};

/// The first uv with everything that is used here.
const MINIMUM: (u32, u32) = (0, 5);

/// A uv that works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uv {
    /// What is run.
    pub program: Utf8PathBuf,
    /// As `uv --version` says it: `0.13.8`.
    pub version: String,
    /// Where it came from.
    pub origin: UvOrigin,
}

/// Where uv came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UvOrigin {
    /// `AZMATRIX_UV`.
    Named,
    /// `PATH`.
    Path,
    /// Installed by azmatrix, beside the environments.
    Private,
}

impl Uv {
    /// A command that inherits the user's settings, without an activated environment that is none of ours.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.env_remove("VIRTUAL_ENV").env_remove("CONDA_PREFIX").env("UV_NO_PROGRESS", "1");
        command
    }
}

/// uv as `AZMATRIX_UV` names it, or from `PATH`, or the private one under `cache`. Nothing is installed.
pub(crate) fn find_uv(cache: &Utf8Path, python: &Python) -> Result<Option<Uv>, EnvironmentError> {
    if let Some(named) = std::env::var_os("AZMATRIX_UV").filter(|name| !name.is_empty()) {
        return named_uv(&named).map(Some);
    }
    let private = private_directory(cache, python);
    let private = || once::is_complete(&private).then(|| probe(&binary(&private), UvOrigin::Private));
    Ok(probe(Utf8Path::new("uv"), UvOrigin::Path).ok().or_else(|| private()?.ok()))
}

/// As [`find_uv`]; when there is none, it is installed with pip into a folder of its own under `cache`.
pub fn find_or_install_uv(
    cache: &Utf8Path,
    python: &Python,
    progress: &dyn Fn(Progress),
) -> Result<Uv, EnvironmentError> {
    if let Some(uv) = find_uv(cache, python)? {
        return Ok(uv);
    }
    let directory = private_directory(cache, python);
    let usable = |directory: &Utf8Path| probe(&binary(directory), UvOrigin::Private).is_ok();
    once::make_once("uv", &directory, progress, &usable, &|unfinished| {
        progress(Progress::InstallingUv);
        install(python, unfinished)
    })?;
    probe(&binary(&directory), UvOrigin::Private)
        .map_err(|reason| EnvironmentError::Unusable { name: "uv".to_owned(), reason })
}

fn private_directory(cache: &Utf8Path, python: &Python) -> Utf8PathBuf {
    cache.join(format!("uv-{}-{}", python.version.feature(), python.platform))
}

fn named_uv(named: &OsString) -> Result<Uv, EnvironmentError> {
    let program = named.to_string_lossy().into_owned();
    probe(Utf8Path::new(&program), UvOrigin::Named).map_err(|reason| EnvironmentError::NamedUv { program, reason })
}

fn probe(program: &Utf8Path, origin: UvOrigin) -> Result<Uv, String> {
    let answer = process::output(Command::new(program).arg("--version")).map_err(|error| error.to_string())?;
    let answer = String::from_utf8_lossy(&answer.stdout).into_owned();
    let version = parse_version(&answer).ok_or_else(|| "it does not answer --version as uv does".to_owned())?;
    if (version.0, version.1) < MINIMUM {
        return Err(format!(
            "uv {}.{} is too old, {}.{} is the oldest that will do",
            version.0, version.1, MINIMUM.0, MINIMUM.1
        ));
    }
    Ok(Uv { program: program.to_owned(), version: version.2, origin })
}

/// `uv 0.13.8 (…)`.
fn parse_version(answer: &str) -> Option<(u32, u32, String)> {
    let version = answer.strip_prefix("uv ")?.split_whitespace().next()?;
    let mut parts = version.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, version.to_owned()))
}

fn binary(directory: &Utf8Path) -> Utf8PathBuf {
    interpreter(directory).with_file_name(if cfg!(windows) { "uv.exe" } else { "uv" })
}

fn install(python: &Python, directory: &Utf8Path) -> Result<(), EnvironmentError> {
    let wanted = format!("uv>={}.{}", MINIMUM.0, MINIMUM.1);
    let install = ["install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:", &wanted];
    let action = "install uv";
    let venv = |arguments: &[&str]| {
        process::run(Command::new(&python.path).args(["-m", "venv"]).args(arguments).arg(directory), "python", action)
    };
    let Err(no_pip) = venv(&[]) else {
        process::run(Command::new(interpreter(directory)).args(["-m", "pip"]).args(install), "pip", action)?;
        return Ok(());
    };
    // Some systems ship Python without what puts pip into an environment; the pip beside it can do the same.
    venv(&["--without-pip", "--clear"])?;
    let mut pip = Command::new(&python.path);
    pip.args(["-m", "pip", "--python"]).arg(interpreter(directory)).args(install);
    process::run(&mut pip, "pip", action).map_err(|_| no_pip)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{UvOrigin, parse_version, probe};
    use camino::Utf8Path;

    #[test]
    fn the_version_is_read_from_the_answer() {
        let parsed = parse_version("uv 0.13.8 (x86_64-unknown-linux-gnu)\n");
        assert_eq!(parsed, Some((0, 13, "0.13.8".to_owned())));
        assert_eq!(parse_version("Python 3.11.7"), None);
    }

    #[test]
    fn a_program_that_is_not_there_is_not_uv() {
        let reason = probe(Utf8Path::new("/no/such/uv"), UvOrigin::Named).expect_err("no such program");
        assert!(reason.contains("/no/such/uv"), "{reason}");
    }
}
