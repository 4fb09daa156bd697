//! Workers that misbehave, and a harness that is killed: one cell is broken, the others finish, no process remains.
//!
//! The real program runs fake workers here, see `fakes/worker.py`. Processes are found by `/proc`, so that there is
//! nothing to run on other systems; without Python the trials are skipped with the reason, unless `CI` is set.

#[path = "support/fakes.rs"]
mod fakes;
#[path = "support/marker.rs"]
mod marker;
#[path = "support/trials.rs"]
mod trials;
#[path = "support/workspace.rs"]
mod workspace;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, ExitCode, Stdio};
use std::sync::mpsc;

use azmatrix::wire::secrets;
use camino::Utf8PathBuf;
use libtest_mimic::Arguments;
use marker::Marker;
use rustix::process::{Pid, Signal, kill_process};
use trials::{named, with_python};
use workspace::{Events, PATIENCE, Ran, TestWorkspace, text_of};

fn main() -> ExitCode {
    let tests = named![
        a_worker_that_dies_breaks_one_cell,
        a_worker_that_hangs_is_killed_at_its_deadline,
        a_worker_that_answers_nonsense_breaks_one_cell,
        a_worker_that_lies_breaks_one_cell,
        a_worker_that_cannot_start_breaks_only_its_own_cells,
        a_worker_that_cannot_do_something_skips_one_cell,
        what_a_worker_started_ends_with_it,
        a_host_that_a_package_contacts_is_refused_and_a_finding,
        a_host_that_a_flavor_declares_is_refused_and_accepted,
        a_key_in_telemetry_is_never_excused_and_never_shown,
        what_is_printed_before_a_boundary_belongs_to_its_cell,
        a_killed_harness_leaves_no_worker_and_no_half_written_file,
        an_interrupted_harness_says_so_and_leaves_no_worker,
        a_full_disk_breaks_the_cell_whose_snapshot_it_is,
        a_file_where_a_folder_should_be_breaks_the_cell,
        a_folder_where_a_snapshot_should_be_breaks_the_cell,
        a_full_disk_while_accepting_loses_nothing,
        two_runs_at_once_give_the_same_snapshots,
    ];
    let tests = tests.into_iter().filter(|_| cfg!(target_os = "linux"));
    libtest_mimic::run(&Arguments::from_args(), with_python(tests)).exit_code()
}

/// Far more than a step of a fake takes; only a fake that hangs on purpose takes longer.
const DEADLINE: &str = "4";

/// A workspace whose steps ask for whole answers.
fn workspace(fakes: &[fakes::Fake], more: &str, environment: &[(&str, &str)]) -> TestWorkspace {
    fakes::workspace(fakes, more, environment, "")
}

