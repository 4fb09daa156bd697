//! A program at a terminal of its own, as a person would use it.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Instant;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::workspace::PATIENCE;

/// What Ctrl-C and Ctrl-D send.
pub(crate) const INTERRUPT: &str = "\x03";
pub(crate) const END_OF_INPUT: &str = "\x04";

/// A running program, and the keyboard and screen before it.
pub(crate) struct Terminal {
    child: Child,
    keyboard: File,
    screen: Receiver<Vec<u8>>,
    shown: String,
}

impl Terminal {
    /// Starts a program that reads from the terminal and writes its errors there.
    pub(crate) fn start(command: &Command) -> Self {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("there are terminals");
        grantpt(&ours).expect("it is ours");
        unlockpt(&ours).expect("it can be opened");
        let name = ptsname(&ours, Vec::new()).expect("it has a name").into_bytes();
        let name = PathBuf::from(std::ffi::OsString::from_vec(name));
        let theirs = OpenOptions::new().read(true).write(true).open(name).expect("it can be opened");
        // Only the leader of a session can have a terminal of its own, and be interrupted by it.
        let mut leader = Command::new("env");
        // A shell has what it starts in the background ignore interrupts, and what that starts inherits it.
        leader.args(["--default-signal=INT,QUIT,HUP", "setsid", "--ctty", "--wait"]);
        leader.arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => leader.env(name, value),
                None => leader.env_remove(name),
            };
        }
        leader.current_dir(command.get_current_dir().expect("it has a folder"));
        leader.stdin(theirs.try_clone().expect("a second handle can be had")).stdout(std::process::Stdio::null());
        let child = leader.stderr(theirs).spawn().expect("env, of the coreutils, starts setsid, of util-linux");
        let keyboard = File::from(ours);
        let mut reader = keyboard.try_clone().expect("a second handle can be had");
        let (sender, screen) = channel();
        std::thread::spawn(move || {
            let mut piece = [0; 4096];
            // The terminal ends with an error when nobody has it any more.
            while let Ok(count) = reader.read(&mut piece) {
                if count == 0 || sender.send(piece[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { child, keyboard, screen, shown: String::new() }
    }

    /// Waits until a text is on the screen.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, text: &str) {
        let until = Instant::now() + PATIENCE;
        while !self.shown.contains(text) {
            let left = until.saturating_duration_since(Instant::now());
            let piece = self.screen.recv_timeout(left).unwrap_or_else(|_| panic!("no {text:?} in {:?}", self.shown));
            self.shown.push_str(&String::from_utf8_lossy(&piece));
        }
    }

    /// Types.
    pub(crate) fn type_in(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("the terminal takes it");
    }

    /// Waits for the end; gives the exit code as a shell would show it, and everything that was on the screen.
    pub(crate) fn end(mut self) -> (i32, String) {
        let until = Instant::now() + PATIENCE;
        // The screen goes when the program has ended.
        let last = loop {
            match self.screen.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(piece) => self.shown.push_str(&String::from_utf8_lossy(&piece)),
                Err(error) => break error,
            }
        };
        if last == RecvTimeoutError::Timeout {
            // It may be gone by now.
            let _ = self.child.kill();
            panic!("it does not end: {:?}", self.shown);
        }
        let status = self.child.wait().expect("it ended");
        let code = status.code().or_else(|| Some(128 + status.signal()?)).expect("it ended somehow");
        (code, self.shown)
    }
}
