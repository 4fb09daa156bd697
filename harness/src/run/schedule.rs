//! The order of a run: controls first, then one group per flavor and variant, as many at work as there are cores.
//!
//! A group is one warm process that performs its cells one after the other. Nothing waits by polling: a cell that
//! needs a baseline waits on the control's cell, and controls start first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::baseline::{Baseline, KeptBaseline};
use super::judging::{self, Judged};
use super::options::{EvidenceMode, Order, Processes, Require, Target};
use super::perform::{Ending, perform};
use super::prepare::{Readiness, prepare};
use super::session::Session;
use super::slot::Slot;
use crate::drive::WorkerFault;
use crate::judge::CellStatus;
use crate::matrix::{BaselineKey, CellId, PlannedCell, WorkerKey};
use crate::results::{CellEvent, Event, Summary};
use crate::wire::Route;

/// What an uninstrumented run gave, or why there is none.
type ControlRun = Result<Arc<KeptBaseline>, NoBaseline>;

/// Why there is no baseline, and what that makes of the cells that need it.
#[derive(Clone)]
struct NoBaseline {
    status: CellStatus,
    reason: String,
}

impl NoBaseline {
    fn broken(reason: impl Into<String>) -> Self {
        Self { status: CellStatus::Broken, reason: reason.into() }
    }
}

type Baselines = Arc<HashMap<BaselineKey, watch::Sender<Option<ControlRun>>>>;

/// Runs the selected cells of `plan`, and the control cells that they need. Events go to the session's listener.
///
/// Gives the summary; the last event is the same.
pub async fn run(session: &Arc<Session>, plan: &[PlannedCell], selected: &BTreeSet<CellId>) -> Summary {
    let started = Instant::now();
    let cells = with_controls(plan, selected);
    session.say(Event::Started { cells: selected.len() });
    let readiness = prepare(session, &cells).await;
    let baselines: Baselines = Arc::new(
        cells
            .iter()
            .filter(|cell| cell.flavor.is_control)
            .filter_map(PlannedCell::baseline)
            .map(|key| (key, watch::Sender::new(None)))
            .collect(),
    );
    let mut events: Vec<Arc<CellEvent>> = Vec::new();
    let mut waiting = groups_in_order(cells, &readiness, session.options.order).into_iter();
    let mut groups = JoinSet::new();
    loop {
        // Groups start in this order: one that waits for a control keeps its place, and the control must have had one
        // before.
        for group in waiting.by_ref().take(session.options.jobs.get() - groups.len()) {
            let work = Group {
                session: Arc::clone(session),
                readiness: readiness.get(&group.key).cloned(),
                baselines: Arc::clone(&baselines),
                selected: selected.clone(),
            };
            groups.spawn(async move { work.run(group.cells).await });
        }
        match groups.join_next().await {
            None => break,
            Some(Ok(group)) => events.extend(group),
            Some(Err(panic)) => release_waiting(&baselines, &format!("a group of cells panicked: {panic}")),
        }
    }
    let summary = Summary::of(
        events.iter().map(Arc::as_ref),
        started.elapsed().as_secs_f64(),
        session.lower_bound().as_secs_f64(),
    );
    if let Some(report) = session.drift() {
        session.say(Event::Drift(Box::new(report)));
    }
    session.say(Event::Summary(summary.clone()));
    summary
}

/// Nobody waits for a control that will never answer.
fn release_waiting(baselines: &Baselines, reason: &str) {
    for sender in baselines.values() {
        sender.send_if_modified(|baseline| {
            let waiting = baseline.is_none();
            if waiting {
                *baseline = Some(Err(NoBaseline::broken(reason)));
            }
            waiting
        });
    }
}

/// The selected cells of a plan, and the controls that they are held against.
pub fn with_controls(plan: &[PlannedCell], selected: &BTreeSet<CellId>) -> Vec<PlannedCell> {
    let chosen = || plan.iter().filter(|cell| selected.contains(&cell.id));
    let needed: BTreeSet<BaselineKey> = chosen().filter_map(PlannedCell::baseline).collect();
    let is_needed =
        |cell: &PlannedCell| cell.flavor.is_control && cell.baseline().is_some_and(|key| needed.contains(&key));
    plan.iter().filter(|cell| selected.contains(&cell.id) || is_needed(cell)).cloned().collect()
}

