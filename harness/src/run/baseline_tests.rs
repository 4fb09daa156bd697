//! Whatever becomes of a control, nobody waits for it for ever, and nobody else is told anything.

use camino::Utf8Path;
use futures_util::FutureExt;

use super::*;
use crate::matrix::WorkerKey;
use crate::workspace::{Loaded, Workspace};

/// The first cell of each control, and a cell that is held against it.
fn pairs() -> Vec<(PlannedCell, PlannedCell)> {
    let root = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let workspace = Workspace::find(Some(&root)).expect("the repository is a workspace");
    let plan = Loaded::read(&workspace).expect("the repository's files are without mistakes").plan();
    let mut pairs: BTreeMap<WorkerKey, (PlannedCell, PlannedCell)> = BTreeMap::new();
    for cell in plan.iter().filter(|cell| cell.is_product()) {
        let Some(key) = cell.baseline() else { continue };
        let control = plan.iter().find(|other| other.flavor.is_control && other.baseline().as_ref() == Some(&key));
        if let Some(control) = control {
            pairs.entry(key.control).or_insert_with(|| (control.clone(), cell.clone()));
        }
    }
    pairs.into_values().collect()
}

fn kept() -> Arc<KeptBaseline> {
    Arc::new(KeptBaseline(r#"{"steps":[],"took":{}}"#.into()))
}

/// What a cell is told now; `None` while it waits.
fn told(baselines: &Baselines, cell: &PlannedCell) -> Option<Result<bool, String>> {
    let told = baselines.of(cell).now_or_never()?;
    Some(told.map(|baseline| baseline.is_some()).map_err(|none| none.reason))
}

#[tokio::test]
async fn a_control_whose_group_panics_breaks_only_the_cells_that_wait_for_it() {
    let pairs = pairs();
    let [(_, waiting), (_, other), ..] = pairs.as_slice() else { panic!("there are several controls") };
    let (baselines, promises) = Baselines::promised(pairs.iter().map(|(control, _)| control));
    let mut promises = promises.into_iter();
    let (panics, goes_on) = (promises.next().expect("a promise"), promises.next().expect("a promise"));
    assert_eq!(told(&baselines, waiting), None);
    let group = tokio::spawn(async move {
        let _owned = panics;
        std::panic::resume_unwind(Box::new("the group panics"));
    });
    assert!(group.await.is_err());
    assert_eq!(told(&baselines, waiting), Some(Err("its control was given up before it had run".to_owned())));
    assert_eq!(told(&baselines, other), None, "the other control's cells go on");
    goes_on.keep(|| Ok(kept()));
    assert_eq!(told(&baselines, other), Some(Ok(true)));
}

#[tokio::test]
async fn a_cell_is_told_what_became_of_its_control() {
    let pairs = pairs();
    let (control, cell) = &pairs[0];
    let check = |run: fn() -> ControlRun, expected: Result<bool, &str>| {
        let (baselines, mut promises) = Baselines::promised([control]);
        promises.remove(0).keep(run);
        assert_eq!(told(&baselines, cell), Some(expected.map_err(str::to_owned)));
        assert_eq!(told(&baselines, control), Some(Ok(false)), "a control waits for nobody");
    };
    check(|| Ok(kept()), Ok(true));
    check(|| Err(NoBaseline::broken("it is broken")), Err("it is broken"));
    let (nobody, _promises) = Baselines::promised([cell]);
    let key = cell.baseline().expect("it has a control").control;
    let missing = format!("its control {} {} is not in the plan", key.flavor, key.variant);
    assert_eq!(told(&nobody, cell), Some(Err(missing)));
}
