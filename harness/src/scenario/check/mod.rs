//! What a scenario may not say although its shape is right: references, contradictions, things that cannot happen.
//!
//! Each file looks at one part; all mistakes are collected. Pure.

mod cloud;
mod conversation;
mod expectations;
mod groups;
mod reply;
mod steps;
mod stream;

use super::{ScenarioFile, Step};
use crate::diagnose::{Diagnostics, Document, Place};

/// Reports every mistake of meaning in a scenario of the right shape.
pub(super) fn check(file: &ScenarioFile, document: &Document, concepts: &[&str], found: &mut Diagnostics) {
    let context = Context { file, document, concepts };
    cloud::check(&context, found);
    steps::check(&context, found);
    groups::check(&context, found);
    expectations::check(&context, found);
}

/// What every check reads.
struct Context<'a> {
    file: &'a ScenarioFile,
    document: &'a Document,
    concepts: &'a [&'a str],
}

impl<'a> Context<'a> {
    /// The place of a step.
    fn step_place(&self, index: usize) -> Place<'a> {
        self.document.key("step").item(index)
    }

    /// A step with its position in the file.
    fn step(&self, id: &str) -> Option<(usize, &'a Step)> {
        self.file.step.iter().enumerate().find(|(_, step)| step.id == id)
    }

    /// The ids of all steps.
    fn step_ids(&self) -> impl Iterator<Item = &'a str> {
        self.file.step.iter().map(|step| step.id.as_str())
    }
}