struct CellGroup {
    key: WorkerKey,
    cells: Vec<PlannedCell>,
}

fn groups_in_order(
    cells: Vec<PlannedCell>,
    readiness: &BTreeMap<WorkerKey, Readiness>,
    order: Order,
) -> Vec<CellGroup> {
    let mut by_key: BTreeMap<WorkerKey, Vec<PlannedCell>> = BTreeMap::new();
    for cell in cells {
        by_key.entry(cell.worker()).or_default().push(cell);
    }
    let mut groups: Vec<CellGroup> = by_key
        .into_iter()
        .map(|(key, mut cells)| {
            shuffle(&mut cells, order);
            // The warm process first performs everything it may; then come the cells with a process of their own.
            cells.sort_by_key(PlannedCell::needs_fresh_process);
            CellGroup { key, cells }
        })
        .collect();
    // Controls first, then the dearest group first: the last one to finish decides the wall time.
    groups.sort_by_key(|group| {
        let control = group.cells.first().is_some_and(|cell| cell.flavor.is_control);
        let in_process = matches!(readiness.get(&group.key), Some(Readiness::InProcess));
        (!control, in_process, Reverse(group.cells.len()))
    });
    groups
}

/// A shuffle of our own, a few lines of xorshift: the order must be the same for the same seed on every machine.
fn shuffle(cells: &mut [PlannedCell], order: Order) {
    let Order::Shuffled(seed) = order else { return };
    let mut state = seed | 1;
    for index in (1..cells.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let other = usize::try_from(state % (index as u64 + 1)).unwrap_or(0);
        cells.swap(index, other);
    }
}

struct Group {
    session: Arc<Session>,
    readiness: Option<Readiness>,
    baselines: Baselines,
    selected: BTreeSet<CellId>,
}

impl Group {
    async fn run(&self, cells: Vec<PlannedCell>) -> Vec<Arc<CellEvent>> {
        let mut events = Vec::new();
        let mut warm: Option<Slot> = None;
        for cell in cells {
            let started = Instant::now();
            let judged = self.run_cell(&cell, &mut warm).await;
            if !self.selected.contains(&cell.id) {
                continue;
            }
            let event = Arc::new(judged.event(&cell, started.elapsed()));
            self.session.say(Event::Cell(Arc::clone(&event)));
            events.push(event);
        }
        if let Some(slot) = warm {
            self.stop(slot).await;
        }
        events
    }

    async fn run_cell(&self, cell: &PlannedCell, warm: &mut Option<Slot>) -> Judged {
        if let Some(reason) = cell.skip.as_ref().filter(|_| self.session.believes_skips()) {
            self.publish(cell, Err(NoBaseline::broken(format!("the control skips it: {reason}"))));
            return Judged::ended(CellStatus::Skipped, reason.clone());
        }
        let python = match &self.readiness {
            Some(Readiness::InProcess) => None,
            Some(Readiness::Python(python)) => Some(Arc::clone(python)),
            Some(Readiness::Missing(reason)) => {
                self.publish(cell, Err(NoBaseline::broken(reason.as_str())));
                return match self.session.options.require {
                    Require::Available => Judged::ended(CellStatus::Skipped, reason.clone()),
                    Require::All => {
                        self.session.note_missing();
                        Judged::ended(CellStatus::Broken, reason.clone())
                    }
                };
            }
            Some(Readiness::Broken(reason)) => {
                self.publish(cell, Err(NoBaseline::broken(reason.as_str())));
                return Judged::ended(CellStatus::Broken, reason.clone());
            }
            None => return Judged::ended(CellStatus::Broken, "it was never prepared".to_owned()),
        };
        let routes = match self.session.options.target.routes(cell) {
            Ok(routes) => routes,
            Err(reason) => {
                self.publish(cell, Err(self.skipped_by_control(&reason)));
                return Judged::ended(CellStatus::Skipped, reason);
            }
        };
        let ended = self.perform(cell, python.as_deref(), warm, routes).await;
        let captured = match ended {
            Err(fault) => {
                self.publish(cell, Err(NoBaseline::broken(format!("the control run is broken: {fault}"))));
                return Judged::ended(CellStatus::Broken, fault.to_string());
            }
            Ok(Ending::Skipped(reason) | Ending::Refused(reason)) => {
                self.publish(cell, Err(self.skipped_by_control(&reason)));
                return Judged::refused(reason);
            }
            Ok(Ending::Captured(_)) if cell.skip.is_some() => {
                let reason = "it is declared as something that cannot be done, and was done: remove the `[[skip]]`";
                self.publish(cell, Err(NoBaseline::broken(reason)));
                return Judged::ended(CellStatus::Failed, reason.to_owned());
            }
            Ok(Ending::Unserved(reason)) => {
                self.publish(cell, Err(NoBaseline::broken(format!("the control got no answer: {reason}"))));
                return Judged::ended(CellStatus::Broken, reason);
            }
            Ok(Ending::Captured(mut captured)) => {
                judging::divide(&self.session, cell, &mut captured);
                captured
            }
        };
        self.session.note_drift(&cell.id, &captured.compared);
        if cell.flavor.is_control {
            let kept = KeptBaseline::of(&captured).map_err(|error| NoBaseline::broken(error.to_string()));
            self.publish(cell, kept.map(Arc::new));
        }
        if self.session.options.evidence == EvidenceMode::Reported && self.selected.contains(&cell.id) {
            self.session.say(Event::Evidence(Box::new(judging::evidence(&self.session, cell, &captured))));
        }
        match self.baseline(cell).await {
            Ok(baseline) => judging::judge_cell(&self.session, cell, &captured, baseline.as_ref()),
            Err(NoBaseline { status, reason }) => Judged::ended(status, reason),
        }
    }

