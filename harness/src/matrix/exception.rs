//! What variants leave out, as the plan sees it.

use super::PlannedCell;
use crate::diagnose::Glob;
use crate::flavor::{Exception, LeftOutOf, VariantTable};

/// A cell of a variant, which may leave it out of the run, or its snapshot out of the reviewed files.
pub(super) fn left_out(cell: PlannedCell, variant: &VariantTable) -> PlannedCell {
    let name = cell.id.scenario.as_str();
    let holds = |exception: &&Exception| Glob::any_matches(&exception.scenarios, name);
    match variant.except.iter().find(holds) {
        None => cell,
        Some(Exception { from: LeftOutOf::Run, reason, .. }) => {
            PlannedCell { skip: Some(reason.clone()), snapshot: None, ..cell }
        }
        Some(Exception { from: LeftOutOf::Snapshots, reason, .. }) => {
            PlannedCell { unkept: Some(reason.clone()), snapshot: None, ..cell }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::flavor::FlavorFile;
    use crate::flavor::FlavorName;
    use crate::matrix::{NamedFlavor, PlannedCell, plan};
    use crate::scenario::{Scenario, parse};

    const FLAVOR: &str = "
title = 'A'
runtime = 'in-process'
family = 'otel'
clients = ['async']
[variant.default]
summary = 'As installed.'
content = true
[[variant.default.except]]
scenarios = ['chat/large']
from = 'snapshots'
reason = 'It is too large.'
[[variant.default.except]]
scenarios = ['chat/*-chance']
reason = 'Which answer it takes is chance.'
";

    const SCENARIO: &str = "
title = 'A call'
intent = 'It is needed.'
[azure.resources.east]
region = 'eastus2'
[azure.deployments.chat]
resource = 'east'
model = 'gpt-4o-2024-11-20'
[[step]]
id = 'ask'
chat = { deployment = 'chat', user = 'Hello' }
reply = { text = 'Hello', usage = { input = 1, output = 1 } }
";

    fn check(scenario: &str, skip: Option<&str>, unkept: Option<&str>, has_snapshot: bool) {
        let flavor: FlavorFile = toml::from_str(FLAVOR).expect("a flavor");
        let flavors = [NamedFlavor { name: FlavorName::new("py-x"), file: Arc::new(flavor) }];
        let parsed: Scenario = parse(&format!("scenarios/{scenario}.toml"), SCENARIO, &[]).expect("a scenario");
        let cells: Vec<PlannedCell> = plan(&[Arc::new(parsed)], &flavors);
        let [cell] = cells.as_slice() else { panic!("{scenario}: {} cells", cells.len()) };
        assert_eq!(cell.skip.as_deref(), skip, "{scenario}");
        assert_eq!(cell.unkept.as_deref(), unkept, "{scenario}");
        assert_eq!(cell.snapshot.is_some(), has_snapshot, "{scenario}");
    }

    #[test]
    fn what_is_left_out_is_planned_with_the_reason() {
        check("chat/small", None, None, true);
        check("chat/by-chance", Some("Which answer it takes is chance."), None, false);
        check("chat/large", None, Some("It is too large."), false);
    }
}
