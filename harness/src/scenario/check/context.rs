//! All checks of a scenario, and what every one of them reads.

use super::{cloud, expectations, groups, parallel, steps};
use crate::diagnose::{Diagnostics, Document, Place};
use crate::scenario::{ScenarioFile, Step};

/// Reports every mistake of meaning in a scenario of the right shape.
pub(in crate::scenario) fn check(file: &ScenarioFile, document: &Document, concepts: &[&str], found: &mut Diagnostics) {
    let context = Context { file, document, concepts };
    cloud::check(&context, found);
    steps::check(&context, found);
    groups::check(&context, found);
    parallel::check(&context, found);
    expectations::check(&context, found);
}

/// What every check reads.
pub(super) struct Context<'a> {
    pub(super) file: &'a ScenarioFile,
    pub(super) document: &'a Document,
    pub(super) concepts: &'a [&'a str],
}

impl<'a> Context<'a> {
    /// The place of a step.
    pub(super) fn step_place(&self, index: usize) -> Place<'a> {
        self.document.key("step").item(index)
    }

    /// A step with its position in the file.
    pub(super) fn step(&self, id: &str) -> Option<(usize, &'a Step)> {
        self.file.step.iter().enumerate().find(|(_, step)| step.id == id)
    }

    /// The ids of all steps.
    pub(super) fn step_ids(&self) -> impl Iterator<Item = &'a str> {
        self.file.step.iter().map(|step| step.id.as_str())
    }
}
