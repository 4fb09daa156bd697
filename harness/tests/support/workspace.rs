//! A workspace of its own for a test, and the real program in it.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

/// The repository.
pub(crate) fn repository() -> &'static Utf8Path {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the harness lies in the repository")
}

/// How long a run may take before the test gives up: only a harness that hangs takes so long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);

/// Variables of the person who runs the tests that would change what the program does.
const OTHERS: &[&str] = &["CI", "NO_COLOR", "INSTA_UPDATE", "INSTA_FORCE_PASS", "INSTA_OUTPUT", "AZMATRIX_PYTHON"];

/// A folder with `scenarios/`, `snapshots/` and `harness/flavors/`, removed with the test.
pub(crate) struct TestWorkspace {
    pub(crate) root: Utf8PathBuf,
    _folder: TempDir,
}

impl TestWorkspace {
    /// Without any scenario or flavor.
    pub(crate) fn empty() -> Self {
        let folder = TempDir::with_prefix_in("workspace-", env!("CARGO_TARGET_TMPDIR")).expect("a folder can be made");
        let root = Utf8Path::from_path(folder.path()).expect("target folders are UTF-8").to_owned();
        for name in ["scenarios", "snapshots", "harness/flavors"] {
            fs::create_dir_all(root.join(name)).expect("a folder can be made");
        }
        Self { root, _folder: folder }
    }

    /// Writes a file, and the folders above it.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().expect("it has a folder")).expect("a folder can be made");
        fs::write(&path, text).unwrap_or_else(|error| panic!("failed to write {path}: {error}"));
    }

    /// Takes a file of the repository to its place here.
    pub(crate) fn copy(&self, path: &str, place: &str) {
        let text = fs::read_to_string(repository().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        self.write(place, &text);
    }

    /// The program, about to start in this workspace.
    pub(crate) fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_azmatrix"));
        for name in OTHERS {
            command.env_remove(name);
        }
        // The environments of the repository are used, so that no test makes them anew.
        let target = Utf8Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it lies in the target folder");
        command.env("CARGO_TARGET_DIR", target).env("INSTA_WORKSPACE_ROOT", &self.root);
        command.args(arguments).current_dir(&self.root).stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(&mut self.program(arguments))
    }

    /// Runs cells; gives their events too.
    pub(crate) fn run_cells(&self, arguments: &[&str]) -> (Ran, Events) {
        let file = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder can be made");
        let path = file.path().join("events.jsonl");
        let path = path.to_str().expect("target folders are UTF-8");
        let ran = self.run(&[&["run", "--events", path], arguments].concat());
        let events = Events::parse(&fs::read_to_string(path).unwrap_or_default());
        (ran, events)
    }

    /// Every file below `snapshots/` with its text, by its path there.
    pub(crate) fn snapshots(&self) -> BTreeMap<String, String> {
        let root = self.root.join("snapshots");
        let mut folders = vec![root.clone()];
        let mut files = BTreeMap::new();
        while let Some(folder) = folders.pop() {
            for entry in folder.read_dir_utf8().expect("a folder can be listed") {
                let path = entry.expect("a folder can be listed to its end").into_path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let text = fs::read_to_string(&path).unwrap_or_default();
                    files.insert(path.strip_prefix(&root).expect("it is below").to_string(), text);
                }
            }
        }
        files
    }
}

/// What a program that has ended left.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// Runs to the end, or kills it when it hangs.
    pub(crate) fn of(command: &mut Command) -> Self {
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let pid = Pid::from_child(&child);
        let (sender, ended) = mpsc::channel();
        std::thread::spawn(move || sender.send(child.wait_with_output()));
        let Ok(output) = ended.recv_timeout(PATIENCE) else {
            let _ = kill_process(pid, Signal::KILL);
            panic!("{command:?} did not end");
        };
        Self::from(output.expect("its output can be read"))
    }

    /// The exit code must be this one.
    #[track_caller]
    pub(crate) fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("what it prints is UTF-8");
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "exit code {:?}\n--- stdout\n{}\n--- stderr\n{}", self.code, self.stdout, self.stderr)
    }
}

/// The lines of `run --events`.
#[derive(Debug)]
pub(crate) struct Events {
    /// The cells by id.
    pub(crate) cells: BTreeMap<String, Value>,
    /// The last line.
    pub(crate) summary: Value,
}

impl Events {
    fn parse(text: &str) -> Self {
        let mut lines: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
        let summary = lines.pop().unwrap_or_default();
        let cells = lines.into_iter().map(|cell| {
            assert_eq!(cell["event"], "cell", "only the last line is no cell: {cell}");
            (text_of(&cell["id"]).to_owned(), cell)
        });
        Self { cells: cells.collect(), summary }
    }

    /// A cell's status.
    #[track_caller]
    pub(crate) fn status(&self, id: &str) -> &str {
        text_of(&self.cell(id)["status"])
    }

    /// A cell's line.
    #[track_caller]
    pub(crate) fn cell(&self, id: &str) -> &Value {
        self.cells.get(id).unwrap_or_else(|| panic!("no event for {id}: {:#?}", self.cells))
    }
}

/// The text of a JSON string; of anything else, nothing.
pub(crate) fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
