//! Green verdicts of earlier runs, so that `run --changed` need not come to them again.
//!
//! A file for each workspace, below the target folder: a head, then one line for each cell.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Workspace;
use super::files::write_whole;
use super::inputs::{Inputs, hexadecimal};
use crate::judge::CellStatus;
use crate::matrix::CellId;

/// A file of another version is not read: its cells run again.
const VERSION: u32 = 1;

/// The verdicts that a workspace remembers. Only green ones: what is red is looked at again.
#[derive(Debug)]
pub(crate) struct Ledger {
    path: Utf8PathBuf,
    head: Head,
    verdicts: BTreeMap<String, Remembered>,
    /// What this run has said, which is put over whatever the file says by then.
    said: BTreeMap<String, Option<Remembered>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    version: u32,
    root: Utf8PathBuf,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Remembered {
    status: CellStatus,
    inputs: Inputs,
}

#[derive(Serialize, Deserialize)]
struct Line {
    id: String,
    #[serde(flatten)]
    remembered: Remembered,
}

impl Ledger {
    /// What is remembered of a workspace. A file that is missing or damaged remembers less, and nothing else.
    pub(crate) fn read(workspace: &Workspace) -> Self {
        let mut hash = Sha256::new();
        hash.update(workspace.root.as_str());
        let name = format!("{}.jsonl", &hexadecimal(hash)[..16]);
        let head = Head { version: VERSION, root: workspace.root.clone() };
        let path = workspace.target().join("verdicts").join(name);
        let verdicts = read(&path, &head);
        Self { path, head, verdicts, said: BTreeMap::new() }
    }

    /// Whether a cell was green when its inputs were these.
    pub(crate) fn is_unchanged(&self, id: &CellId, inputs: &Inputs) -> bool {
        self.verdicts.get(&id.to_string()).is_some_and(|remembered| remembered.inputs == *inputs)
    }

    /// Remembers a verdict, and what it rests on. One that is not green is forgotten instead.
    pub(crate) fn remember(&mut self, id: &CellId, status: CellStatus, inputs: Inputs) {
        self.said.insert(id.to_string(), status.is_green().then_some(Remembered { status, inputs }));
    }

    /// Writes what this run has said over what the file says by now: another run may have written meanwhile. The file is
    /// replaced as a whole, so that nobody reads half of one.
    pub(crate) fn save(&mut self) -> io::Result<()> {
        self.verdicts = read(&self.path, &self.head);
        for (id, remembered) in &self.said {
            match remembered {
                Some(remembered) => self.verdicts.insert(id.clone(), remembered.clone()),
                None => self.verdicts.remove(id),
            };
        }
        let mut text = serde_json::to_string(&self.head)? + "\n";
        for (id, remembered) in &self.verdicts {
            text += &serde_json::to_string(&Line { id: id.clone(), remembered: remembered.clone() })?;
            text.push('\n');
        }
        let folder = self.path.parent().unwrap_or(Utf8Path::new("."));
        fs::create_dir_all(folder)?;
        write_whole(&self.path, &text)
    }

