//! A place where cells are performed: a performer with a tap of its own.

use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use azure_openai_mock::Tap;
use camino::{Utf8Path, Utf8PathBuf};
use tempfile::TempDir;
use tokio::time::timeout;

use super::fresh::FreshProcesses;
use super::options::Target;
use super::performer::{Performer, Worker};
use super::prepare::PythonSlot;
use super::session::Session;
use crate::drive::{WorkerCommand, WorkerFault, WorkerProcess};
use crate::flavor::Runtime;
use crate::judge::Boundary;
use crate::matrix::PlannedCell;
use crate::protocol::{Answer, Outcome, PROTOCOL_VERSION, StreamEnded, WorkerRequest};
use crate::reference::{Fault, Reference};
use crate::wire::{CellService, Upstream};

/// The variable of a variant that makes the reference make a mistake.
const FAULT_VARIABLE: &str = "AZMATRIX_REFERENCE_FAULT";

/// A performer, the tap that it takes for the internet, and the cloud behind the tap.
pub(super) struct Slot {
    pub(super) performer: Box<dyn Performer>,
    pub(super) service: Arc<CellService>,
    tap: Tap,
    /// How long an exchange may stay open once the application has gone on.
    patience: Duration,
    /// The performer's home directory, removed with the slot.
    _home: Option<TempDir>,
}

impl Slot {
    /// Starts the performer of a cell's flavor and variant. `python` is where its packages are, for a Python flavor; `fresh` is
    /// where a process may come from that need not be started.
    pub(super) async fn start(
        session: &Session,
        cell: &PlannedCell,
        python: Option<&PythonSlot>,
        fresh: Option<&mut FreshProcesses>,
    ) -> Result<Self, WorkerFault> {
        let upstream = match &session.options.target {
            Target::Mock => Upstream::Mock,
            Target::Live(live) => Upstream::Live(Arc::clone(&live.upstream)),
        };
        let service = Arc::new(CellService::new(upstream));
        let tap = Tap::start(Arc::clone(&session.authority), Arc::clone(&service) as _)
            .await
            .map_err(|error| WorkerFault::Start(format!("no port for the tap: {error}")))?;
        let (performer, home): (Box<dyn Performer>, _) = match (cell.flavor.runtime, python) {
            (Runtime::InProcess, _) => (Box::new(Self::reference(session, cell, &tap)?), None),
            (Runtime::Python, Some(python)) => {
                let (worker, home) = Self::worker(session, cell, python, &tap, fresh).await?;
                (Box::new(worker), home)
            }
            (Runtime::Python, None) => return Err(WorkerFault::Start("its environment is not ready".to_owned())),
        };
        Ok(Self { performer, service, tap, patience: session.options.deadlines.request, _home: home })
    }

    fn reference(session: &Session, cell: &PlannedCell, tap: &Tap) -> Result<Reference, WorkerFault> {
        let variant = cell.flavor.variant.get(cell.id.variant.as_str());
        let release = variant.and_then(|variant| variant.release.as_deref());
        // No flavor file can say this of code in this process: only tests of the judge do.
        let fault = variant.and_then(|variant| variant.environment.get(FAULT_VARIABLE)).map(|name| Fault::parse(name));
        Reference::with_fault(release, tap.address(), session.authority.certificate_pem(), fault.flatten())
            .map_err(|error| WorkerFault::Start(error.to_string()))
    }

