//! What a command costs before it does anything: `cargo bench -p azmatrix --bench start`.
//!
//! The program is started as people start it. At the end stands the ratio of `list` to the start of a bare Python, measured
//! in the same run.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use azmatrix::scenario;
use azmatrix::workspace::{Loaded, Workspace};
use camino::{Utf8Path, Utf8PathBuf};
use divan::Bencher;
use divan::counter::ItemsCount;
use tempfile::TempDir;

/// Scenarios of the generated workspace.
const GENERATED: usize = 5_000;

fn main() {
    divan::main();
    if std::env::args().any(|argument| argument == "--bench") {
        list_against_python();
    }
}

fn repository() -> &'static Utf8Path {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the harness lies in the repository")
}

fn azmatrix(root: &Utf8Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_azmatrix"));
    command.arg("--root").arg(root).args(arguments);
    command
}

fn to_its_end(mut command: Command) {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(status.expect("it starts").success(), "{command:?}");
}

fn run(cell: &str, more: &[&str]) {
    to_its_end(azmatrix(repository(), &[&["run", cell], more].concat()));
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn list() {
    to_its_end(azmatrix(repository(), &["list"]));
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn one_reference_cell() {
    run("chat/basic::reference::1.37.0", &["--flavor", "reference"]);
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn one_python_cell() {
    run("chat/basic::py-openllmetry::default::client=sync", &["--flavor", "py-openllmetry"]);
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn one_fresh_python_cell() {
    run("chat/basic::py-openllmetry::default::client=sync", &["--flavor", "py-openllmetry", "--fresh"]);
}

/// Every file of a large workspace, and its list.
#[divan::bench(sample_count = 3, sample_size = 1)]
fn list_5000_scenarios(bencher: Bencher<'_, '_>) {
    let (_folder, root) = generated();
    bencher.counter(ItemsCount::new(GENERATED)).bench(|| to_its_end(azmatrix(&root, &["list"])));
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn plan_5000_scenarios(bencher: Bencher<'_, '_>) {
    let (_folder, root) = generated();
    let workspace = Workspace::find(Some(&root)).expect("it is a workspace");
    let loaded = Loaded::read(&workspace).expect("its files are copies of good ones");
    bencher.counter(ItemsCount::new(GENERATED)).bench(|| loaded.planned().count());
}

/// The repository's scenarios again and again, each under a name of its own, with all of its flavors.
fn generated() -> (TempDir, Utf8PathBuf) {
    let folder = TempDir::new().expect("a folder can be made");
    let root = Utf8Path::from_path(folder.path()).expect("temporary folders are UTF-8").to_owned();
    fs::create_dir_all(root.join("harness")).expect("a folder can be made");
    for shared in ["harness/flavors", "harness/conventions", "snapshots"] {
        symlink(repository().join(shared), root.join(shared)).expect("a link can be made");
    }
    let workspace = Workspace::find(Some(repository())).expect("the repository is a workspace");
    let loaded = Loaded::read(&workspace).expect("the repository's files are without mistakes");
    let named = |name: &str| (name.to_owned(), fs::read_to_string(scenario_path(repository(), name)).expect("a file"));
    let texts: Vec<(String, String)> = loaded.scenarios.iter().map(|one| named(one.name().as_str())).collect();
    for (number, (name, text)) in texts.iter().cycle().take(GENERATED).enumerate() {
        let round = number / texts.len();
        let path = scenario_path(&root, &if round == 0 { name.clone() } else { format!("{name}-{round}") });
        fs::create_dir_all(path.parent().expect("it has a folder")).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
    }
    (folder, root)
}

fn scenario_path(root: &Utf8Path, name: &str) -> Utf8PathBuf {
    root.join("scenarios").join(format!("{name}.toml"))
}

#[divan::bench(args = [400, 4_000])]
fn syntax_errors(bencher: Bencher<'_, '_>, count: usize) {
    let text = "title = = 1\n".repeat(count);
    mistakes(bencher, count, &text);
}

#[divan::bench(args = [10_000, 100_000], sample_count = 5, sample_size = 1)]
fn unknown_keys(bencher: Bencher<'_, '_>, count: usize) {
    let text = (0..count).fold(String::new(), |mut text, number| {
        let _ = writeln!(text, "key-{number} = 1");
        text
    });
    mistakes(bencher, count, &text);
}

fn mistakes(bencher: Bencher<'_, '_>, count: usize, text: &str) {
    let found = || scenario::parse("scenarios/chat/many.toml", text, &[]).expect_err("it is wrong").to_string();
    bencher.counter(ItemsCount::new(count)).bench(found);
}

#[expect(clippy::print_stdout, reason = "a benchmark's output is its result")]
fn list_against_python() {
    let list = median(|| to_its_end(azmatrix(repository(), &["list"])));
    let python = median(|| {
        let mut python = Command::new("python3");
        python.args(["-I", "-S", "-c", "pass"]);
        to_its_end(python);
    });
    println!(
        "list: {:.1} ms; `python3 -I -S -c pass`: {:.1} ms; ratio {:.2}",
        list.as_secs_f64() * 1000.0,
        python.as_secs_f64() * 1000.0,
        list.as_secs_f64() / python.as_secs_f64()
    );
}

fn median(work: impl Fn()) -> Duration {
    let mut times: Vec<Duration> = (0..15)
        .map(|_| {
            let started = Instant::now();
            work();
            started.elapsed()
        })
        .collect();
    times.sort();
    times[times.len() / 2]
}
