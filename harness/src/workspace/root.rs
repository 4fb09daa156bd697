//! The folders of a workspace.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use crate::flavor::FlavorName;

/// A folder with `scenarios/`, `snapshots/` and `harness/flavors/` in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    /// Its absolute path.
    pub root: Utf8PathBuf,
}

/// There is no workspace, or it cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// The folder given is none.
    #[error("`{0}` is no azmatrix workspace: it has no folder `scenarios` with a folder `harness/flavors` beside it")]
    NotAWorkspace(Utf8PathBuf),
    /// No folder from here up is one.
    #[error(
        "no azmatrix workspace in `{0}` or above it; go to the folder that holds `scenarios/`, or name it with `--root`"
    )]
    NotFound(Utf8PathBuf),
    /// The current folder is gone or not UTF-8.
    #[error("the current folder cannot be used: {0}")]
    CurrentFolder(io::Error),
    /// A file or folder cannot be read.
    #[error("`{path}` cannot be read: {error}")]
    Read {
        /// The file or folder.
        path: Utf8PathBuf,
        /// Why.
        error: io::Error,
    },
}

impl Workspace {
    /// The workspace at `root`, or else the nearest one from the current folder up.
    pub fn find(root: Option<&Utf8Path>) -> Result<Self, WorkspaceError> {
        if let Some(root) = root {
            let root = root.canonicalize_utf8().map_err(|_| WorkspaceError::NotAWorkspace(root.to_owned()))?;
            return if is_workspace(&root) { Ok(Self { root }) } else { Err(WorkspaceError::NotAWorkspace(root)) };
        }
        let here = std::env::current_dir().map_err(WorkspaceError::CurrentFolder)?;
        let here = Utf8PathBuf::from_path_buf(here).map_err(|path| {
            WorkspaceError::CurrentFolder(io::Error::other(format!("{} is not UTF-8", path.display())))
        })?;
        let root = here.ancestors().find(|folder| is_workspace(folder)).map(ToOwned::to_owned);
        root.map(|root| Self { root }).ok_or(WorkspaceError::NotFound(here))
    }

    /// The folder of reviewed snapshots.
    pub fn snapshots(&self) -> Utf8PathBuf {
        self.root.join("snapshots")
    }

    /// The folder of a flavor.
    pub fn flavor_directory(&self, flavor: &FlavorName) -> Utf8PathBuf {
        self.root.join("harness/flavors").join(flavor.as_str())
    }

    /// What the harness makes for itself: `$CARGO_TARGET_DIR/azmatrix`, or `target/azmatrix`.
    pub fn target(&self) -> Utf8PathBuf {
        let target = std::env::var("CARGO_TARGET_DIR").ok().filter(|target| !target.is_empty());
        self.root.join(target.as_deref().unwrap_or("target")).join("azmatrix")
    }

    /// The cache of environments.
    pub fn environments(&self) -> Utf8PathBuf {
        self.target().join("environments")
    }

    /// Reviewed snapshots of cells, as paths below `snapshots/`. Other folders' snapshots are not among them.
    pub fn reviewed_snapshots(&self) -> Result<Vec<Utf8PathBuf>, WorkspaceError> {
        let root = self.snapshots();
        let files = files_below(&root, &|path| path.extension() == Some("snap"))?;
        let relative = files.iter().filter_map(|path| path.strip_prefix(&root).ok()).map(ToOwned::to_owned);
        Ok(relative.filter(|path| !path.starts_with("semconv")).collect())
    }

    /// Pending snapshots, as absolute paths.
    pub fn pending_snapshots(&self) -> Result<Vec<Utf8PathBuf>, WorkspaceError> {
        files_below(&self.snapshots(), &|path| path.as_str().ends_with(".snap.new"))
    }
}

fn is_workspace(folder: &Utf8Path) -> bool {
    folder.join("scenarios").is_dir() && folder.join("harness/flavors").is_dir()
}

/// Every file below a folder that is `wanted`, sorted. A folder that does not exist has none.
pub(super) fn files_below(
    folder: &Utf8Path,
    wanted: &dyn Fn(&Utf8Path) -> bool,
) -> Result<Vec<Utf8PathBuf>, WorkspaceError> {
    let mut files = Vec::new();
    if folder.is_dir() {
        collect_files(folder, wanted, &mut files).map_err(|(path, error)| WorkspaceError::Read { path, error })?;
    }
    files.sort();
    Ok(files)
}

fn collect_files(
    folder: &Utf8Path,
    wanted: &dyn Fn(&Utf8Path) -> bool,
    files: &mut Vec<Utf8PathBuf>,
) -> Result<(), (Utf8PathBuf, io::Error)> {
    let failed = |error| (folder.to_owned(), error);
    for entry in folder.read_dir_utf8().map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_dir() {
            collect_files(entry.path(), wanted, files)?;
        } else if wanted(entry.path()) {
            files.push(entry.path().to_owned());
        }
    }
    Ok(())
}
