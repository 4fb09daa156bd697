//! What ARCHITECTURE.md says must hold, held against the text of the sources.

use std::collections::BTreeSet;
use std::fs;

use azmatrix::cli::{Arguments, generated_files, leftover_files};
use azmatrix::judge::CellStatus;
use azmatrix::workspace::{Loaded, Workspace};
use camino::{Utf8Path, Utf8PathBuf};
use clap::CommandFactory;

fn repository() -> &'static Utf8Path {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the harness lies in the repository")
}

fn read(path: &str) -> String {
    fs::read_to_string(repository().join(path)).unwrap_or_else(|error| panic!("failed to read {path}: {error}"))
}

/// A source file: its path below the repository, and its lines without comments.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// Numbered lines of code. A text that holds `//` is cut there, which only makes the checks milder.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate();
        lines.map(|(number, line)| (number + 1, line.split("//").next().unwrap_or_default()))
    }

    fn is_below(&self, places: &[&str]) -> bool {
        places.iter().any(|place| self.path == *place || self.path.starts_with(&format!("{place}/")))
    }
}

/// Files with one of the extensions below the folders, sorted.
fn files(folders: &[&str], extensions: &[&str]) -> Vec<Source> {
    let mut waiting: Vec<Utf8PathBuf> = folders.iter().map(|folder| repository().join(folder)).collect();
    let mut found = Vec::new();
    while let Some(folder) = waiting.pop() {
        for entry in folder.read_dir_utf8().unwrap_or_else(|error| panic!("failed to list {folder}: {error}")) {
            let path = entry.expect("a folder can be listed to its end").into_path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extensions.contains(&extension)) {
                let shown = path.strip_prefix(repository()).expect("it is below").to_string();
                found.push(Source { text: read(&shown), path: shown });
            }
        }
    }
    found.sort_by(|left, right| left.path.cmp(&right.path));
    found
}

fn rust() -> Vec<Source> {
    let folders = ["harness/src", "harness/tests", "harness/benches", "mock-server/src"];
    files(&folders.map(|folder| folder), &["rs"])
}

/// No word of `words` stands in the code of a file that `is_held` takes.
#[track_caller]
fn check(what: &str, is_held: impl Fn(&Source) -> bool, words: &[&str]) {
    let sources = rust();
    let held: Vec<&Source> = sources.iter().filter(|source| is_held(source)).collect();
    assert!(!held.is_empty(), "{what}: no file is held to it; was a folder renamed?");
    let mut wrong = Vec::new();
    for source in held {
        for (number, line) in source.code() {
            let words = words.iter().filter(|word| line.contains(*word));
            wrong.extend(words.map(|word| format!("  {}:{number}: `{word}` in: {}", source.path, line.trim())));
        }
    }
    assert!(wrong.is_empty(), "{what}\n{}", wrong.join("\n"));
}

/// Nothing but the named places has one of the words; tests may.
#[track_caller]
fn check_only(what: &str, places: &[&str], words: &[&str]) {
    let is_held = |source: &Source| source.is_below(&["harness/src"]) && !source.is_below(places) && !is_test(source);
    check(what, is_held, words);
}

/// A file with generators and samples for tests; `#[cfg(test)]` stands where it is declared.
fn is_made_for_tests(source: &Source) -> bool {
    source.path.ends_with("/arbitrary.rs") || source.path.ends_with("/sample.rs")
}

/// A file that is compiled for tests only.
fn is_test(source: &Source) -> bool {
    source.path.ends_with("tests.rs") || source.path.contains("/tests/")
}

const PURE: &[&str] = &[
    "harness/src/scenario",
    "harness/src/matrix",
    "harness/src/telemetry",
    "harness/src/convention",
    "harness/src/semconv",
    "harness/src/diagnose",
    "harness/src/judge",
    "harness/src/live",
    "harness/src/protocol",
    "harness/src/results",
    "mock-server/src/cloud",
];

