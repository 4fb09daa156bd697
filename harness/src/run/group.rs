//! The cells of one flavor and variant, one after the other on one warm process: an attempt at each, what it gave made known
//! to those who wait for it, and its verdict.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use super::baseline::{Baselines, KeptBaseline, NoBaseline, Promise};
use super::fresh::FreshProcesses;
use super::judging;
use super::options::{EvidenceMode, Processes, Require, Target};
use super::perform::{Captured, Ending, perform};
use super::prepare::{PythonSlot, Readiness};
use super::session::Session;
use super::slot::Slot;
use crate::drive::WorkerFault;
use crate::judge::CellStatus;
use crate::matrix::{CellId, PlannedCell};
use crate::results::{CellEvent, Event, Summary};
use crate::wire::Route;

/// How long the steps of a cell must wait for their group to give its place to another meanwhile. What happens in shorter
/// waits, as those of steps at the same time, is told apart by its order in time: such a cell keeps its place.
const LONG_WAIT: Duration = Duration::from_millis(300);

/// What a group needs besides its cells.
pub(super) struct Group {
    pub(super) session: Arc<Session>,
    pub(super) readiness: Option<Readiness>,
    pub(super) baselines: Arc<Baselines>,
    pub(super) reported: Arc<Reported>,
}

/// The processes that a group has from one cell to the next.
#[derive(Default)]
struct GroupProcesses {
    warm: Option<Slot>,
    fresh: FreshProcesses,
}

/// A cell that gave nothing to judge.
struct Ended {
    event: CellEvent,
    /// What that means for the cells that would be held against it.
    baseline: NoBaseline,
}

impl Group {
    /// Runs the cells. A promise that is left when this ends, however it ends, is one that nobody waits for any longer.
    pub(super) async fn run(&self, cells: Vec<(PlannedCell, Promise)>) {
        let mut processes = GroupProcesses::default();
        for (cell, promise) in cells {
            let started = Instant::now();
            let event = self.run_cell(&cell, promise, &mut processes).await;
            self.reported.add(event.after(started.elapsed()));
        }
        if let Some(slot) = processes.warm {
            slot.stop().await;
        }
        processes.fresh.stop().await;
    }

    async fn run_cell(&self, cell: &PlannedCell, promise: Promise, processes: &mut GroupProcesses) -> CellEvent {
        let attempt = self.attempt(cell, processes).await;
        promise.keep(|| match &attempt {
            Ok(captured) => KeptBaseline::of(captured),
            Err(ended) => Err(ended.baseline.clone()),
        });
        match attempt {
            Ok(captured) => self.judge(cell, &captured).await,
            Err(ended) => ended.event,
        }
    }

    async fn attempt(&self, cell: &PlannedCell, processes: &mut GroupProcesses) -> Result<Box<Captured>, Ended> {
        let ended = |status: CellStatus, reason: &str, baseline: NoBaseline| Ended {
            event: CellEvent::ended(cell, status, reason),
            baseline,
        };
        if let Some(reason) = cell.skip.as_ref().filter(|_| self.session.believes_skips()) {
            let baseline = NoBaseline::broken(format!("the control skips it: {reason}"));
            return Err(ended(CellStatus::Skipped, reason, baseline));
        }
        let python = self.python().map_err(|(status, reason)| ended(status, &reason, NoBaseline::broken(&reason)))?;
        let routes = self.session.options.target.routes(cell);
        let routes = routes.map_err(|reason| ended(CellStatus::Skipped, &reason, self.skipped_by_control(&reason)))?;
        match self.perform(cell, python, processes, routes).await {
            Ok(Ending::Captured(_)) if cell.skip.is_some() => {
                let reason = "it is declared as something that cannot be done, and was done: remove the `[[skip]]`";
                Err(ended(CellStatus::Failed, reason, NoBaseline::broken(reason)))
            }
            Ok(Ending::Captured(mut captured)) => {
                judging::divide(&self.session, cell, &mut captured);
                Ok(captured)
            }
            Ok(Ending::Skipped(reason) | Ending::Refused(reason)) => {
                let mut ended = ended(CellStatus::Skipped, &reason, self.skipped_by_control(&reason));
                ended.event.refused = true;
                Err(ended)
            }
            Ok(Ending::Unserved(reason)) => {
                let baseline = NoBaseline::broken(format!("the control got no answer: {reason}"));
                Err(ended(CellStatus::Broken, &reason, baseline))
            }
            Err(fault) => {
                let baseline = NoBaseline::broken(format!("the control run is broken: {fault}"));
                Err(ended(CellStatus::Broken, &fault.to_string(), baseline))
            }
        }
    }