    /// Forgets cells that are in no plan any more, and workspaces that are gone. What cannot be removed stays.
    pub(crate) fn tidy(&mut self, planned: &BTreeSet<String>) {
        let gone = self.verdicts.keys().filter(|id| !planned.contains(*id));
        self.said.extend(gone.map(|id| (id.clone(), None)).collect::<Vec<_>>());
        let Some(entries) = self.path.parent().and_then(|folder| folder.read_dir_utf8().ok()) else { return };
        for path in entries.filter_map(|entry| Some(entry.ok()?.into_path())).filter(|path| *path != self.path) {
            let head = fs::read_to_string(&path).ok().and_then(|text| serde_json::from_str(text.lines().next()?).ok());
            if head.is_some_and(|Head { root, .. }| !root.is_dir()) {
                let _ = fs::remove_file(&path);
            }
        }
    }
}

fn read(path: &Utf8Path, head: &Head) -> BTreeMap<String, Remembered> {
    fs::read_to_string(path).map(|text| parse(&text, head)).unwrap_or_default()
}

/// Lines that are none are passed over; a text of another version or workspace says nothing.
fn parse(text: &str, head: &Head) -> BTreeMap<String, Remembered> {
    let mut lines = text.lines();
    let first = lines.next().and_then(|line| serde_json::from_str::<Head>(line).ok());
    if first.as_ref() != Some(head) {
        return BTreeMap::new();
    }
    let verdicts = lines.filter_map(|line| serde_json::from_str::<Line>(line).ok());
    verdicts.map(|line| (line.id, line.remembered)).filter(|(_, verdict)| verdict.status.is_green()).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop anywhere")]
mod tests {
    use super::*;

    fn workspace(folder: &tempfile::TempDir) -> Workspace {
        Workspace { root: Utf8Path::from_path(folder.path()).unwrap().to_owned() }
    }

    /// A ledger that lies in the workspace itself, wherever the target folder of this test's run is.
    fn ledger(folder: &tempfile::TempDir) -> Ledger {
        let workspace = workspace(folder);
        let head = Head { version: VERSION, root: workspace.root.clone() };
        let path = workspace.root.join("verdicts/this.jsonl");
        Ledger { verdicts: read(&path, &head), path, head, said: BTreeMap::new() }
    }

    fn id(text: &str) -> CellId {
        text.parse().unwrap()
    }

    fn inputs(text: &str) -> Inputs {
        serde_json::from_value(text.into()).unwrap()
    }

    fn remember(ledger: &mut Ledger, scenario: &str, status: CellStatus, on: &str) {
        ledger.remember(&id(&format!("{scenario}::f::v")), status, inputs(on));
        ledger.save().unwrap();
    }

    #[track_caller]
    fn check(folder: &tempfile::TempDir, scenario: &str, on: &str, expected: bool) {
        let cell = id(&format!("{scenario}::f::v"));
        assert_eq!(ledger(folder).is_unchanged(&cell, &inputs(on)), expected, "{scenario} {on}");
    }

    #[test]
    fn only_green_verdicts_are_trusted_and_only_for_the_same_inputs() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = ledger(&folder);
        for (scenario, status) in [
            ("a/pass", CellStatus::Pass),
            ("a/known", CellStatus::Known),
            ("a/skipped", CellStatus::Skipped),
            ("a/changed", CellStatus::Changed),
            ("a/fixed", CellStatus::Fixed),
            ("a/failed", CellStatus::Failed),
            ("a/broken", CellStatus::Broken),
        ] {
            remember(&mut first, scenario, status, "1");
            check(&folder, scenario, "1", status.is_green());
            check(&folder, scenario, "2", false);
        }
        // A cell that was green once and is red with the same inputs is not trusted.
        remember(&mut first, "a/pass", CellStatus::Failed, "1");
        check(&folder, "a/pass", "1", false);
    }

    #[test]
    fn two_runs_at_once_keep_what_both_have_said() {
        let folder = tempfile::tempdir().unwrap();
        let (mut one, mut other) = (ledger(&folder), ledger(&folder));
        remember(&mut one, "a/one", CellStatus::Pass, "1");
        remember(&mut other, "a/other", CellStatus::Pass, "1");
        remember(&mut one, "a/third", CellStatus::Known, "1");
        for scenario in ["a/one", "a/other", "a/third"] {
            check(&folder, scenario, "1", true);
        }
    }

    #[test]
    fn a_damaged_file_remembers_less_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let mut whole = ledger(&folder);
        remember(&mut whole, "a/one", CellStatus::Pass, "1");
        remember(&mut whole, "a/two", CellStatus::Pass, "1");
        let text = fs::read_to_string(&whole.path).unwrap();
        fs::write(&whole.path, &text[..text.len() - 5]).unwrap();
        check(&folder, "a/one", "1", true);
        check(&folder, "a/two", "1", false);
        fs::write(&whole.path, text.replace("\"version\":1", "\"version\":2")).unwrap();
        check(&folder, "a/one", "1", false);
    }

    #[test]
    fn what_is_gone_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let mut kept = ledger(&folder);
        remember(&mut kept, "a/one", CellStatus::Pass, "1");
        remember(&mut kept, "a/two", CellStatus::Pass, "1");
        let elsewhere = kept.path.with_file_name("elsewhere.jsonl");
        fs::write(&elsewhere, "{\"version\":1,\"root\":\"/no/such/workspace\"}\n").unwrap();
        kept.tidy(&BTreeSet::from(["a/one::f::v".to_owned()]));
        kept.save().unwrap();
        check(&folder, "a/one", "1", true);
        check(&folder, "a/two", "1", false);
        assert!(!elsewhere.exists());
    }
}