/// Input, output, time and the environment.
const IMPURE: &[&str] = &[
    "std::fs",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "std::process",
    "std::env",
    "env::var",
    "std::io",
    "SystemTime",
    "Instant",
    "async fn",
    "async move",
    "async {",
    ".await",
    "tokio",
    "hyper",
    "std::thread",
];

#[test]
fn pure_modules_take_text_and_give_text() {
    let is_held = |source: &Source| source.is_below(PURE) && !is_test(source);
    check(
        "these modules do no input or output, are not async, and read neither clock nor environment",
        is_held,
        IMPURE,
    );
}

#[test]
fn each_tool_has_its_place() {
    for (what, places, words) in [
        (
            "only these know prost or SDK types",
            &[
                "harness/src/collect",
                "harness/src/reference",
                "harness/src/run/performer.rs",
                "harness/src/report/console.rs",
            ][..],
            &["prost", "opentelemetry_proto", "opentelemetry_sdk", "opentelemetry::", "opentelemetry_stdout"][..],
        ),
        (
            "only these start processes",
            &["harness/src/drive", "harness/src/flavor/environment"],
            &["Command::new", "tokio::process", "process::Command", "process_group"],
        ),
        ("only drive/cpu.rs knows nix", &["harness/src/drive/cpu.rs"], &["use nix::"]),
        ("only workspace/snapshot.rs knows insta", &["harness/src/workspace/snapshot.rs"], &["insta::", "use insta"]),
        (
            "only these write to standard output or standard error",
            &["harness/src/report", "harness/src/cli", "harness/src/main.rs"],
            &["io::stdout", "io::stderr", "println!", "print!("],
        ),
        (
            "only these know anyhow: the library's errors are enums",
            &["harness/src/cli", "harness/src/main.rs"],
            &["anyhow"],
        ),
        ("only these know reqwest", &["harness/src/wire", "harness/src/reference"], &["reqwest"]),
        ("only the forwarding upstream reads a live credential", &["harness/src/wire"], &["reveal("]),
        (
            "only the environments' cache and insta's settings look at the machine",
            &[
                "harness/src/flavor/environment",
                "harness/src/workspace/root.rs",
                "harness/src/workspace/snapshot.rs",
                "harness/src/cli",
                "harness/src/report/style.rs",
                "harness/src/drive/watchdog.rs",
            ],
            &["env::var", "env::args", "env::current"],
        ),
    ] {
        check_only(what, places, words);
    }
}

/// The modules of the harness from the bottom up. A module may import what stands in an earlier row, and nothing of its own
/// row or a later one. ARCHITECTURE.md shows the same list.
const LAYERS: &[&[&str]] = &[
    &["diagnose"],
    &["telemetry"],
    &["scenario"],
    &["protocol"],
    &["convention"],
    &["flavor"],
    &["matrix"],
    &["wire", "drive", "collect"],
    &["judge", "semconv"],
    &["workspace", "live", "reference"],
    &["results"],
    &["run"],
    &["report"],
    &["cli"],
];

/// What the order would permit and must not be all the same: who knows it could do another's job.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("scenario", &["telemetry"]),
    ("flavor", &["telemetry"]),
    ("matrix", &["telemetry"]),
    ("wire", &["telemetry", "convention", "flavor"]),
    ("drive", &["telemetry", "convention", "scenario"]),
    ("collect", &["scenario", "convention", "matrix"]),
    ("judge", &["collect", "drive"]),
    ("semconv", &["collect", "wire", "drive"]),
    ("live", &["collect", "flavor", "convention"]),
    ("reference", &["judge", "matrix", "flavor", "wire", "drive", "collect"]),
];

