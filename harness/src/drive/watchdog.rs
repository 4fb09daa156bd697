//! No worker and no temporary file outlives the harness, even when the harness is killed with SIGKILL.
//!
//! The harness starts one more copy of its own program that does nothing but hold a pipe. Every worker's process group
//! is written into that pipe when it starts and when it is gone. When the pipe closes, for whatever reason, the
//! copy kills the groups that are left and removes the run's folder. Nothing here needs `unsafe` or a Linux-only call.

use std::collections::BTreeSet;
use std::io::{self, BufRead, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;

use rustix::process::{Pid, Signal, kill_process_group};

/// The hidden argument that makes a program of ours a watchdog.
pub(crate) const WATCHDOG_ARGUMENT: &str = "--azmatrix-watchdog";

/// How the name of a run's folder begins. The watchdog removes no other.
pub(crate) const RUN_FOLDER_PREFIX: &str = "azmatrix-run-";

/// The harness's end of the pipe.
pub struct Watchdog {
    pipe: Mutex<ChildStdin>,
    child: Mutex<Child>,
}

impl Watchdog {
    /// Starts the copy of this program. `folder` is what it removes when this program ends without doing so itself.
    pub fn start(folder: &Path) -> io::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(WATCHDOG_ARGUMENT)
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .env_clear()
            // A group of its own: Ctrl-C in the terminal must not reach it before its work is done.
            .process_group(0)
            .spawn()?;
        let pipe = child.stdin.take().ok_or_else(|| io::Error::other("the watchdog has no standard input"))?;
        Ok(Self { pipe: Mutex::new(pipe), child: Mutex::new(child) })
    }

    /// A process group that must not outlive the harness.
    pub(super) fn watch(&self, group: u32) {
        self.say('+', group);
    }

    /// The group is gone.
    pub(super) fn forget(&self, group: u32) {
        self.say('-', group);
    }

    fn say(&self, sign: char, group: u32) {
        if let Ok(mut pipe) = self.pipe.lock() {
            // If the watchdog is gone there is nobody to tell; workers still end when their standard input closes.
            let _ = writeln!(pipe, "{sign}{group}");
        }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        // The pipe is a field and would close only after this: end the copy by its process instead.
        if let Ok(mut child) = self.child.lock() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Runs as the watchdog when the program was started as one; `main` calls this before anything else.
pub fn serve_watchdog_if_asked() -> bool {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_none_or(|argument| argument != WATCHDOG_ARGUMENT) {
        return false;
    }
    clear_when_closed(io::stdin().lock(), arguments.next().as_ref().map(Path::new));
    true
}

fn clear_when_closed(input: impl BufRead, folder: Option<&Path>) {
    let mut groups = BTreeSet::new();
    for line in input.lines().map_while(Result::ok) {
        let Some((sign, Ok(group))) = line.split_at_checked(1).map(|(sign, rest)| (sign, rest.parse::<i32>())) else {
            continue;
        };
        if sign == "+" {
            groups.insert(group);
        } else {
            groups.remove(&group);
        }
    }
    groups.into_iter().for_each(kill_group);
    let is_of_a_run = |folder: &&Path| {
        folder.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(RUN_FOLDER_PREFIX))
    };
    if let Some(folder) = folder.filter(is_of_a_run) {
        // What cannot be removed is a few empty folders; there is nobody left to tell.
        let _ = std::fs::remove_dir_all(folder);
    }
}

/// Ends a process group at once. Groups that do not exist are fine.
pub(super) fn kill_group(group: i32) {
    // 0 and 1 would be our own group and init: never.
    if let Some(pid) = Pid::from_raw(group).filter(|_| group > 1) {
        let _ = kill_process_group(pid, Signal::KILL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of a folder of that name, with a file in it, when the pipe closes.
    fn check_folder(name: &str, remains: bool) {
        let parent = tempfile::tempdir().expect("a folder");
        let folder = parent.path().join(name);
        std::fs::create_dir_all(folder.join("home")).expect("a folder");
        std::fs::write(folder.join("home/file"), "text").expect("a file");
        clear_when_closed(io::empty(), Some(&folder));
        assert_eq!(folder.exists(), remains, "{name}");
    }

    #[test]
    fn the_folder_of_a_run_is_removed_and_no_other() {
        check_folder("azmatrix-run-1a2b", false);
        check_folder("home", true);
    }

    #[test]
    fn groups_that_are_left_are_killed_and_those_that_are_gone_are_not() {
        let sleeping = || Command::new("sleep").arg("60").process_group(0).spawn().expect("a process");
        let (mut left, mut gone) = (sleeping(), sleeping());
        let told = format!("+{0}\n+{1}\n-{1}\n", left.id(), gone.id());
        clear_when_closed(told.as_bytes(), None);
        assert_eq!(left.wait().expect("it ended").code(), None, "it was killed");
        assert!(gone.try_wait().expect("a process").is_none(), "it still runs");
        gone.kill().expect("it can be killed");
        gone.wait().expect("it ended");
    }
}