/// Runs fakes, each of which breaks `chat/first` for the reason given. `chat/second` and all cells of a good worker in the
/// same run must have their verdicts, and no process may remain.
fn check(name: &str, broken: &[(&'static str, &str)]) {
    let marker = Marker::new(name);
    let fakes: Vec<_> = broken.iter().map(|(fake, _)| *fake).chain(["good"]).collect();
    let workspace = workspace(&fakes, "", &[marker.variable()]);
    let (ran, events) = workspace.run_cells(&["--deadline", DEADLINE, "--jobs", "4"]);
    ran.ends_with(5);
    marker.has_no_process();
    for (fake, reason) in broken {
        let cell = events.cell(&format!("chat/first::fake::{fake}"));
        assert_eq!(cell["status"], "broken", "{fake}: {cell:#}");
        assert!(text_of(&cell["reason"]).starts_with(reason), "{fake}: {:#}", cell["reason"]);
        assert_eq!(events.status(&format!("chat/second::fake::{fake}")), "changed", "{fake}");
    }
    all_finished(&events, 2 * fakes.len() + 2, broken.len());
}

/// Cells of the control and of good workers, whose snapshots are new.
fn all_finished(events: &Events, cells: usize, broken: usize) {
    assert_eq!(events.cells.len(), cells);
    assert_eq!(events.summary["counts"]["broken"], broken, "{:#}", events.summary);
    for scenario in ["first", "second"] {
        assert_eq!(events.status(&format!("chat/{scenario}::control::plain")), "pass");
        assert_eq!(events.status(&format!("chat/{scenario}::fake::good")), "changed");
    }
}

fn a_worker_that_dies_breaks_one_cell() {
    check(
        "dies",
        &[
            ("dies", "the worker ended during `run` (exit status: 7); its last words:\n    these are my last words"),
            ("dies-in-a-line", "the worker answered `run` with a line that is not a protocol reply: {\"id\": 3, \"ok"),
            ("closes-its-output", "the worker ended during `run` (it closed its pipes)"),
        ],
    );
}

fn a_worker_that_hangs_is_killed_at_its_deadline() {
    check(
        "hangs",
        &[
            ("hangs", "the worker did not answer `run` within 4 s and was killed"),
            ("hangs-and-ignores-signals", "the worker did not answer `run` within 4 s and was killed"),
            ("prints-half-a-line", "the worker did not answer `run` within 4 s and was killed"),
            ("never-flushes", "the worker did not answer `flush` within 4 s and was killed"),
        ],
    );
}

fn a_worker_that_answers_nonsense_breaks_one_cell() {
    let misfit = "the worker's answer to `run` does not fit the protocol: ";
    check(
        "nonsense",
        &[
            ("prints-garbage", "the worker answered `run` with a line that is not a protocol reply: I am not JSON"),
            ("prints-a-hundred-megabytes", "the worker answered `run` with a line of more than 33554432 bytes"),
            (
                "floods",
                "the worker wrote more than 8388608 bytes to its standard error and was killed; its last words:\n    ",
            ),
            ("says-nothing", &format!("{misfit}a reply has exactly one of `ok`, `skip` and `fault`")),
            ("says-two-things", &format!("{misfit}a reply has exactly one of `ok`, `skip` and `fault`")),
            ("gives-no-outcome", &format!("{misfit}unknown variant `miracle`")),
            ("faults", "the worker failed in `run`: the fake fails\non its only line"),
        ],
    );
}

fn a_worker_that_lies_breaks_one_cell() {
    check(
        "lies",
        &[
            (
                "answers-twice",
                "the worker answered request 3 while request 4 (`flush`) was open: it answers twice or out of turn",
            ),
            (
                "answers-another",
                "the worker answered request 44 while request 3 (`run`) was open: it answers twice or out of turn",
            ),
            (
                "lies-in-flush",
                "the worker's answer to `flush` does not fit the protocol: 4 spans ended, but 1 arrived at the receiver",
            ),
        ],
    );
}

fn a_worker_that_cannot_start_breaks_only_its_own_cells() {
    let marker = Marker::new("start");
    let fakes = ["dies-at-start", "skips-hello", "says-no-packages", "another-lock", "good"];
    let workspace = workspace(&fakes, "", &[marker.variable()]);
    let (ran, events) = workspace.run_cells(&[]);
    ran.ends_with(5);
    marker.has_no_process();
    for scenario in ["first", "second"] {
        let starts = |fake, reason: &str| {
            let cell = events.cell(&format!("chat/{scenario}::fake::{fake}"));
            assert!(text_of(&cell["reason"]).starts_with(reason), "{cell:#}");
        };
        starts("dies-at-start", "the worker ended during `hello` (exit status: 3)");
        starts(
            "skips-hello",
            "the worker's answer to `hello` does not fit the protocol: a worker that cannot say hello is no worker: the fake is shy",
        );
        starts("says-no-packages", "the worker's answer to `hello` does not fit the protocol: `packages` is missing");
        starts("another-lock", "the worker runs locked 2.0.0, but the lock says 1.0.0; remove ");
    }
    all_finished(&events, 12, 8);
}

fn a_worker_that_cannot_do_something_skips_one_cell() {
    let workspace = workspace(&["skips", "good"], "", &[]);
    let (ran, events) = workspace.run_cells(&[]);
    ran.ends_with(1);
    let cell = events.cell("chat/first::fake::skips");
    assert_eq!((&cell["status"], &cell["reason"]), (&"skipped".into(), &"the fake cannot do that".into()));
    assert_eq!(events.status("chat/second::fake::skips"), "changed");
    all_finished(&events, 6, 0);
}

fn what_a_worker_started_ends_with_it() {
    let marker = Marker::new("child");
    let workspace = workspace(&["leaves-a-child", "good"], "", &[marker.variable()]);
    let (ran, events) = workspace.run_cells(&[]);
    ran.ends_with(1);
    marker.has_no_process();
    assert_eq!(events.status("chat/first::fake::leaves-a-child"), "changed");
    all_finished(&events, 6, 0);
}

fn a_host_that_a_package_contacts_is_refused_and_a_finding() {
    let fakes = ["phones-home", "phones-home-at-start", "good"];
    let (ran, events) = workspace(&fakes, "", &[]).run_cells(&[]);
    ran.ends_with(1);
    // A call at start belongs to no cell, so that every cell of the process has it, in whatever order they run.
    for (cell, found) in [
        ("chat/first::fake::phones-home", true),
        ("chat/second::fake::phones-home", false),
        ("chat/first::fake::phones-home-at-start", true),
        ("chat/second::fake::phones-home-at-start", true),
    ] {
        let finding = serde_json::json!([{
            "id": "egress.contacted",
            "subject": "telemetry.example.com",
            "message": "tried to reach telemetry.example.com:443; the call was refused",
        }]);
        let expected = if found { finding } else { serde_json::json!([]) };
        assert_eq!(events.cell(cell)["findings"], expected, "{cell}");
        assert_eq!(events.status(cell), if found { "failed" } else { "changed" }, "{cell}");
    }
    all_finished(&events, 8, 0);
}

fn a_host_that_a_flavor_declares_is_refused_and_accepted() {
    let declared = "[[egress]]\nhost   = \"telemetry.example.com\"\nreason = \"it counts its users\"\n";
    let workspace = workspace(&["phones-home", "phones-home-at-start", "good"], declared, &[]);
    let (ran, events) = workspace.run_cells(&[]);
    ran.ends_with(1);
    assert_eq!(events.summary["counts"]["changed"], 6);
    all_finished(&events, 8, 0);
}

fn a_key_in_telemetry_is_never_excused_and_never_shown() {
    let workspace = workspace(&["leaks-its-key", "good"], "", &[]);
    let declared = "[[issue]]\nid = \"a-leak\"\nfinding = \"secrets.leaked\"\nscenarios = [\"chat/first\"]\n\
                    variants = [\"leaks-its-key\"]\nreason = \"We would like it to be fine.\"\nsince = \"1\"\n";
    workspace.write("snapshots/known/fake.toml", declared);
    let (ran, events) = workspace.run_cells(&[]);
    let ran = ran.ends_with(1);
    let cell = events.cell("chat/first::fake::leaks-its-key");
    assert_eq!((&cell["status"], &cell["findings"][0]["id"]), (&"failed".into(), &"secrets.leaked".into()), "{cell:#}");
    assert!(!format!("{ran}{cell}").contains(&secrets::resource_key("east")), "{ran}");
    all_finished(&events, 6, 0);
}

fn what_is_printed_before_a_boundary_belongs_to_its_cell() {
    let workspace = workspace(&["whispers-its-key"], "", &[]);
    let (ran, events) = workspace.run_cells(&[]);
    ran.ends_with(1);
    let first = events.cell("chat/first::fake::whispers-its-key");
    let finding = (&first["findings"][0]["id"], &first["findings"][0]["subject"]);
    assert_eq!(finding, (&"secrets.leaked".into(), &"worker log".into()), "{first:#}");
    let second = events.cell("chat/second::fake::whispers-its-key");
    assert_eq!(second["status"], "changed", "{second:#}");
}

/// A worker that is busy and holds a connection to us, as everything that it starts.
struct Busy {
    harness: Child,
    /// Ends when the worker and what it started are gone.
    line: BufReader<TcpStream>,
}

impl Busy {
    /// Starts a run and waits until its worker hangs in a step.
    fn start(marker: &Marker) -> (Self, TestWorkspace) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there is a port");
        let address = listener.local_addr().expect("it has an address").to_string();
        let environment = [marker.variable(), ("FAKE_LINE", &address)];
        let workspace = workspace(&["hangs-with-a-child", "good"], "", &environment);
        fs::create_dir_all(temporary(&workspace)).expect("a folder can be made");
        let mut program = workspace.program(&["run", "--jobs", "4"]);
        program.env("TMPDIR", temporary(&workspace));
        let harness = program.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let harness = harness.expect("the program starts");
        let (sender, accepted) = mpsc::channel();
        std::thread::spawn(move || sender.send(listener.accept()));
        let (line, _) = accepted.recv_timeout(PATIENCE).expect("a worker calls").expect("it can be accepted");
        line.set_read_timeout(Some(PATIENCE)).expect("a socket can have a timeout");
        let mut line = BufReader::new(line);
        let mut word = String::new();
        line.read_line(&mut word).expect("the worker says that it is busy");
        assert_eq!(word, "busy\n");
        assert!(!marker.processes().is_empty(), "processes are found by their environment");
        (Self { harness, line }, workspace)
    }

    /// Sends a signal to the harness alone, waits for its end and for the end of the worker and its child.
    fn kill(mut self, signal: Signal) -> Ran {
        kill_process(Pid::from_child(&self.harness), signal).expect("the harness is there");
        let ran = Ran::from(self.harness.wait_with_output().expect("its output can be read"));
        // A reset is an end, too.
        let _ = self.line.read_to_end(&mut Vec::new());
        ran
    }
}

fn a_killed_harness_leaves_no_worker_and_no_half_written_file() {
    let marker = Marker::new("kill");
    let (busy, workspace) = Busy::start(&marker);
    assert_eq!(busy.kill(Signal::KILL).code, None);
    marker.has_no_process();
    only_whole_snapshots(&workspace);
}

fn an_interrupted_harness_says_so_and_leaves_no_worker() {
    for signal in [Signal::INT, Signal::TERM] {
        let marker = Marker::new(&format!("interrupt-{}", signal.as_raw()));
        let (busy, workspace) = Busy::start(&marker);
        let ran = busy.kill(signal).ends_with(130);
        assert!(ran.stderr.ends_with("interrupted: no worker is left, and no snapshot was half written\n"), "{ran}");
        marker.has_no_process();
        only_whole_snapshots(&workspace);
        let left: Vec<_> = fs::read_dir(temporary(&workspace)).expect("a folder").collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

/// Where the program puts what is not to stay.
fn temporary(workspace: &TestWorkspace) -> Utf8PathBuf {
    workspace.root.join("temporary")
}

/// Whatever the run had got to: a snapshot is pending with its last line, or not there.
fn only_whole_snapshots(workspace: &TestWorkspace) {
    for (path, text) in workspace.snapshots() {
        assert!(path.ends_with(".snap.new"), "{path}");
        assert!(text.ends_with("gen_ai.response.id = <response-id 1>\n"), "{path}: {text}");
    }
}

/// Puts something in the way of a pending snapshot: one cell is broken, the others have their verdicts.
fn check_obstacle(obstruct: fn(&TestWorkspace), broken: &str, reason: &str) {
    let workspace = workspace(&["good"], "", &[]);
    obstruct(&workspace);
    let (ran, events) = workspace.run_cells(&[]);
    ran.ends_with(5);
    for (id, cell) in &events.cells {
        if id == broken {
            assert_eq!(cell["status"], "broken", "{cell:#}");
            let shown = text_of(&cell["reason"]).replace(workspace.root.as_str(), "ROOT");
            assert!(shown.starts_with(reason), "{shown}");
        } else {
            assert!(cell["status"] == "changed" || cell["status"] == "pass", "{cell:#}");
        }
    }
    assert_eq!(events.summary["counts"]["broken"], 1);
}

fn link(workspace: &TestWorkspace, target: &str, path: &str) {
    let path = workspace.root.join(path);
    fs::create_dir_all(path.parent().expect("it has a folder")).expect("a folder can be made");
    std::os::unix::fs::symlink(target, path).expect("a link can be made");
}

const PENDING: &str = "snapshots/chat/first/fake.good.snap.new";

fn a_full_disk_breaks_the_cell_whose_snapshot_it_is() {
    check_obstacle(
        |workspace| link(workspace, "/dev/full", PENDING),
        "chat/first::fake::good",
        "`ROOT/snapshots/chat/first/fake.good.snap.new` could not be written: No space left on device",
    );
}

fn a_file_where_a_folder_should_be_breaks_the_cell() {
    check_obstacle(
        |workspace| workspace.write("snapshots/chat/first", "a file, not a folder"),
        "chat/first::fake::good",
        "`ROOT/snapshots/chat/first/fake.good.snap.new` could not be written: ",
    );
}

fn a_folder_where_a_snapshot_should_be_breaks_the_cell() {
    check_obstacle(
        |workspace| workspace.write("snapshots/chat/first/fake.good.snap/file", ""),
        "chat/first::fake::good",
        "`ROOT/snapshots/chat/first/fake.good.snap` cannot be read as a snapshot: ",
    );
}

fn a_full_disk_while_accepting_loses_nothing() {
    let workspace = workspace(&["good"], "", &[]);
    workspace.run(&["run"]).ends_with(1);
    let pending = workspace.snapshots();
    link(&workspace, "/dev/full", "snapshots/chat/first/fake.good.snap.accepted");
    let ran = workspace.run(&["accept"]).ends_with(5);
    assert!(ran.stderr.contains("fake.good.snap` could not be written: "), "{ran}");
    assert_eq!(workspace.snapshots()["chat/first/fake.good.snap.new"], pending["chat/first/fake.good.snap.new"]);
    workspace.run(&["accept"]).ends_with(0);
    assert_eq!(workspace.snapshots().len(), 2);
}

fn two_runs_at_once_give_the_same_snapshots() {
    let workspace = workspace(&["good"], "", &[]);
    let both = |code| {
        let runs = [(); 2].map(|()| {
            let mut program = workspace.program(&["run", "--jobs", "4"]);
            std::thread::spawn(move || Ran::of(&mut program))
        });
        for run in runs {
            run.join().expect("no run panics").ends_with(code);
        }
    };
    both(1);
    let pending = workspace.snapshots();
    assert_eq!(pending.keys().collect::<Vec<_>>(), ["chat/first/fake.good.snap.new", "chat/second/fake.good.snap.new"]);
    workspace.run(&["accept"]).ends_with(0);
    both(0);
    assert_eq!(workspace.snapshots().len(), 2);
}
