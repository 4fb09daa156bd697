//! Running a program to its end, with its last words kept for the error.

use std::process::{Command, Output, Stdio};

use super::error::EnvironmentError;
use super::redact::redact;

/// More than this of a resolver's error is noise.
const TAIL_LINES: usize = 15;

/// Run `command` and give its standard output. The parent's environment is inherited, so that the user's proxy,
/// certificate and index settings hold for pip and uv.
pub(super) fn run(command: &mut Command, program: &'static str, action: &str) -> Result<String, EnvironmentError> {
    let output = output(command)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(EnvironmentError::Failed { action: action.to_owned(), program, tail: tail(&output) })
}

/// Run `command` to its end, whatever its status.
pub(super) fn output(command: &mut Command) -> Result<Output, EnvironmentError> {
    command.stdin(Stdio::null()).output().map_err(|source| EnvironmentError::Start {
        program: command.get_program().to_string_lossy().into_owned(),
        source,
    })
}

fn tail(output: &Output) -> String {
    let words = if output.stderr.is_empty() { &output.stdout } else { &output.stderr };
    let words = redact(&String::from_utf8_lossy(words));
    let lines: Vec<&str> = words.lines().filter(|line| !line.trim().is_empty()).collect();
    let shown = &lines[lines.len().saturating_sub(TAIL_LINES)..];
    if shown.is_empty() { format!("it said nothing, and ended with {}", output.status) } else { shown.join("\n") }
}
