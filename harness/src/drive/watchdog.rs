//! No worker outlives the harness, even when the harness is killed with SIGKILL.
//!
//! The harness starts one more copy of its own program that does nothing but hold a pipe. Every worker's process group
//! is written into that pipe when it starts and when it is gone. When the pipe closes, for whatever reason, the
//! copy kills the groups that are left. Nothing here needs `unsafe` or a Linux-only call.

use std::collections::BTreeSet;
use std::io::{self, BufRead, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;

use rustix::process::{Pid, Signal, kill_process_group};

/// The hidden argument that makes a program of ours a watchdog.
pub const WATCHDOG_ARGUMENT: &str = "--azmatrix-watchdog";

/// The harness's end of the pipe.
pub struct Watchdog {
    pipe: Mutex<ChildStdin>,
    child: Mutex<Child>,
}

impl Watchdog {
    /// Starts the copy of this program.
    pub fn start() -> io::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(WATCHDOG_ARGUMENT)
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
    if std::env::args().nth(1).as_deref() != Some(WATCHDOG_ARGUMENT) {
        return false;
    }
    kill_when_closed(io::stdin().lock());
    true
}

fn kill_when_closed(input: impl BufRead) {
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
}

/// Ends a process group at once. Groups that do not exist are fine.
pub(super) fn kill_group(group: i32) {
    // 0 and 1 would be our own group and init: never.
    if let Some(pid) = Pid::from_raw(group).filter(|_| group > 1) {
        let _ = kill_process_group(pid, Signal::KILL);
    }
}
