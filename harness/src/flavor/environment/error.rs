//! What can go wrong with an environment, and what a person does about it.

use std::io;

use camino::Utf8PathBuf;

/// A runtime that is not on this machine. Cells that need it are skipped with this, or fail where it is required.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct MissingRuntime {
    /// What was looked for and what was found instead.
    pub reason: String,
    /// What to do to get it.
    pub how: String,
}

/// Why there is no environment. The message says what, [`EnvironmentError::help`] what to do next.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    /// The lock file of the flavor cannot be read.
    #[error("cannot read the lock file {path}: {source}")]
    Lock {
        /// The requirements file.
        path: Utf8PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The folder for environments cannot be used.
    #[error("cannot {action} {path}: {source}")]
    Cache {
        /// What was tried, as a verb: "create", "lock", "remove".
        action: &'static str,
        /// The file or folder.
        path: Utf8PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A program could not be started at all.
    #[error("cannot start {program}: {source}")]
    Start {
        /// The program as it was called.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// A program ran and failed. Credentials are taken out of its words.
    #[error("cannot {action}: {program} failed\n{tail}")]
    Failed {
        /// What it was to do, as a verb phrase: "install the packages of py-none".
        action: String,
        /// The program's name.
        program: &'static str,
        /// The last lines of its standard error, redacted.
        tail: String,
    },
    /// The environment was made and is not what was asked for.
    #[error("the new environment {name} does not work: {reason}")]
    Unusable {
        /// Which environment.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// `AZMATRIX_UV` names something that is not a usable uv.
    #[error("AZMATRIX_UV names {program}: {reason}")]
    NamedUv {
        /// What the variable says.
        program: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl EnvironmentError {
    /// The next step for a person who sees this error.
    pub fn help(&self) -> String {
        match self {
            Self::Lock { .. } => "restore the file from version control".to_owned(),
            Self::Cache { source, path, .. } => io_help(source.kind(), path),
            Self::Start { program, .. } => format!("check that {program} can be run from here"),
            Self::Failed { tail, program, .. } => failure_help(tail, program).to_owned(),
            Self::Unusable { .. } => {
                "run again; if it stays, install another Python and name it with AZMATRIX_PYTHON".to_owned()
            }
            Self::NamedUv { .. } => "unset AZMATRIX_UV, or name uv 0.5 or newer with it".to_owned(),
        }
    }
}

fn io_help(kind: io::ErrorKind, path: &Utf8PathBuf) -> String {
    match kind {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            format!("the disk is full: make room for {path}, or move the target folder with CARGO_TARGET_DIR")
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            format!("make {path} writable, or move the target folder with CARGO_TARGET_DIR")
        }
        _ => format!("look at {path}, then run again"),
    }
}

/// What uv and pip say, and what helps. The first line that matches wins, so the more special ones come first.
const FAILURES: &[(&[&str], &str)] = &[
    (
        &["No space left on device", "os error 28", "Disk quota exceeded", "Errno 28"],
        "the disk is full: make room, or move the target folder with CARGO_TARGET_DIR",
    ),
    (
        &["ensurepip is not", "No module named venv", "No module named pip"],
        "install the venv package of your Python (on Debian and Ubuntu: apt install python3-venv), or put uv on PATH",
    ),
    (
        &["Hash mismatch", "DO NOT MATCH THE HASHES"],
        "the package index serves other files than the lock names: use another index",
    ),
    (
        &["401 Unauthorized", "403 Forbidden", "status code 401", "status code 403", "(401", "(403"],
        "the package index refused: check the credentials in your uv or pip settings",
    ),
    (
        &["invalid peer certificate", "CERTIFICATE_VERIFY_FAILED", "UnknownIssuer"],
        "the certificate of the package index is not trusted: name your CA file with SSL_CERT_FILE or PIP_CERT",
    ),
    (
        &[
            "dns error",
            "failed to lookup address",
            "Failed to fetch",
            "error sending request",
            "Connection refused",
            "Network is unreachable",
            "Could not connect",
            "operation timed out",
            "the network was disabled",
            "Network connectivity is disabled",
            "Could not fetch URL",
            "NewConnectionError",
        ],
        "the package index was not reached: check the network, or your own index and proxy settings (UV_DEFAULT_INDEX, PIP_INDEX_URL, HTTPS_PROXY)",
    ),
    (
        &["no wheels", "No matching distribution", "not found in the package registry", "no version of"],
        "the package index has no wheel for this Python and platform: use another Python (AZMATRIX_PYTHON) or index",
    ),
];

fn failure_help(tail: &str, program: &str) -> &'static str {
    for (signs, help) in FAILURES {
        if signs.iter().any(|sign| tail.contains(sign)) {
            return help;
        }
    }
    if program == "uv" { "read what uv says above, then run again" } else { "put uv on PATH, then run again" }
}

#[cfg(test)]
mod tests {
    use super::EnvironmentError;

    fn check(tail: &str, expected: &str) {
        let error = EnvironmentError::Failed { action: "install".to_owned(), program: "uv", tail: tail.to_owned() };
        assert!(error.help().contains(expected), "{:?} for {tail:?}", error.help());
    }

    #[test]
    fn a_failed_installation_says_what_to_do() {
        check("error: Failed to fetch: x\n  Caused by: dns error", "was not reached");
        check("error: failed to write\n  No space left on device (os error 28)", "disk is full");
        check("error: Hash mismatch for `openai==3.51.0`", "another index");
        check("HTTP status client error (403 Forbidden)", "credentials");
        check("something new", "read what uv says");
    }
}
