//! How many calls a live run makes, and where: what a person confirms before they are billed.

use std::collections::BTreeMap;
use std::fmt;

use super::Settings;
use crate::matrix::PlannedCell;
use crate::wire::Route;

/// Retries of the clients when an application does not say.
const USUAL_RETRIES: u64 = 2;

/// The calls of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cost {
    /// Cells that will be performed, controls included.
    pub cells: usize,
    /// Calls of the model, when each succeeds at once.
    pub calls: u64,
    /// Calls when every one is tried as often as its client may.
    pub at_most: u64,
    /// Calls by host and deployment.
    pub places: BTreeMap<(String, String), u64>,
}

impl Cost {
    /// Counts the calls of cells with their routes.
    pub(crate) fn of<'a>(settings: &Settings, cells: impl IntoIterator<Item = (&'a PlannedCell, Vec<Route>)>) -> Self {
        let mut cost = Self::default();
        for (cell, routes) in cells {
            cost.cells += 1;
            let retries = cell.scenario.file().application.max_retries.map_or(USUAL_RETRIES, u64::from);
            for step in cell.scenario.steps() {
                cost.calls += 1;
                cost.at_most += 1 + retries;
                let called = step.call.deployment();
                let Some(route) = routes.iter().find(|route| route.deployment == called) else { continue };
                let host = settings.resources.get(&route.resource).map(|resource| resource.endpoint.host().to_owned());
                *cost.places.entry((host.unwrap_or_default(), route.real.clone())).or_default() += 1;
            }
        }
        cost
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            formatter,
            "{} calls of live models in {} cells, controls included; at most {} with retries",
            self.calls, self.cells, self.at_most
        )?;
        for ((host, deployment), calls) in &self.places {
            writeln!(formatter, "  {calls:>5}  {deployment} at {host}")?;
        }
        Ok(())
    }
}
