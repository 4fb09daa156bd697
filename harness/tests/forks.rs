//! Fresh processes that a parent forks: what goes wrong in one, or in its parent, costs its own cell at most.
//!
//! The real program runs fake workers and a fake parent here, see `fakes/parent.py`; each scenario leaves a stream, so that
//! each cell has a process of its own. Linux only, as parents are.
//!
//! Seen to fail: with a harness whose `--fresh` takes the parent, `with_fresh_nothing_is_forked`.

#[path = "support/fakes.rs"]
mod fakes;
#[path = "support/marker.rs"]
mod marker;
#[path = "support/trials.rs"]
mod trials;
#[path = "support/workspace.rs"]
mod workspace;

use std::process::ExitCode;

use libtest_mimic::Arguments;
use marker::Marker;
use trials::{named, with_python};
use workspace::{Events, TestWorkspace, text_of};

fn main() -> ExitCode {
    let tests = named![
        good_workers_are_forked,
        a_forked_worker_that_misbehaves_breaks_one_cell,
        what_a_forked_worker_started_ends_with_it,
        a_parent_that_cannot_fork_is_replaced_by_starts,
        with_fresh_nothing_is_forked,
        the_order_and_number_of_workers_changes_nothing,
    ];
    let tests = tests.into_iter().filter(|_| cfg!(target_os = "linux"));
    libtest_mimic::run(&Arguments::from_args(), with_python(tests)).exit_code()
}

const STREAM_THAT_IS_LEFT: &str = "stream = true\nread = { chunks = 1, then = \"break\" }";

fn workspace(fakes: &[fakes::Fake], marker: &Marker) -> TestWorkspace {
    fakes::workspace(fakes, "", &[marker.variable()], STREAM_THAT_IS_LEFT)
}

/// How many fresh processes were forked, and how many were started in the ordinary way.
fn counts(events: &Events) -> (u64, u64) {
    let fresh = &events.summary["fresh"];
    let started = fresh["started"].as_object().into_iter().flatten().filter_map(|(_, count)| count.as_u64());
    (fresh["forked"].as_u64().unwrap_or(0), started.sum())
}

fn good_workers_are_forked() {
    let marker = Marker::new("good-forks");
    let (ran, events) = workspace(&["good"], &marker).run_cells(&[]);
    ran.ends_with(1);
    marker.has_no_process();
    for scenario in ["first", "second"] {
        assert_eq!(events.status(&format!("chat/{scenario}::control::plain")), "pass");
        assert_eq!(events.status(&format!("chat/{scenario}::fake::good")), "changed");
    }
    assert_eq!(counts(&events), (4, 0), "{:#}", events.summary);
}

/// `chat/first` is broken for the reason given, the next fork of the same parent and everybody else are not.
fn a_forked_worker_that_misbehaves_breaks_one_cell() {
    let marker = Marker::new("bad-forks");
    let broken = [
        ("dies", "the worker ended during `run` (exit status: 7); its last words:\n    these are my last words"),
        ("hangs", "the worker did not answer `run` within 4 s and was killed"),
        ("hangs-and-ignores-signals", "the worker did not answer `run` within 4 s and was killed"),
        ("floods", "the worker wrote more than 8388608 bytes to its standard error and was killed"),
        ("answers-twice", "the worker answered request 3 while request 4 (`flush`) was open"),
        ("prints-garbage", "the worker answered `run` with a line that is not a protocol reply: I am not JSON"),
        ("lies-in-flush", "the worker's answer to `flush` does not fit the protocol: 4 spans ended, but 1 arrived"),
        ("closes-its-output", "the worker ended during `run` (it closed its pipes)"),
    ];
    let fakes: Vec<_> = broken.iter().map(|(fake, _)| *fake).chain(["good"]).collect();
    let (ran, events) = workspace(&fakes, &marker).run_cells(&["--deadline", "4", "--jobs", "4"]);
    ran.ends_with(5);
    marker.has_no_process();
    for (fake, reason) in broken {
        let cell = events.cell(&format!("chat/first::fake::{fake}"));
        assert_eq!(cell["status"], "broken", "{fake}: {cell:#}");
        assert!(text_of(&cell["reason"]).starts_with(reason), "{fake}: {:#}", cell["reason"]);
        assert_eq!(events.status(&format!("chat/second::fake::{fake}")), "changed", "{fake}");
    }
    assert_eq!(events.summary["counts"]["broken"], broken.len(), "{:#}", events.summary);
    assert_eq!(counts(&events), (2 * fakes.len() as u64 + 2, 0), "{:#}", events.summary);
}

fn what_a_forked_worker_started_ends_with_it() {
    let marker = Marker::new("child-of-fork");
    let (ran, events) = workspace(&["leaves-a-child"], &marker).run_cells(&[]);
    ran.ends_with(1);
    marker.has_no_process();
    assert_eq!(events.status("chat/first::fake::leaves-a-child"), "changed");
    assert_eq!(counts(&events), (4, 0), "{:#}", events.summary);
}

/// Every cell has its verdict, and the summary says how many processes were started instead, and why.
fn a_parent_that_cannot_fork_is_replaced_by_starts() {
    let failed = "the parent of fresh workers failed: ";
    for (fake, reason, forked, started) in [
        ("parent-refuses", "a thread was started by an import".to_owned(), 2, 2),
        ("parent-dies-at-start", format!("{failed}it ended during `hello`"), 2, 2),
        ("parent-answers-garbage", format!("{failed}it ended during `fork`"), 2, 2),
        ("parent-lies-about-a-pid", format!("{failed}its answer to `fork` has the impossible `pid` 1"), 2, 2),
        ("parent-never-answers", format!("{failed}it did not answer `fork` in time"), 2, 2),
        ("parent-dies-after-one", format!("{failed}it ended during `fork`"), 3, 1),
    ] {
        let marker = Marker::new(fake);
        let (ran, events) = workspace(&[fake], &marker).run_cells(&["--deadline", "4"]);
        ran.ends_with(1);
        marker.has_no_process();
        for scenario in ["first", "second"] {
            assert_eq!(events.status(&format!("chat/{scenario}::fake::{fake}")), "changed", "{fake}");
        }
        assert_eq!(counts(&events), (forked, started), "{fake}: {:#}", events.summary);
        assert_eq!(events.summary["fresh"]["started"][&reason], started, "{fake}: {:#}", events.summary);
    }
}

fn with_fresh_nothing_is_forked() {
    let marker = Marker::new("no-forks");
    let (ran, events) = workspace(&["good"], &marker).run_cells(&["--fresh"]);
    ran.ends_with(1);
    marker.has_no_process();
    assert_eq!(counts(&events), (0, 0), "{:#}", events.summary);
    assert_eq!(events.summary["counts"]["changed"], 2);
}

fn the_order_and_number_of_workers_changes_nothing() {
    let marker = Marker::new("order-of-forks");
    let workspace = workspace(&["good"], &marker);
    let snapshots = |arguments: &[&str]| {
        workspace.run(&["accept", "--reject"]);
        workspace.run_cells(arguments).0.ends_with(1);
        workspace.snapshots()
    };
    let first = snapshots(&["--jobs", "1"]);
    assert_eq!(first.len(), 2);
    assert_eq!(snapshots(&["--jobs", "4", "--shuffle", "3"]), first);
    assert_eq!(snapshots(&["--fresh"]), first);
    marker.has_no_process();
}