/// The modules of the harness that a line of code names, such as `scenario` and `wire` in `use crate::{scenario, wire};`.
fn imported(code: &str) -> BTreeSet<&str> {
    let is_word = |character: char| character.is_ascii_lowercase() || character == '_';
    let mut found = BTreeSet::new();
    for after in code.split("crate::").skip(1) {
        match after.strip_prefix('{') {
            None => found.extend(after.split(|character| !is_word(character)).next()),
            Some(list) => {
                let mut depth = 0_usize;
                let top = list.split_inclusive(['{', '}', ',']).map(|part| {
                    let at_top = depth == 0;
                    depth = depth.saturating_add(part.matches('{').count()).saturating_sub(part.matches('}').count());
                    (at_top, part)
                });
                let words = top.filter(|(at_top, _)| *at_top);
                found.extend(words.filter_map(|(_, part)| part.trim().split(|character| !is_word(character)).next()));
            }
        }
    }
    found
}

/// What is wrong with a module's import of another; nothing when it may.
fn mistake(module: &str, other: &str) -> Option<&'static str> {
    let layer = |name: &str| LAYERS.iter().position(|row| row.contains(&name));
    let forbidden = FORBIDDEN.iter().any(|(from, to)| *from == module && to.contains(&other));
    match (layer(module), layer(other)) {
        (Some(ours), Some(theirs)) if module != other && theirs >= ours => Some("it stands beside it or above it"),
        _ if forbidden => Some("the pair is forbidden"),
        _ => None,
    }
}

/// Seen to fail: `use crate::judge::Finding;` in `diagnose/read.rs`, `use crate::{drive, scenario};` in `judge/view.rs`.
#[test]
fn modules_import_only_what_stands_below_them() {
    let sources = rust();
    let mut wrong = Vec::new();
    for source in sources.iter().filter(|source| !is_test(source) && !is_made_for_tests(source)) {
        let Some((module, _)) = source.path.strip_prefix("harness/src/").and_then(|path| path.split_once('/')) else {
            continue;
        };
        let code: Vec<&str> = source.code().map(|(_, line)| line).collect();
        let code = code.join(" ");
        // Tests at the end of a file may look around.
        let code = code.split("#[cfg(test)] mod ").next().unwrap_or_default();
        wrong.extend(imported(code).into_iter().filter_map(|other| {
            mistake(module, other).map(|why| format!("  {}: `{module}` imports `{other}`: {why}", source.path))
        }));
    }
    assert!(wrong.is_empty(), "imports against the order of the modules:\n{}", wrong.join("\n"));
    let library = read("harness/src/lib.rs");
    let modules = library.lines().filter_map(|line| line.split_once("mod ")?.1.strip_suffix(';'));
    let listed: BTreeSet<&str> = LAYERS.iter().flat_map(|row| row.iter().copied()).collect();
    assert_eq!(modules.collect::<BTreeSet<_>>(), listed, "each module has a row");
    let architecture = read("ARCHITECTURE.md");
    let order: Vec<String> = LAYERS.iter().map(|row| row.join(", ")).collect();
    assert!(architecture.contains(&order.join(" < ")), "ARCHITECTURE.md shows the order:\n{}", order.join(" < "));
}

#[test]
fn an_import_against_the_order_is_seen() {
    let check = |module: &str, line: &str, refused: &[&str]| {
        let found: Vec<&str> = imported(line).into_iter().filter(|other| mistake(module, other).is_some()).collect();
        assert_eq!(found, refused, "`{line}` in {module}");
    };
    check("diagnose", "use crate::judge::Finding;", &["judge"]);
    check("judge", "use crate::{drive::{Deadlines, Watchdog}, scenario, wire};", &["drive"]);
    check("run", "let text = crate::report::evidence_text(crate::results::Event::Started);", &["report"]);
    check("flavor", "use crate::telemetry::Value;", &["telemetry"]);
    check("wire", "use crate::drive::Watchdog;", &["drive"]);
    check("matrix", "use crate::scenario::Scenario; use crate::flavor::FlavorFile;", &[]);
}

#[test]
fn the_mock_has_layers_too() {
    check(
        "the mock's cloud does not know the network",
        |source| source.is_below(&["mock-server/src/cloud"]),
        &["crate::front"],
    );
    check("the mock does not know the harness", |source| source.is_below(&["mock-server"]), &["azmatrix::"]);
    let live = |source: &Source| source.is_below(&["harness/src/live"]) && !is_test(source);
    check("`live` holds no secret", live, &["wire::secrets"]);
}