    /// A live model may answer the control in another way than the others; that is nobody's fault.
    fn skipped_by_control(&self, reason: &str) -> NoBaseline {
        let is_live = matches!(self.session.options.target, Target::Live(_));
        let status = if is_live { CellStatus::Skipped } else { CellStatus::Broken };
        NoBaseline { status, reason: format!("the control skips it: {reason}") }
    }

    async fn perform(
        &self,
        cell: &PlannedCell,
        python: Option<&super::prepare::PythonSlot>,
        warm: &mut Option<Slot>,
        routes: Option<Vec<Route>>,
    ) -> Result<Ending, WorkerFault> {
        let fresh = cell.needs_fresh_process() || self.session.options.processes == Processes::OnePerCell;
        if let Some(slot) = warm.take_if(|_| fresh) {
            self.stop(slot).await;
        }
        let mut slot = match warm.take() {
            Some(slot) => slot,
            None => Slot::start(&self.session, cell, python).await?,
        };
        // After a fault the slot is dropped, and its process with it.
        let ending = perform(cell, &mut slot, routes).await?;
        if fresh || !matches!(ending, Ending::Captured(_) | Ending::Refused(_)) {
            self.stop(slot).await;
        } else {
            *warm = Some(slot);
        }
        Ok(ending)
    }

    async fn stop(&self, slot: Slot) {
        self.session.note_work(slot.performer.busy());
        slot.stop().await;
    }

    /// Makes a control's capture known to those who wait for it.
    fn publish(&self, cell: &PlannedCell, baseline: ControlRun) {
        if let Some(sender) =
            cell.baseline().filter(|_| cell.flavor.is_control).and_then(|key| self.baselines.get(&key))
        {
            sender.send_replace(Some(baseline));
        }
    }

    /// The baseline of a cell: none for a flavor without a control.
    async fn baseline(&self, cell: &PlannedCell) -> Result<Option<Baseline>, NoBaseline> {
        if cell.flavor.is_control {
            return Ok(None);
        }
        let Some(key) = cell.baseline() else { return Ok(None) };
        let Some(sender) = self.baselines.get(&key) else {
            let reason = format!("its control {} {} is not in the plan", key.control.flavor, key.control.variant);
            return Err(NoBaseline::broken(reason));
        };
        let mut receiver = sender.subscribe();
        let known = receiver.wait_for(Option::is_some).await;
        match known.as_deref() {
            Ok(Some(Ok(kept))) => kept.read().map(Some).map_err(|error| NoBaseline::broken(error.to_string())),
            Ok(Some(Err(none))) => Err(none.clone()),
            Ok(None) | Err(_) => Err(NoBaseline::broken("its control never ran")),
        }
    }
}
