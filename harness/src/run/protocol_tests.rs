//! Every request that a worker can be sent is read back by the types that it was written from.

use std::collections::BTreeSet;

use camino::Utf8Path;
use serde_json::json;

use super::open_request;
use crate::protocol::{BranchRequest, GroupRequest, NumberedRequest, PROTOCOL_VERSION, StepRequest, WorkerRequest};
use crate::scenario::{Part, Scenario};
use crate::wire::CellService;
use crate::workspace::{Loaded, Workspace};

fn loaded() -> Loaded {
    let root = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let workspace = Workspace::find(Some(&root)).expect("the repository is a workspace");
    Loaded::read(&workspace).expect("the repository's files are without mistakes")
}

fn requests(scenario: &Scenario) -> Vec<WorkerRequest> {
    let groups = scenario.file().group.iter().map(|group| WorkerRequest::GroupOpen(GroupRequest::of(group)));
    let parts = scenario.parts().map(|part| match part {
        Part::Step(planned) => WorkerRequest::Run { step: StepRequest::of(scenario, planned) },
        Part::Parallel(parallel) => {
            let branches = parallel.branches.iter().map(|branch| BranchRequest::of(scenario, branch)).collect();
            WorkerRequest::RunAll { branches }
        }
    });
    groups.chain(parts).collect()
}

#[test]
fn every_request_of_every_cell_is_read_back_as_it_was_sent() {
    let check = |request: &WorkerRequest| {
        let line = json!(NumberedRequest { id: 1, request });
        assert_eq!(line["op"], request.operation());
        let read: NumberedRequest = serde_json::from_value(line).unwrap_or_else(|error| panic!("{request:?}: {error}"));
        assert_eq!((read.id, &read.request), (1, request));
    };
    check(&WorkerRequest::Hello { protocol: PROTOCOL_VERSION });
    for request in [WorkerRequest::GroupClose, WorkerRequest::Flush, WorkerRequest::Close] {
        check(&request);
    }
    let mut seen = BTreeSet::new();
    for cell in loaded().plan().iter().filter(|cell| cell.flavor.is_control) {
        check(&WorkerRequest::Open(open_request(cell, &CellService::default(), 4711)));
        if seen.insert(cell.id.scenario.clone()) {
            requests(&cell.scenario).iter().for_each(check);
        }
    }
    assert!(seen.len() > 100, "{}", seen.len());
}
