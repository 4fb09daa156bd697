//! What a verdict rests on, as one hash: files, the harness itself, and the Python that would run.

use std::collections::HashMap;
use std::fmt::Write;
use std::fs;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Workspace;
use super::root::files_below;
use crate::flavor::{FlavorName, Runtime};
use crate::matrix::PlannedCell;

/// The hash of everything that can change a cell's verdict:
///
/// - the scenario's file,
/// - every file in the folder of its flavor: `flavor.toml`, the adapter, the locks,
/// - the same of its control, with which it is compared,
/// - every file of the worker program, for a flavor that runs in a worker,
/// - every convention file, of which the judge takes the one of the flavor's naming family,
/// - the known issues of the flavor,
/// - the reviewed snapshot, or that there is none,
/// - what all cells of a run share, which is given: the harness, the Python of this machine, what must be there.
///
/// Environments are not among them: they are made from the lock, and keyed by it. A folder counts as a whole, so the lock of
/// another variant counts too: a cell that runs once more than it must is better than one that does not run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs(String);

/// Hashes the inputs of cells; each file and folder is read once.
pub(crate) struct InputHasher<'a> {
    workspace: &'a Workspace,
    shared: String,
    runtime: String,
    known: HashMap<Utf8PathBuf, String>,
}

impl<'a> InputHasher<'a> {
    /// `shared` is what all cells have in common that is in no file, `runtime` what cells of a worker have besides.
    pub(crate) fn new(workspace: &'a Workspace, shared: impl Into<String>, runtime: impl Into<String>) -> Self {
        Self { workspace, shared: shared.into(), runtime: runtime.into(), known: HashMap::new() }
    }

    /// The inputs of a cell as they are now. Fails when a file cannot be read.
    pub(crate) fn of(&mut self, cell: &PlannedCell) -> io::Result<Inputs> {
        let root = &self.workspace.root;
        let snapshots = self.workspace.snapshots();
        let mut places = vec![
            root.join("scenarios").join(format!("{}.toml", cell.id.scenario)),
            self.workspace.flavor_directory(&cell.id.flavor),
            root.join("harness/conventions"),
            snapshots.join("known").join(format!("{}.toml", cell.id.flavor)),
        ];
        places.extend(cell.control().map(|control| {
            let control = FlavorName::new(&control.flavor);
            self.workspace.flavor_directory(&control)
        }));
        places.extend(cell.snapshot.as_ref().map(|file| snapshots.join(&file.path)));
        let mut hash = Sha256::new();
        add(&mut hash, &self.shared);
        if cell.flavor.runtime == Runtime::Python {
            places.push(root.join("harness/workers/python"));
            add(&mut hash, &self.runtime);
        }
        for place in places {
            let content = self.content(&place)?;
            add(&mut hash, place.strip_prefix(root).unwrap_or(&place).as_str());
            add(&mut hash, &content);
        }
        Ok(Inputs(hexadecimal(hash)))
    }

    /// The hash of a file, of all files below a folder, or of nothing where there is neither.
    fn content(&mut self, place: &Utf8Path) -> io::Result<String> {
        if let Some(content) = self.known.get(place) {
            return Ok(content.clone());
        }
        let mut hash = Sha256::new();
        if place.is_dir() {
            for file in files_below(place, &is_source).map_err(io::Error::other)? {
                add(&mut hash, file.strip_prefix(place).unwrap_or(&file).as_str());
                hash.update(Sha256::digest(fs::read(&file)?));
            }
        } else {
            match fs::read(place) {
                Ok(bytes) => hash.update(Sha256::digest(bytes)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        let content = hexadecimal(hash);
        self.known.insert(place.to_owned(), content.clone());
        Ok(content)
    }
}

/// What Python compiles for itself says nothing that its source does not.
fn is_source(path: &Utf8Path) -> bool {
    path.extension() != Some("pyc")
}

/// Texts are told apart by their lengths: `ab` and `c` are not `a` and `bc`.
fn add(hash: &mut Sha256, text: &str) {
    hash.update(text.len().to_le_bytes());
    hash.update(text);
}

pub(super) fn hexadecimal(hash: Sha256) -> String {
    hash.finalize().iter().fold(String::new(), |mut text, byte| {
        // Writing into a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
