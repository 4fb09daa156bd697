//! Processes that a test has caused, found by a variable in their environment.

use std::fs;
use std::time::Duration;

/// A variable with a value that no other process has.
pub(crate) struct Marker(String);

impl Marker {
    /// A marker that has the name in it.
    pub(crate) fn new(name: &str) -> Self {
        Self(format!("{name}-{}", std::process::id()))
    }

    /// The variable with its value.
    pub(crate) fn variable(&self) -> (&'static str, &str) {
        ("FAKE_MARKER", &self.0)
    }

    /// Processes that were started with the variable, by their command lines.
    pub(crate) fn processes(&self) -> Vec<String> {
        let wanted = format!("FAKE_MARKER={}", self.0);
        let processes = fs::read_dir("/proc").expect("/proc can be listed").flatten();
        let of_ours = processes.filter(|process| {
            let environment = fs::read(process.path().join("environ")).unwrap_or_default();
            environment.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes())
        });
        of_ours.map(|process| fs::read_to_string(process.path().join("cmdline")).unwrap_or_default()).collect()
    }

    /// Nobody waits for what is killed with its group, so that the last of it may end after the harness.
    #[track_caller]
    pub(crate) fn has_no_process(&self) {
        for _ in 0..500 {
            if self.processes().is_empty() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(self.processes(), Vec::<String>::new(), "processes remain");
    }
}