    /// Where the packages are, for a Python flavor; fails with what becomes of cells for which they are not there.
    fn python(&self) -> Result<Option<&PythonSlot>, (CellStatus, String)> {
        match &self.readiness {
            Some(Readiness::InProcess) => Ok(None),
            Some(Readiness::Python(python)) => Ok(Some(python)),
            Some(Readiness::Missing(reason)) => match self.session.options.require {
                Require::Available => Err((CellStatus::Skipped, reason.clone())),
                Require::All => {
                    self.session.note_missing();
                    Err((CellStatus::Broken, reason.clone()))
                }
            },
            Some(Readiness::Broken(reason)) => Err((CellStatus::Broken, reason.clone())),
            None => Err((CellStatus::Broken, "it was never prepared".to_owned())),
        }
    }

    /// A live model may answer the control in another way than the others; that is nobody's fault.
    fn skipped_by_control(&self, reason: &str) -> NoBaseline {
        let is_live = matches!(self.session.options.target, Target::Live(_));
        let status = if is_live { CellStatus::Skipped } else { CellStatus::Broken };
        NoBaseline { status, reason: format!("the control skips it: {reason}") }
    }

    async fn judge(&self, cell: &PlannedCell, captured: &Captured) -> CellEvent {
        self.session.note_drift(&cell.id, &captured.compared);
        if self.session.options.evidence == EvidenceMode::Reported && self.reported.is_selected(&cell.id) {
            self.session.say(Event::Evidence(Box::new(judging::evidence(&self.session, cell, captured))));
        }
        match self.baselines.of(cell).await {
            Ok(baseline) => {
                let _place = self.session.place().await;
                judging::judge_cell(&self.session, cell, captured, baseline.as_ref())
            }
            Err(NoBaseline { status, reason }) => CellEvent::ended(cell, status, reason),
        }
    }

    async fn perform(
        &self,
        cell: &PlannedCell,
        python: Option<&PythonSlot>,
        processes: &mut GroupProcesses,
        routes: Option<Vec<Route>>,
    ) -> Result<Ending, WorkerFault> {
        // Held while the process starts, too; never while the cell waits for another.
        let place = self.session.place().await;
        let fresh = cell.needs_fresh_process() || self.session.options.processes == Processes::OnePerCell;
        if let Some(slot) = processes.warm.take_if(|_| fresh) {
            slot.stop().await;
        }
        let mut slot = if let Some(slot) = processes.warm.take() {
            slot
        } else {
            // With a process per cell, each is a real one.
            let forks = fresh && self.session.options.processes == Processes::Warm;
            Slot::start(&self.session, cell, python, forks.then_some(&mut processes.fresh)).await?
        };
        let _place = place.filter(|_| cell.scenario.longest_wait() < LONG_WAIT);
        // After a fault the slot is dropped, and its process with it.
        let ending = perform(cell, &mut slot, routes).await?;
        if fresh || !matches!(ending, Ending::Captured(_) | Ending::Refused(_)) {
            slot.stop().await;
        } else {
            processes.warm = Some(slot);
        }
        Ok(ending)
    }
}

/// The events of selected cells, as they come.
pub(super) struct Reported {
    session: Arc<Session>,
    selected: BTreeSet<CellId>,
    cells: Mutex<Vec<Arc<CellEvent>>>,
}

impl Reported {
    pub(super) fn of(session: &Arc<Session>, selected: &BTreeSet<CellId>) -> Self {
        Self { session: Arc::clone(session), selected: selected.clone(), cells: Mutex::default() }
    }

    fn is_selected(&self, cell: &CellId) -> bool {
        self.selected.contains(cell)
    }

    /// The selected cells of a plan of which nobody has said what became of them.
    pub(super) fn missing<'a>(&self, plan: &'a [PlannedCell]) -> Vec<&'a PlannedCell> {
        let cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        let reported: BTreeSet<&CellId> = cells.iter().map(|event| &event.id).collect();
        plan.iter().filter(|cell| self.is_selected(&cell.id) && !reported.contains(&cell.id)).collect()
    }

    /// Tells the listener, if the cell was selected: controls run for others, too.
    pub(super) fn add(&self, event: CellEvent) {
        if self.is_selected(&event.id) {
            let event = Arc::new(event);
            self.cells.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&event));
            self.session.say(Event::Cell(event));
        }
    }

    /// The summary of a run that took so much wall time and CPU time.
    pub(super) fn summary(&self, wall: Duration, cpu: Duration) -> Summary {
        let cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        let cores = available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let fresh = self.session.fresh();
        Summary { fresh, ..Summary::of(cells.iter().map(Arc::as_ref), wall, cpu, cores) }
    }
}
