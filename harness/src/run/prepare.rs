//! Making sure that every runtime a run needs is there before the first cell starts.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use camino::{Utf8Path, Utf8PathBuf};

use super::session::Session;
use crate::drive::WorkerFault;
use crate::flavor::FlavorName;
use crate::flavor::environment::{
    Environment, EnvironmentError, EnvironmentRequest, Progress, Python, Uv, ensure, find, find_or_install_uv,
    find_python,
};
use crate::flavor::{FlavorFile, Lock, LockedVersions, Runtime};
use crate::matrix::{PlannedCell, WorkerKey};
use crate::results::Event;
use crate::workspace::Workspace;

/// Whether the cells of a flavor and variant can run.
#[derive(Clone)]
pub(super) enum Readiness {
    /// It runs in this process.
    InProcess,
    /// Its packages are there.
    Python(Arc<PythonSlot>),
    /// The runtime is not on the machine: the reason, and how to get it.
    Missing(String),
    /// The environment could not be made: our fault or the machine's.
    Broken(String),
}

/// A ready Python environment.
pub(super) struct PythonSlot {
    pub(super) python: Utf8PathBuf,
    pub(super) flavor_directory: Utf8PathBuf,
    environment_directory: Utf8PathBuf,
    locked: LockedVersions,
}

impl PythonSlot {
    /// The worker must run the packages that the lock names: otherwise a verdict would be about something else.
    pub(super) fn check_lock(&self, packages: &BTreeMap<String, String>) -> Result<(), WorkerFault> {
        let found = packages.iter().map(|(name, version)| (name.as_str(), version.as_str()));
        self.locked.check(found).map_err(|mismatch| WorkerFault::NotTheLock {
            package: mismatch.package,
            found: mismatch.found,
            locked: mismatch.locked,
            environment: self.environment_directory.to_string(),
        })
    }
}

/// Prepares everything that the cells need. Environments are made side by side.
pub(super) async fn prepare(session: &Arc<Session>, cells: &[PlannedCell]) -> BTreeMap<WorkerKey, Readiness> {
    let mut wanted: BTreeMap<WorkerKey, Arc<FlavorFile>> = BTreeMap::new();
    // Nothing is made for cells that nobody performs.
    for cell in cells.iter().filter(|cell| cell.skip.is_none() || !session.believes_skips()) {
        wanted.entry(cell.worker()).or_insert_with(|| Arc::clone(&cell.flavor));
    }
    let session = Arc::clone(session);
    let prepared = tokio::task::spawn_blocking(move || prepare_blocking(&session, &wanted)).await;
    prepared.unwrap_or_default()
}

fn prepare_blocking(
    session: &Arc<Session>,
    wanted: &BTreeMap<WorkerKey, Arc<FlavorFile>>,
) -> BTreeMap<WorkerKey, Readiness> {
    let needs_python = wanted.values().any(|flavor| flavor.runtime == Runtime::Python);
    let tools = needs_python.then(python_tools);
    // Variants share an environment when they share a lock: it is looked for once.
    let mut by_lock: BTreeMap<(&FlavorName, Option<&Lock>), Vec<&WorkerKey>> = BTreeMap::new();
    for (key, flavor) in wanted {
        by_lock.entry((&key.flavor, lock_of(flavor, key))).or_default().push(key);
    }
    std::thread::scope(|scope| {
        let threads: Vec<_> = by_lock
            .into_values()
            .map(|keys| {
                let (key, tools) = (keys[0], tools.as_ref());
                (keys, scope.spawn(move || readiness(session, key, &wanted[key], tools)))
            })
            .collect();
        let broken = || Readiness::Broken("preparing its environment panicked".to_owned());
        threads
            .into_iter()
            .map(|(keys, thread)| (keys, thread.join().unwrap_or_else(|_| broken())))
            .flat_map(|(keys, ready)| keys.into_iter().map(move |key| (key.clone(), ready.clone())))
            .collect()
    })
}

/// Python, and uv as soon as an environment is missing: a warm run starts neither uv nor pip.
struct Tools {
    python: Python,
    uv: OnceLock<Result<Uv, String>>,
}

impl Tools {
    fn uv(&self, session: &Session) -> Result<&Uv, String> {
        let found = self.uv.get_or_init(|| {
            find_or_install_uv(&session.workspace.environments(), &self.python, &|progress| say(session, &progress))
                .map_err(|error| explained(&error))
        });
        found.as_ref().map_err(Clone::clone)
    }
}

fn explained(error: &EnvironmentError) -> String {
    format!("{error}\nhint: {}", error.help())
}

fn python_tools() -> Result<Tools, Readiness> {
    let python = find_python().map_err(|missing| Readiness::Missing(format!("{}; {}", missing.reason, missing.how)))?;
    Ok(Tools { python, uv: OnceLock::new() })
}

fn readiness(
    session: &Session,
    key: &WorkerKey,
    flavor: &FlavorFile,
    tools: Option<&Result<Tools, Readiness>>,
) -> Readiness {
    let tools = match (flavor.runtime, tools) {
        (Runtime::InProcess, _) => return Readiness::InProcess,
        (Runtime::Python, Some(Ok(tools))) => tools,
        (Runtime::Python, Some(Err(missing))) => return missing.clone(),
        (Runtime::Python, None) => return Readiness::Missing("Python was not looked for".to_owned()),
    };
    let Some(lock) = lock_of(flavor, key) else {
        return Readiness::Broken(format!("flavor `{}` has no lock", key.flavor));
    };
    let request = environment_request(&session.workspace, key, lock);
    match environment(session, &request, tools).and_then(|made| slot(&request, made)) {
        Ok(slot) => Readiness::Python(Arc::new(slot)),
        Err(problem) => Readiness::Broken(problem),
    }
}

fn environment(session: &Session, request: &EnvironmentRequest, tools: &Tools) -> Result<Environment, String> {
    if let Some(found) = find(request, &tools.python).map_err(|error| explained(&error))? {
        return Ok(found);
    }
    let uv = tools.uv(session)?;
    ensure(request, &tools.python, uv, &|progress| say(session, &progress)).map_err(|error| explained(&error))
}

/// The lock of a flavor's variant.
pub(crate) fn lock_of<'a>(flavor: &'a FlavorFile, key: &WorkerKey) -> Option<&'a Lock> {
    flavor.variant.get(key.variant.as_str()).and_then(|variant| variant.lock.as_ref()).or(flavor.lock.as_ref())
}

/// What to make for a lock.
pub(crate) fn environment_request(workspace: &Workspace, key: &WorkerKey, lock: &Lock) -> EnvironmentRequest {
    // One environment per lock, so one name per lock: `requirements-openai-2.txt` of `py-none` is `py-none-openai-2`.
    let suffix = Utf8Path::new(&lock.file).file_stem().unwrap_or_default().trim_start_matches("requirements");
    EnvironmentRequest {
        name: format!("{}{suffix}", key.flavor),
        lock: workspace.flavor_directory(&key.flavor).join(&lock.file),
        cache: workspace.environments(),
    }
}

fn slot(request: &EnvironmentRequest, made: Environment) -> Result<PythonSlot, String> {
    let text = std::fs::read_to_string(&request.lock).map_err(|error| format!("{}: {error}", request.lock))?;
    Ok(PythonSlot {
        python: made.python,
        flavor_directory: request.lock.parent().map(ToOwned::to_owned).unwrap_or_default(),
        environment_directory: made.directory,
        locked: LockedVersions::parse(&text),
    })
}

fn say(session: &Session, progress: &Progress) {
    session.say(Event::Progress { message: progress.to_string() });
}
