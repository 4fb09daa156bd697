//! What all cells of a run share.

use std::fs;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use azure_openai_mock::CertificateAuthority;
use camino::Utf8PathBuf;
use tempfile::TempDir;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::options::{DeclaredSkipMode, RunOptions, Target};
use crate::collect::Receiver;
use crate::drive::{RUN_FOLDER_PREFIX, Watchdog};
use crate::live::{DriftReport, drift};
use crate::matrix::{CellId, WorkerKey};
use crate::results::{Event, FreshStarts};
use crate::wire::Compared;
use crate::workspace::{Loaded, Workspace};

/// Takes the events of a run. Called from several threads.
pub type Listener = Box<dyn Fn(Event) + Send + Sync>;

/// What all cells of a run share: the authority behind every tap, the receiver, the watchdog, the files.
pub struct Session {
    /// Where the files are.
    pub workspace: Workspace,
    /// What they say.
    pub loaded: Loaded,
    /// What was chosen.
    pub options: RunOptions,
    pub(super) authority: Arc<CertificateAuthority>,
    pub(super) ca_file: Utf8PathBuf,
    pub(super) receiver: Receiver,
    pub(super) watchdog: Arc<Watchdog>,
    listener: Listener,
    slots: AtomicU64,
    places: Semaphore,
    missing: AtomicBool,
    drift: Mutex<DriftReport>,
    fresh: Mutex<FreshStarts>,
    /// Everything of this run that is not to stay: removed with the session, or by the watchdog.
    pub(super) folder: TempDir,
}

/// A run could not begin: the machine's fault or ours.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// No certificate authority.
    #[error("the certificate authority of this run could not be made: {0}")]
    Authority(#[from] azure_openai_mock::TlsError),
    /// No temporary folder.
    #[error("a temporary folder could not be written: {0}")]
    TemporaryFolder(io::Error),
    /// No port.
    #[error("no loopback port for the telemetry receiver: {0}")]
    Receiver(io::Error),
    /// No watchdog.
    #[error("the watchdog, which ends workers if the harness is killed, could not be started: {0}")]
    Watchdog(io::Error),
}

impl Session {
    /// Opens the receiver, starts the watchdog, makes the certificate authority.
    pub async fn start(
        workspace: Workspace,
        loaded: Loaded,
        options: RunOptions,
        listener: Listener,
    ) -> Result<Arc<Self>, SessionError> {
        let authority = CertificateAuthority::generate()?;
        let folder = TempDir::with_prefix(RUN_FOLDER_PREFIX).map_err(SessionError::TemporaryFolder)?;
        let ca_file = Utf8PathBuf::from_path_buf(folder.path().join("ca.pem")).map_err(|path| {
            SessionError::TemporaryFolder(io::Error::other(format!("{} is not UTF-8", path.display())))
        })?;
        fs::write(&ca_file, authority.certificate_pem()).map_err(SessionError::TemporaryFolder)?;
        let places = Semaphore::new(options.jobs.get().min(Semaphore::MAX_PERMITS));
        Ok(Arc::new(Self {
            workspace,
            loaded,
            options,
            authority: Arc::new(authority),
            ca_file,
            receiver: Receiver::start().await.map_err(SessionError::Receiver)?,
            watchdog: Arc::new(Watchdog::start(folder.path()).map_err(SessionError::Watchdog)?),
            listener,
            slots: AtomicU64::new(0),
            places,
            missing: AtomicBool::new(false),
            drift: Mutex::default(),
            fresh: Mutex::default(),
            folder,
        }))
    }

    /// Waits for one of the run's places, of which there are as many as jobs: for whoever is about to keep a core busy.
    pub(super) async fn place(&self) -> Option<SemaphorePermit<'_>> {
        // Nobody closes the semaphore; without it a run would only be crowded.
        self.places.acquire().await.ok()
    }

    /// Tells the listener.
    pub(super) fn say(&self, event: Event) {
        (self.listener)(event);
    }

    /// Whether a runtime that was required is not on the machine.
    pub fn something_is_missing(&self) -> bool {
        self.missing.load(Ordering::Relaxed)
    }

    /// Whether what flavors declare that they cannot do is skipped without asking.
    pub(super) fn believes_skips(&self) -> bool {
        self.options.declared_skips == DeclaredSkipMode::Believed
    }

    /// Remembers that a runtime that was required is not on the machine.
    pub(super) fn note_missing(&self) {
        self.missing.store(true, Ordering::Relaxed);
    }

    /// Remembers where live answers differ in shape from the mock's.
    pub(super) fn note_drift(&self, cell: &CellId, compared: &[Compared]) {
        let mut report = self.drift.lock().unwrap_or_else(PoisonError::into_inner);
        for Compared { surface, live, mock } in compared {
            report.add(&cell.to_string(), drift(surface, live, mock));
        }
    }

    /// Remembers that a fresh process was forked, or why it had to be started.
    pub(super) fn note_fresh(&self, started: Option<String>) {
        let mut fresh = self.fresh.lock().unwrap_or_else(PoisonError::into_inner);
        match started {
            None => fresh.forked += 1,
            Some(reason) => *fresh.started.entry(reason).or_default() += 1,
        }
    }

    /// How fresh processes came to be.
    pub(super) fn fresh(&self) -> FreshStarts {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Where live answers differ in shape from the mock's; none when the mock answered.
    pub(super) fn drift(&self) -> Option<DriftReport> {
        let is_live = matches!(self.options.target, Target::Live(_));
        is_live.then(|| self.drift.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// A name for an inbox that no other slot has.
    pub(super) fn inbox_name(&self, key: &WorkerKey) -> String {
        format!("{}.{}.{}", key.flavor, key.variant, self.slots.fetch_add(1, Ordering::Relaxed))
    }
}
