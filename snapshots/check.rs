//! What must hold for every file of this folder, whoever wrote it.
//!
//! This file is a test target of the harness, and it lies here for a second reason: `cargo insta` looks for pending
//! snapshots beside the source files of targets, so this is how `cargo insta review` finds them.

use azmatrix::telemetry::canonical::{parse, render};
use azmatrix::wire::secrets;
use azmatrix::workspace::Workspace;
use azmatrix::workspace::snapshot;
use camino::Utf8Path;

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
