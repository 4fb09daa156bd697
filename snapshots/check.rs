//! What must hold for every file of this folder, whoever wrote it.
//!
//! This file is a test target of the harness, and it lies here for a second reason: `cargo insta` looks for pending
//! snapshots beside the source files of targets, so this is how `cargo insta review` finds them.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;

use azmatrix::telemetry::canonical::{parse, render};
use azmatrix::wire::secrets;
use azmatrix::workspace::Workspace;
use azmatrix::workspace::snapshot;
use camino::{Utf8Path, Utf8PathBuf};

/// Every reviewed snapshot of a cell with its text.
fn reviewed() -> Vec<(String, String)> {
    let root = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let workspace = Workspace::find(Some(&root)).expect("the repository is a workspace");
    let files = workspace.reviewed_snapshots().expect("the folder can be read");
    files
        .into_iter()
        .map(|file| {
            let text = snapshot::reviewed(&workspace.snapshots().join(&file)).expect("it is a snapshot");
            (file.into_string(), text.expect("it is there"))
        })
        .collect()
}

#[test]
fn every_snapshot_reads_back_to_the_same_text() {
    let files = reviewed();
    assert!(!files.is_empty(), "there is no snapshot at all");
    for (file, text) in files {
        let document = parse(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(render(&document).trim_end(), text, "{file}");
    }
}

#[test]
fn no_snapshot_holds_a_secret_or_a_version_of_this_machine() {
    let tokens = ["canary", "eyJ", secrets::CLIENT_SECRET, secrets::IDENTITY_HEADER, "/home/", "/tmp/"];
    for (file, text) in reviewed() {
        for token in tokens {
            assert!(!text.contains(token), "{file} holds `{token}`");
        }
    }
}

/// Where the program under test writes, in a process of its own: insta reads its settings from the environment, once.
const FOLDER: &str = "AZMATRIX_TEST_SNAPSHOTS";

/// What insta makes of a text that is the reviewed one, of one that is not, and of one that has none.
const TEXTS: [(&str, &str); 4] = [
    ("same", "step ask\n  nothing\n"),
    ("different", "step ask\n  \"some: thing\"\n"),
    ("new", "\n\nstep ask\n  - ---\n  tab\t\n\n\n"),
    ("stale", "step ask\n  nothing\n"),
];

/// The files that are there before.
const BEFORE: [(&str, &str); 4] = [
    ("same.snap", "---\nsource: a/path.rs\n---\nstep ask\n  nothing\n"),
    ("different.snap", "---\n{}\n---\nstep ask\n  else\n"),
    ("stale.snap", "---\n{}\n---\nstep ask\n  nothing\n"),
    ("stale.snap.new", "---\n{}\n---\nstep ask\n  else\n"),
];

/// Not a test by itself: what the tests below do in another process.
#[test]
fn write_where_the_environment_says() {
    let Some(folder) = env::var(FOLDER).ok().map(Utf8PathBuf::from) else { return };
    for writer in ["insta", "ours"] {
        let folder = folder.join(writer);
        fs::create_dir_all(&folder).expect("a folder can be made");
        for (file, text) in BEFORE {
            fs::write(folder.join(file), text).expect("a file can be written");
        }
        for (name, text) in TEXTS {
            if writer == "ours" {
                snapshot::compare(&folder.join(format!("{name}.snap")), text, true).expect("it can be written");
                continue;
            }
            let mut settings = insta::Settings::new();
            settings.set_snapshot_path(&folder);
            settings.set_prepend_module_to_snapshot(false);
            settings.set_omit_expression(true);
            // That it panics is its way to say that something differs.
            let assertion = AssertUnwindSafe(|| settings.bind(|| insta::assert_snapshot!(name, text)));
            let _ = catch_unwind(assertion);
        }
    }
}

/// The files of a folder, each with its text below the header.
fn texts(folder: &Utf8Path) -> BTreeMap<String, String> {
    let files = folder.read_dir_utf8().expect("a folder can be listed").map(|entry| entry.expect("an entry"));
    let text = |path: &Utf8Path| {
        let text = fs::read_to_string(path).expect("it can be read");
        text.split_once("\n---\n").expect("it has a header").1.to_owned()
    };
    files.map(|entry| (entry.file_name().to_owned(), text(entry.path()))).collect()
}

#[test]
fn the_locked_insta_writes_the_same_files_under_the_same_settings() {
    let check = |settings: &[(&str, &str)]| {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let folder = Utf8Path::from_path(folder.path()).expect("a path of text");
        let mut program = Command::new(env::current_exe().expect("a program"));
        program.args(["write_where_the_environment_says", "--exact"]).env(FOLDER, folder);
        program.env("INSTA_WORKSPACE_ROOT", folder).env("INSTA_OUTPUT", "none").envs(settings.iter().copied());
        for name in ["INSTA_UPDATE", "CI", "TF_BUILD"] {
            if !settings.iter().any(|(set, _)| *set == name) {
                program.env_remove(name);
            }
        }
        let ended = program.output().expect("it can be started");
        assert!(ended.status.success(), "{settings:?}: {}", String::from_utf8_lossy(&ended.stdout));
        assert_eq!(texts(&folder.join("ours")), texts(&folder.join("insta")), "{settings:?}");
    };
    check(&[]);
    for value in ["true", "0", "false", ""] {
        check(&[("CI", value)]);
    }
    check(&[("TF_BUILD", "1")]);
    for value in ["auto", "new", "unseen", "always", "1", "force", "no", ""] {
        check(&[("INSTA_UPDATE", value)]);
        check(&[("INSTA_UPDATE", value), ("CI", "true")]);
    }
}

#[test]
fn a_snapshot_has_the_header_that_insta_gives_to_one_without_a_source() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = |name: &str| Utf8Path::from_path(folder.path()).expect("a path of text").join(name);
    fs::write(path("a.snap.new"), "---\nsource: a/path.rs\n---\nstep ask\n").expect("a file can be written");
    snapshot::accept(&path("a.snap.new")).expect("it can be accepted");
    let ours = fs::read_to_string(path("a.snap")).expect("it is there");
    assert_eq!(ours, "---\n{}\n---\nstep ask\n");
    let read = insta::Snapshot::from_file(path("a.snap").as_std_path()).expect("insta reads it");
    // What `cargo insta review` does when somebody accepts.
    read.save(path("b.snap").as_std_path()).expect("insta writes it");
    assert_eq!(fs::read_to_string(path("b.snap")).expect("it is there"), ours);
}
