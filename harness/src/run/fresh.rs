//! Where fresh processes of one flavor and variant come from: forked by a parent, or started when that cannot be.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::TempDir;

use super::session::Session;
use crate::drive::{NoFork, Parent, WorkerCommand, WorkerProcess};

/// A parent, as soon as it is needed.
#[derive(Default)]
pub(super) enum FreshProcesses {
    /// Nobody has asked yet.
    #[default]
    NotYet,
    /// It forks.
    Forked(Box<ParentWithHome>),
    /// It cannot, and why.
    Started(NoFork),
}

pub(super) struct ParentWithHome {
    parent: Parent,
    /// Packages remember where it is when they are imported: the workers share it, one after the other.
    home: TempDir,
}

impl FreshProcesses {
    /// A forked worker; none where one must be started. `command` says how, for a home.
    pub(super) async fn fork(
        &mut self,
        session: &Session,
        command: impl Fn(&Utf8Path) -> WorkerCommand,
    ) -> Option<WorkerProcess> {
        let forked = self.try_fork(session, command).await;
        session.note_fresh(forked.as_ref().err().map(ToString::to_string));
        match forked {
            Ok(process) => Some(process),
            Err(reason) => {
                std::mem::replace(self, Self::Started(reason)).stop().await;
                None
            }
        }
    }

    async fn try_fork(
        &mut self,
        session: &Session,
        command: impl Fn(&Utf8Path) -> WorkerCommand,
    ) -> Result<WorkerProcess, NoFork> {
        let failed = |error: io::Error| NoFork::Failed(error.to_string());
        if let Self::NotYet = self {
            let home = TempDir::with_prefix_in("home-", session.folder.path()).map_err(failed)?;
            let command = command(&path_of(&home));
            let parent = Parent::start(&command, Arc::clone(&session.watchdog), session.options.deadlines).await?;
            *self = Self::Forked(Box::new(ParentWithHome { parent, home }));
        }
        match self {
            Self::NotYet => Err(NoFork::Failed("there is none".to_owned())),
            Self::Started(reason) => Err(reason.clone()),
            Self::Forked(with_home) => {
                empty(with_home.home.path()).map_err(failed)?;
                let is_the_parents = |name: &str| matches!(name, "HOME" | "TMPDIR");
                let environment = command(&path_of(&with_home.home)).environment;
                let own: Vec<(String, OsString)> =
                    environment.into_iter().filter(|(name, _)| !is_the_parents(name)).collect();
                with_home.parent.fork(&own).await
            }
        }
    }

    /// Ends the parent in good order.
    pub(super) async fn stop(self) {
        if let Self::Forked(parent) = self {
            parent.parent.stop().await;
        }
    }
}

fn path_of(home: &TempDir) -> Utf8PathBuf {
    Utf8PathBuf::from(home.path().to_string_lossy().into_owned())
}

fn empty(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
