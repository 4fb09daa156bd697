//! The order of a run: controls first, then one group per flavor and variant, twice as many under way as there are jobs.
//!
//! A job is a place for whoever keeps a core busy. A group gives its place back between cells, while a cell waits for its
//! control, and while the steps of a cell wait because their scenario says so; another group has it meanwhile. Nothing
//! waits by polling: a cell that needs a baseline waits on the control's cell, and controls start first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Instant;

use tokio::task::JoinSet;

use super::baseline::{Baselines, Promise};
use super::group::{Group, Reported};
use super::options::Order;
use super::prepare::{Readiness, prepare};
use super::session::Session;
use crate::drive::cpu_time;
use crate::judge::CellStatus;
use crate::matrix::{BaselineKey, CellId, PlannedCell, WorkerKey};
use crate::results::{CellEvent, Event, Summary};

/// Runs the selected cells of `plan`, and the control cells that they need. Events go to the session's listener.
///
/// Gives the summary; the last event is the same.
pub async fn run(session: &Arc<Session>, plan: &[PlannedCell], selected: &BTreeSet<CellId>) -> Summary {
    let (started, used) = (Instant::now(), cpu_time());
    let cells = with_controls(plan, selected);
    session.say(Event::Started { cells: selected.len() });
    let readiness = prepare(session, &cells).await;
    let (baselines, promises) = Baselines::promised(&cells);
    let baselines = Arc::new(baselines);
    let reported = Arc::new(Reported::of(session, selected));
    let cells = cells.into_iter().zip(promises).collect();
    let mut waiting = groups_in_order(cells, &readiness, session.options.order).into_iter();
    // Each has a process, and with it some 100 MB.
    let most = session.options.jobs.get().saturating_mul(2);
    let mut groups = JoinSet::new();
    let mut keys = HashMap::new();
    let mut panics = BTreeMap::new();
    loop {
        // Groups start in this order: one that waits for a control does not end, and the control must have started before.
        for CellGroup { key, cells } in waiting.by_ref().take(most - groups.len()) {
            let group = Group {
                session: Arc::clone(session),
                readiness: readiness.get(&key).cloned(),
                baselines: Arc::clone(&baselines),
                reported: Arc::clone(&reported),
            };
            let task = groups.spawn(async move { group.run(cells).await });
            keys.insert(task.id(), key);
        }
        match groups.join_next().await {
            None => break,
            Some(Ok(())) => {}
            Some(Err(panic)) => panics.extend(keys.remove(&panic.id()).map(|key| (key, panic))),
        }
    }
    // Of a group that panicked, nobody has said what became of the rest.
    for cell in reported.missing(plan) {
        let reason = match panics.get(&cell.worker()) {
            Some(panic) => format!("the harness failed while it ran the cells of this variant: {panic}"),
            None => "the harness never ran it".to_owned(),
        };
        reported.add(CellEvent::ended(cell, CellStatus::Broken, reason));
    }
    let summary = reported.summary(started.elapsed(), cpu_time().saturating_sub(used));
    if let Some(report) = session.drift() {
        session.say(Event::Drift(Box::new(report)));
    }
    session.say(Event::Summary(summary.clone()));
    summary
}

/// The selected cells of a plan, and the controls that they are held against.
pub(crate) fn with_controls(plan: &[PlannedCell], selected: &BTreeSet<CellId>) -> Vec<PlannedCell> {
    let chosen = || plan.iter().filter(|cell| selected.contains(&cell.id));
    let needed: BTreeSet<BaselineKey> = chosen().filter_map(PlannedCell::baseline).collect();
    let is_needed =
        |cell: &PlannedCell| cell.flavor.is_control && cell.baseline().is_some_and(|key| needed.contains(&key));
    plan.iter().filter(|cell| selected.contains(&cell.id) || is_needed(cell)).cloned().collect()
}

struct CellGroup {
    key: WorkerKey,
    cells: Vec<(PlannedCell, Promise)>,
}

fn groups_in_order(
    cells: Vec<(PlannedCell, Promise)>,
    readiness: &BTreeMap<WorkerKey, Readiness>,
    order: Order,
) -> Vec<CellGroup> {
    let mut by_key: BTreeMap<WorkerKey, Vec<(PlannedCell, Promise)>> = BTreeMap::new();
    for (cell, promise) in cells {
        by_key.entry(cell.worker()).or_default().push((cell, promise));
    }
    let mut groups: Vec<CellGroup> = by_key
        .into_iter()
        .map(|(key, mut cells)| {
            shuffle(&mut cells, order);
            // The warm process first performs everything it may; then come the cells with a process of their own.
            cells.sort_by_key(|(cell, _)| cell.needs_fresh_process());
            CellGroup { key, cells }
        })
        .collect();
    // Controls first, then the dearest group first: the last one to finish decides the wall time.
    groups.sort_by_key(|group| {
        let control = group.cells.first().is_some_and(|(cell, _)| cell.flavor.is_control);
        let in_process = matches!(readiness.get(&group.key), Some(Readiness::InProcess));
        (!control, in_process, Reverse(group.cells.len()))
    });
    groups
}

/// A shuffle of our own, a few lines of xorshift: the order must be the same for the same seed on every machine.
fn shuffle<T>(cells: &mut [T], order: Order) {
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