    async fn worker(
        session: &Session,
        cell: &PlannedCell,
        python: &PythonSlot,
        tap: &Tap,
        fresh: Option<&mut FreshProcesses>,
    ) -> Result<(Worker, Option<TempDir>), WorkerFault> {
        let inbox = session.receiver.inbox(&session.inbox_name(&cell.worker()));
        let command = |home: &Utf8Path| worker_command(session, cell, python, tap, &inbox.endpoint(), home);
        let forked = match fresh {
            Some(fresh) => fresh.fork(session, command).await,
            None => None,
        };
        let (mut process, home) = if let Some(process) = forked {
            (process, None)
        } else {
            let home = TempDir::with_prefix_in("home-", session.folder.path())
                .map_err(|error| WorkerFault::Start(format!("no temporary directory: {error}")))?;
            let path = Utf8Path::from_path(home.path())
                .ok_or_else(|| WorkerFault::Start(format!("{} is not UTF-8", home.path().display())))?;
            let watchdog = Arc::clone(&session.watchdog);
            (WorkerProcess::start(&command(path), watchdog, session.options.deadlines)?, Some(home))
        };
        let hello = WorkerRequest::Hello { protocol: PROTOCOL_VERSION };
        let operation = hello.operation();
        match process.ask(&hello).await? {
            Answer::Ok(done) => {
                let packages = done.packages.ok_or_else(|| WorkerFault::missing(operation, "packages"))?;
                python.check_lock(&packages)?;
            }
            Answer::Skip(reason) => {
                let problem = format!("a worker that cannot say hello is no worker: {reason}");
                return Err(WorkerFault::Malformed { operation, problem });
            }
        }
        // What a product tells its back end while it starts belongs to no cell.
        inbox.forget_payloads();
        Ok((Worker { process, inbox }, home))
    }

    /// The port of the slot's tap.
    pub(super) fn tap_port(&self) -> u16 {
        self.tap.address().port()
    }

    /// Waits until every exchange that has ended is recorded. A stream that the application holds never ends.
    pub(super) async fn quiesce(
        &self,
        boundary: &Boundary,
        outcomes: impl IntoIterator<Item = &Outcome>,
    ) -> Result<(), WorkerFault> {
        let is_held = |outcome| matches!(outcome, &Outcome::Stream { ended: StreamEnded::Hold, .. });
        let held = outcomes.into_iter().any(is_held) || matches!(boundary, Boundary::Group(_));
        if held {
            return Ok(());
        }
        let deadline = self.patience;
        timeout(deadline, self.tap.quiesce()).await.map_err(|_| WorkerFault::StillOpen { deadline })
    }

    /// Ends the performer in good order.
    pub(super) async fn stop(self) {
        self.performer.stop().await;
    }
}

/// The worker's whole environment: nothing else is inherited.
fn worker_command(
    session: &Session,
    cell: &PlannedCell,
    python: &PythonSlot,
    tap: &Tap,
    endpoint: &str,
    home: &Utf8Path,
) -> WorkerCommand {
    let proxy = format!("http://{}", tap.address());
    let ca = session.ca_file.as_str();
    let mut environment: Vec<(String, OsString)> = [
        ("PATH", "/usr/local/bin:/usr/bin:/bin"),
        ("HOME", home.as_str()),
        ("TMPDIR", home.as_str()),
        ("LANG", "C.UTF-8"),
        ("TZ", "UTC"),
        ("PYTHONUTF8", "1"),
        ("PYTHONHASHSEED", "0"),
        ("PYTHONDONTWRITEBYTECODE", "1"),
        ("HTTPS_PROXY", &proxy),
        ("HTTP_PROXY", &proxy),
        ("NO_PROXY", "127.0.0.1,localhost"),
        ("SSL_CERT_FILE", ca),
        ("REQUESTS_CA_BUNDLE", ca),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), OsString::from(value)))
    .collect();
    let variant = cell.id.variant.as_str();
    let library = cell.flavor.library_of(variant);
    environment.push(("AZMATRIX_CLIENT_LIBRARY".to_owned(), OsString::from(library.as_str())));
    let adapter = python.flavor_directory.join("adapter.py");
    if adapter.exists() {
        environment.push(("AZMATRIX_FLAVOR_ADAPTER".to_owned(), adapter.into_os_string()));
    }
    if let Some(variant) = cell.flavor.variant.get(variant) {
        environment.push(("AZMATRIX_CALL_STYLE".to_owned(), OsString::from(variant.calls.as_str())));
        environment.extend(variant.environment.iter().map(|(name, value)| (name.clone(), OsString::from(value))));
    }
    WorkerCommand {
        program: python.python.clone(),
        arguments: vec!["-s".to_owned(), worker_program(&session.workspace.root).into_string()],
        environment,
        directory: home.to_owned(),
    }
}

/// The worker that all Python flavors share.
fn worker_program(root: &Utf8Path) -> Utf8PathBuf {
    root.join("harness/workers/python/worker.py")
}
