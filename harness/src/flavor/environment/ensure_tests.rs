use std::cell::RefCell;
use std::fs;
use std::process::Command;
use std::sync::Barrier;
use std::thread;

use camino::{Utf8Path, Utf8PathBuf};

use super::super::uv::{Uv, UvOrigin};
use super::super::{EnvironmentError, EnvironmentState, Made, Progress, Python, PythonVersion, inspect};
use super::{Environment, EnvironmentRequest, directory, ensure, find};

/// Stands for uv: makes an environment of two files, slowly, and writes down every call.
const FAKE_UV: &str = r#"#!/bin/sh
here=$(dirname "$0")
echo "$1 $2" >> "$here/calls"
for last; do :; done
if [ "$1" = venv ]; then
    mkdir -p "$last/bin"
    printf '#!/bin/sh\necho 3.11\n' > "$last/bin/python"
    chmod +x "$last/bin/python"
else
    sleep 0.2
    if [ -e "$here/broken" ]; then
        echo 'error: Failed to fetch `https://user:secret@index.example/simple/`' >&2
        exit 2
    fi
fi
"#;

struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let bench = Self { folder: tempfile::tempdir().expect("a temporary directory") };
        // Copied by another process: a file that this process has open for writing, if only in a child that another
        // test has just forked, cannot be executed.
        fs::write(bench.path("uv.text"), FAKE_UV).expect("the fake is written");
        let mut install = Command::new("install");
        install.args(["-m", "755"]).arg(bench.path("uv.text")).arg(bench.path("uv"));
        assert!(install.status().expect("install runs").success());
        bench.write_lock("openai==3.51.0 \\\n    --hash=sha256:00\n");
        bench
    }

    fn path(&self, name: &str) -> Utf8PathBuf {
        Utf8Path::from_path(self.folder.path()).expect("a UTF-8 path").join(name)
    }

    fn write_lock(&self, text: &str) {
        fs::write(self.path("requirements.txt"), text).expect("the lock is written");
    }

    fn request(&self) -> EnvironmentRequest {
        EnvironmentRequest {
            name: "py-fake".to_owned(),
            lock: self.path("requirements.txt"),
            cache: self.path("environments"),
        }
    }

    fn ensure(&self, progress: &dyn Fn(Progress)) -> Result<Environment, EnvironmentError> {
        let uv = Uv { program: self.path("uv"), version: "0.13.8".to_owned(), origin: UvOrigin::Named };
        ensure(&self.request(), &python(), &uv, progress)
    }

    fn made(&self) -> Environment {
        self.ensure(&|_| ()).expect("the environment is made")
    }

    fn installations(&self) -> usize {
        let calls = fs::read_to_string(self.path("calls")).unwrap_or_default();
        calls.lines().filter(|call| *call == "pip install").count()
    }

    fn place(&self) -> Utf8PathBuf {
        let lock = fs::read_to_string(self.path("requirements.txt")).expect("the lock is there");
        directory(&self.request(), &lock, &python())
    }
}

fn python() -> Python {
    Python {
        path: "/usr/bin/python3".into(),
        version: PythonVersion { major: 3, minor: 11, patch: 7 },
        platform: "linux-x86_64".to_owned(),
    }
}

#[test]
fn an_environment_is_made_once_and_then_found() {
    let bench = Bench::new();
    assert_eq!(inspect(&bench.request(), &python()).expect("inspected"), EnvironmentState::Missing);
    assert_eq!(find(&bench.request(), &python()).expect("looked"), None);
    let said = RefCell::new(Vec::new());
    let first = bench.ensure(&|progress| said.borrow_mut().push(progress)).expect("made");
    assert!(matches!(first.made, Made::Created { .. }));
    let name = || "py-fake".to_owned();
    assert_eq!(
        said.borrow()[..2],
        [Progress::Creating { name: name() }, Progress::Installing { name: name(), packages: 1 }]
    );
    let second = bench.ensure(&|progress| panic!("nothing to say, but {progress:?}")).expect("found");
    assert_eq!((second.made, &second.python), (Made::Found, &first.python));
    assert_eq!(bench.installations(), 1);
    assert_eq!(find(&bench.request(), &python()).expect("looked"), Some(second));
    let state = inspect(&bench.request(), &python()).expect("inspected");
    assert!(matches!(state, EnvironmentState::Ready { size, .. } if size > 0), "{state:?}");
}

#[test]
fn two_who_make_the_same_one_at_once_make_it_once() {
    let bench = Bench::new();
    let barrier = Barrier::new(2);
    let one = || {
        let waited = RefCell::new(false);
        barrier.wait();
        let environment = bench
            .ensure(&|progress| {
                if matches!(progress, Progress::Waiting { .. }) {
                    *waited.borrow_mut() = true;
                }
            })
            .expect("made or found");
        (environment.made == Made::Found, waited.into_inner())
    };
    let mut outcomes = thread::scope(|scope| {
        let other = scope.spawn(one);
        [one(), other.join().expect("no panic")]
    });
    outcomes.sort_unstable();
    assert_eq!(outcomes, [(false, false), (true, true)], "(found, waited) of the two");
    assert_eq!(bench.installations(), 1);
}

#[test]
fn a_half_made_one_is_removed_and_never_used() {
    let bench = Bench::new();
    let killed = Utf8PathBuf::from(format!("{}.making-4711", bench.place()));
    for half in [&bench.place(), &killed] {
        fs::create_dir_all(half.join("bin")).expect("half an environment");
        fs::write(half.join("bin/python"), "").expect("half an environment");
    }
    let state = inspect(&bench.request(), &python()).expect("inspected");
    assert!(matches!(state, EnvironmentState::Stale { ref directories, .. } if directories.len() == 2), "{state:?}");
    assert!(matches!(bench.made().made, Made::Created { .. }));
    assert!(!killed.exists());
}

#[test]
fn another_lock_is_another_environment() {
    let bench = Bench::new();
    let before = bench.made().directory;
    bench.write_lock("openai==3.52.0 \\\n    --hash=sha256:00\n");
    let state = inspect(&bench.request(), &python()).expect("inspected");
    assert!(matches!(state, EnvironmentState::Stale { .. }), "{state:?}");
    assert_ne!(bench.made().directory, before);
    assert!(before.exists(), "another process may still use it");
}

#[test]
fn an_environment_whose_python_is_gone_is_made_again() {
    let bench = Bench::new();
    fs::remove_file(bench.made().python).expect("removed");
    assert!(matches!(bench.made().made, Made::Created { .. }));
}

#[test]
fn a_failed_installation_leaves_nothing_and_shows_no_credentials() {
    let bench = Bench::new();
    fs::write(bench.path("broken"), "").expect("broken");
    let error = bench.ensure(&|_| ()).expect_err("the installation fails");
    let text = error.to_string();
    assert!(text.contains("index.example") && !text.contains("secret"), "{text}");
    assert!(error.help().contains("was not reached"), "{}", error.help());
    assert!(!bench.place().exists());
    fs::remove_file(bench.path("broken")).expect("mended");
    assert!(matches!(bench.made().made, Made::Created { .. }));
}