#[test]
fn nothing_is_waved_through() {
    // In pieces, so that this file is held to it too.
    let words = [
        ["#[all", "ow("],
        ["#![all", "ow("],
        ["#[ign", "ore"],
        ["tod", "o!("],
        ["unimple", "mented!("],
        ["uns", "afe "],
    ];
    let words: Vec<String> = words.iter().map(|pieces| pieces.concat()).collect();
    check("no lint, test or gap is waved through", |_| true, &words.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn files_have_a_size_that_can_be_read() {
    let sources = files(&["harness", "mock-server"], &["rs", "py"]);
    let long =
        sources.iter().map(|source| (source.text.lines().count(), &source.path)).filter(|(lines, _)| *lines > 500);
    assert_eq!(long.collect::<Vec<_>>(), [], "files of more than 500 lines");
}

#[test]
fn a_module_file_only_declares() {
    for source in rust().iter().filter(|source| source.path.ends_with("/mod.rs") && !is_test(source)) {
        let comment = source.text.lines().take_while(|line| line.starts_with("//!")).count();
        assert!((3..=10).contains(&comment), "{}: a comment of 3 to 10 lines says what it knows", source.path);
        for (number, line) in source.code() {
            let line =
                line.trim_start_matches("pub").trim_start_matches("(crate)").trim_start_matches("(super)").trim();
            let items = ["fn ", "struct ", "enum ", "impl", "trait ", "const ", "static ", "type ", "macro_rules!"];
            let item = items.iter().find(|item| line.starts_with(*item));
            assert_eq!(item, None, "{}:{number} holds more than declarations", source.path);
        }
    }
}

#[test]
fn listeners_are_loopback_and_do_not_delay() {
    // `front/listener.rs` is given its address, and `serve` gives another than loopback only when it is told twice.
    let given = "mock-server/src/front/listener.rs";
    let serve = "mock-server/src/program/serve.rs";
    assert!(read(serve).contains("if !ip.is_loopback() && !exposed {"), "{serve} refuses other addresses");
    let sources = rust();
    for source in sources.iter().filter(|source| source.is_below(&["harness/src", "mock-server/src"])) {
        for (number, line) in source.code().filter(|(_, line)| line.contains("TcpListener::bind(")) {
            let loopback = line.contains("LOCALHOST") || source.path == given;
            assert!(loopback, "{}:{number} listens on another address: {}", source.path, line.trim());
        }
        for (number, line) in source.code().filter(|(_, line)| line.contains(" Listener::start(")) {
            let loopback = line.contains("LOCALHOST") || source.path == serve;
            assert!(loopback, "{}:{number} listens on another address: {}", source.path, line.trim());
        }
        if source.code().any(|(_, line)| line.contains(".accept() =>")) {
            assert!(source.text.contains("set_nodelay(true)"), "{} accepts without TCP_NODELAY", source.path);
        }
    }
    let is_code = |source: &Source| source.is_below(&["harness/src", "mock-server/src"]);
    check("nothing listens everywhere", is_code, &["UNSPECIFIED", "\"0.0.0.0", "\"[::]"]);
}

#[test]
fn every_dependency_is_defended_in_one_line() {
    let manifest: toml::Table = read("Cargo.toml").parse().expect("Cargo.toml is TOML");
    let table = manifest["workspace"]["dependencies"].as_table().expect("it is a table");
    let ours = |name: &&String| table[name.as_str()].get("path").is_none();
    let dependencies: BTreeSet<&str> = table.keys().filter(ours).map(String::as_str).collect();
    let contributing = read("CONTRIBUTING.md");
    let rows = contributing.split("## Dependencies").nth(1).expect("there is such a chapter").lines();
    let cells = rows.filter_map(|row| row.strip_prefix("| ")?.split(" | ").next()).filter(|cell| *cell != "crate");
    let defended: BTreeSet<&str> = cells.flat_map(|cell| cell.split(", ")).collect();
    assert_eq!(dependencies.difference(&defended).collect::<Vec<_>>(), Vec::<&&str>::new(), "not defended");
    assert_eq!(defended.difference(&dependencies).collect::<Vec<_>>(), Vec::<&&str>::new(), "not there");
}

#[test]
fn every_dependency_is_used() {
    for package in ["harness", "mock-server"] {
        let manifest: toml::Table = read(&format!("{package}/Cargo.toml")).parse().expect("Cargo.toml is TOML");
        let sources = files(&[package], &["rs"]);
        for name in manifest["dependencies"].as_table().expect("it is a table").keys() {
            // The library of `rustls-webpki` is called `webpki`.
            let library = name.strip_prefix("rustls-").filter(|rest| *rest == "webpki").unwrap_or(name);
            let spelled = format!("{}::", library.replace('-', "_"));
            let used = sources.iter().any(|source| source.text.contains(&spelled));
            assert!(used, "{package} never mentions {name}");
        }
    }
}

#[test]
fn every_file_of_the_repository_is_read_without_a_mistake() {
    let workspace = Workspace::find(Some(repository())).expect("the repository is a workspace");
    let loaded = Loaded::read(&workspace).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    assert!(loaded.scenarios.len() >= 20, "the first twenty scenarios are there");
    let plan = loaded.plan();
    assert_eq!(loaded.stale_known_issues(&plan), Vec::<String>::new());
    let ids: BTreeSet<String> = plan.iter().map(|cell| cell.id.to_string()).collect();
    assert_eq!(ids.len(), plan.len(), "ids are unique");
}

#[test]
fn locks_say_what_and_not_where_from() {
    for source in files(&["harness/flavors"], &["txt"]) {
        let where_from =
            source.text.lines().find(|line| line.contains("://") || line.trim_start().starts_with("--index"));
        assert_eq!(where_from, None, "{} names an index", source.path);
        let pinned = source.text.lines().filter(|line| line.contains("==") && !line.starts_with([' ', '#'])).count();
        assert!(pinned > 0 && source.text.matches("--hash=sha256:").count() >= pinned, "{}: no hashes", source.path);
    }
}

#[test]
fn the_architecture_names_every_module() {
    let architecture = read("ARCHITECTURE.md");
    let rows = architecture.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let named: BTreeSet<&str> = rows.collect();
    let library = read("harness/src/lib.rs");
    let modules = library.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    assert_eq!(named, modules.collect::<BTreeSet<_>>());
}

#[test]
fn every_made_file_is_what_regenerate_writes() {
    let workspace = Workspace::find(Some(repository())).expect("the repository is a workspace");
    let files = generated_files(&workspace).expect("the files can be made");
    assert!(files.iter().any(|file| file.path == "README.md") && files.len() > 40, "all kinds are there");
    let stale =
        files.iter().filter(|file| fs::read_to_string(repository().join(&file.path)).ok().as_ref() != Some(&file.text));
    let mut wrong: Vec<_> = stale.map(|file| file.path.clone()).collect();
    wrong.extend(leftover_files(&workspace, &files).expect("the folders can be listed"));
    assert!(wrong.is_empty(), "run `azmatrix regenerate`, which writes or removes {wrong:?}");
}

#[test]
fn the_readme_names_every_verdict_and_only_commands_that_exist() {
    let readme = read("README.md");
    for status in CellStatus::ALL {
        assert!(readme.contains(&format!("| `{}` | ", status.as_str())), "no verdict `{}`", status.as_str());
    }
    let command = Arguments::command();
    let commands: BTreeSet<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    let documents = readme + &read("CONTRIBUTING.md");
    let typed = documents.split("cargo run --release -- ").skip(1);
    for word in typed.filter_map(|text| text.split([' ', '`', '\n']).next()) {
        assert!(commands.contains(word), "there is no `azmatrix {word}`");
    }
}
