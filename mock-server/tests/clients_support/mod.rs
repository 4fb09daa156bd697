//! What the tests of the clients share: environments from locks, and a cloud that the clients may script.

mod scene;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

pub(crate) use scene::Scene;

/// Whether the clients are to be tested now.
pub(crate) fn wanted() -> bool {
    ["CI", "AZURE_OPENAI_MOCK_CLIENTS"].iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// Where environments are built.
pub(crate) fn directory() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients")
}

/// A file beside the tests.
pub(crate) fn program(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(name)
}

/// A copy of a directory beside the tests, for tools that write into theirs.
pub(crate) fn copied(name: &str) -> PathBuf {
    let target = directory().join(name);
    std::fs::create_dir_all(&target).expect("a directory");
    for entry in std::fs::read_dir(program(name)).expect("a directory") {
        let entry = entry.expect("an entry");
        if entry.file_type().expect("a type").is_file() {
            std::fs::copy(entry.path(), target.join(entry.file_name())).expect("copied");
        }
    }
    target
}

/// Runs a program and fails with what it said when it fails.
pub(crate) fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}\n{said}", output.status);
}

/// A virtual environment with exactly what a lock says, built once.
pub(crate) fn python_environment(lock: &str) -> PathBuf {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let environment = directory().join(lock.trim_end_matches(".txt"));
    let text = std::fs::read(program(lock)).expect("the lock");
    let built = environment.join("built-from");
    if std::fs::read(&built).is_ok_and(|known| known == text) {
        return environment;
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment));
    let pip = environment.join("bin/pip");
    run(Command::new(pip).args(["install", "--quiet", "--no-deps", "--require-hashes", "-r"]).arg(program(lock)));
    std::fs::write(built, text).expect("written");
    environment
}
