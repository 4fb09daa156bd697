//! Steps that run at the same time, and where they stand among the others.

use super::{Group, Parallel, PlannedStep, Scenario, ScenarioFile, Step};

/// What is done next: one step, or several at the same time. A flush boundary follows each part.
#[derive(Clone, Debug, PartialEq)]
pub enum Part<'a> {
    /// One step.
    Step(PlannedStep<'a>),
    /// Several at the same time.
    Parallel(PlannedParallel<'a>),
}

/// Steps that run at the same time, with their place in the scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedParallel<'a> {
    /// The block as it stands in the file.
    pub parallel: &'a Parallel,
    /// What runs at the same time, in the file's order.
    pub branches: Vec<Branch<'a>>,
    /// The group around the whole, if its span is opened before it.
    pub opens: Option<&'a Group>,
    /// The group around the whole, if its span is closed after it.
    pub closes: Option<&'a Group>,
}

/// One of the things that run at the same time: a step, or the steps of a group one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch<'a> {
    /// The group whose span is opened for this branch alone.
    pub group: Option<&'a Group>,
    /// In the order in which they are performed.
    pub steps: Vec<PlannedStep<'a>>,
}

impl ScenarioFile {
    /// The group that a step belongs to.
    pub fn group_of(&self, step: &str) -> Option<&Group> {
        self.group.iter().find(|group| group.steps.iter().any(|member| member == step))
    }

    /// The block that a step runs in at the same time as others.
    pub fn parallel_of(&self, step: &str) -> Option<&Parallel> {
        self.parallel.iter().find(|parallel| parallel.steps.iter().any(|member| member == step))
    }

    /// The block within which a group's span is opened and closed; none for a group around whole blocks or none.
    pub fn block_of(&self, group: &Group) -> Option<&Parallel> {
        let parallel = self.parallel_of(group.steps.first()?)?;
        (group.steps.len() < parallel.steps.len()).then_some(parallel)
    }

    /// The group around a whole block.
    pub fn group_around(&self, parallel: &Parallel) -> Option<&Group> {
        self.group_of(parallel.steps.first()?).filter(|group| self.block_of(group).is_none())
    }
}

impl Step {
    /// The text by which a request is known to be this step's.
    pub fn marker(&self) -> Option<&str> {
        let chat = self.chat.as_ref().and_then(|chat| chat.user.as_deref());
        let embedded = self.embeddings.as_ref();
        let text = embedded.and_then(|embeddings| {
            embeddings.text.as_deref().or(embeddings.input.as_ref()?.first().map(String::as_str))
        });
        chat.or(text)
    }
}

impl Scenario {
    /// What is done, in order.
    pub fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        self.steps().filter_map(|planned| match self.file().parallel_of(&planned.step.id) {
            None => Some(Part::Step(planned)),
            Some(parallel) if parallel.steps.first() == Some(&planned.step.id) => {
                Some(Part::Parallel(self.planned_parallel(parallel)))
            }
            Some(_) => None,
        })
    }

    fn planned_parallel<'a>(&'a self, parallel: &'a Parallel) -> PlannedParallel<'a> {
        let around = self.file().group_around(parallel);
        let mut branches: Vec<Branch<'a>> = Vec::new();
        for planned in self.steps().filter(|planned| parallel.steps.contains(&planned.step.id)) {
            let group = planned.group.filter(|group| around != Some(*group));
            match branches.iter_mut().find(|branch| group.is_some() && branch.group == group) {
                Some(branch) => branch.steps.push(planned),
                None => branches.push(Branch { group, steps: vec![planned] }),
            }
        }
        let is_end = |own: Option<&String>, whole: Option<&String>| own.is_some() && own == whole;
        PlannedParallel {
            parallel,
            branches,
            opens: around.filter(|group| is_end(parallel.steps.first(), group.steps.first())),
            closes: around.filter(|group| is_end(parallel.steps.last(), group.steps.last())),
        }
    }
}
