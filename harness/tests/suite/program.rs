//! The program as people type it, in a workspace of its own, with the reference flavor only.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;

use crate::workspace::{Ran, TestWorkspace, repository, text_of};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

const SCENARIOS: &[&str] =
    &["chat/basic", "chat/multi-turn", "streaming/with-usage", "tools/round-trip", "errors/content-filter"];

/// The variants of the reference that the workspace takes, over all of its scenarios.
const VARIANTS: [&str; 6] = ["1.28.0", "1.30.0", "1.36.0", "1.37.0", "1.38.0", "1.41.0"];

fn copy_reference(workspace: &TestWorkspace) {
    let path = "harness/flavors/reference/flavor.toml";
    let text = std::fs::read_to_string(repository().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut flavor: toml::Table = text.parse().expect("it is TOML");
    let variants = flavor["variant"].as_table_mut().expect("it has variants");
    variants.retain(|name, _| VARIANTS.contains(&name));
    for (_, variant) in variants.iter_mut() {
        variant.as_table_mut().expect("a variant is a table").remove("scenarios");
    }
    workspace.write(path, &flavor.to_string());
}

/// A workspace with the reference flavor and some of the repository's scenarios.
fn workspace() -> TestWorkspace {
    let workspace = TestWorkspace::empty();
    copy_reference(&workspace);
    for scenario in SCENARIOS {
        let path = format!("scenarios/{scenario}.toml");
        workspace.copy(&path, &path);
    }
    workspace
}

/// Six variants; one scenario has three ways to sign in, which share their snapshots.
const CELLS: usize = 42;
const SNAPSHOTS: usize = 30;

const CELL: &str = "chat/basic::reference::1.37.0";
const SNAPSHOT: &str = "snapshots/chat/basic/reference.1.37.0.snap";

/// The same workspace, with every snapshot accepted.
fn reviewed() -> TestWorkspace {
    let workspace = workspace();
    workspace.run(&["run"]).ends_with(1);
    workspace.run(&["accept"]).ends_with(0);
    workspace
}

fn edit(workspace: &TestWorkspace, path: &str, from: &str, to: &str) {
    let text = std::fs::read_to_string(workspace.root.join(path)).expect("the file is there");
    assert!(text.contains(from), "{path} holds {from}: {text}");
    workspace.write(path, &text.replace(from, to));
}

#[test]
fn a_list_names_every_cell_once() {
    let workspace = workspace();
    let text = workspace.run(&["list"]).ends_with(0).stdout;
    let ids: Vec<&str> = text.lines().collect();
    assert_eq!(ids.len(), CELLS);
    assert!(ids.contains(&CELL));

    let listed = workspace.run(&["list", "--format", "json"]).ends_with(0).stdout;
    let cells: Vec<BTreeMap<String, Value>> = serde_json::from_str(&listed).expect("it is a JSON array");
    assert_eq!(cells.iter().map(|cell| text_of(&cell["id"])).collect::<Vec<_>>(), ids);
    let cell = cells.iter().find(|cell| cell["id"] == CELL).expect("it is listed");
    let expected = json!({
        "id": CELL,
        "scenario": "chat/basic",
        "category": "chat",
        "flavor": "reference",
        "variant": "1.37.0",
        "axes": { "auth": "api-key", "client": "async" },
        "skip": null,
    });
    assert_eq!(serde_json::to_value(cell).expect("it is JSON"), expected);
}

/// Cells that a selection gives, of how many.
#[track_caller]
fn check_selection(arguments: &[&str], expected: usize) {
    let workspace = workspace();
    let ran = workspace.run(&[&["list"], arguments].concat());
    assert_eq!(ran.stdout.lines().count(), expected, "{arguments:?}: {ran}");
    assert_eq!(ran.code, Some(if expected == 0 { 4 } else { 0 }), "{arguments:?}: {ran}");
}

#[test]
fn a_selection_takes_parts_of_ids_globs_and_tags() {
    check_selection(&["chat/"], 12);
    check_selection(&["chat/", "tools/"], 30);
    check_selection(&["*::1.3?.0"], 16);
    check_selection(&["chat/", "--variant", "1.37*"], 2);
    check_selection(&["--tag", "smoke", "--tag", "streaming"], 6);
    check_selection(&["--flavor", "py-*"], 0);
    check_selection(&["no-such-scenario"], 0);
}

#[test]
fn new_snapshots_are_red_until_they_are_accepted() {
    let workspace = workspace();
    let (ran, events) = workspace.run_cells(&[]);
    let ran = ran.ends_with(1);
    assert!(events.cells.values().all(|cell| cell["status"] == "changed"), "{:#?}", events.cells);
    assert!(ran.stdout.contains(&format!("{SNAPSHOT} is new")), "{ran}");
    assert!(ran.stdout.contains("`azmatrix accept`"), "{ran}");
    let pending = workspace.snapshots();
    assert_eq!((events.cells.len(), pending.len()), (CELLS, SNAPSHOTS));
    assert!(pending.keys().all(|path| path.ends_with(".snap.new")), "{:?}", pending.keys());
    let machine = pending.iter().find(|(_, text)| text.contains(workspace.root.as_str()));
    assert_eq!(machine, None, "no snapshot holds a path of this machine");

    let accepted = workspace.run(&["accept"]).ends_with(0).stdout;
    assert_eq!(accepted.lines().filter(|line| line.starts_with("accepted ")).count(), pending.len());
    assert!(workspace.snapshots().keys().all(|path| !path.contains(".new")));

    let (ran, events) = workspace.run_cells(&["--verbose"]);
    let ran = ran.ends_with(0);
    assert!(events.cells.values().all(|cell| cell["status"] == "pass"), "{:#?}", events.cells);
    assert!(ran.stdout.lines().any(|line| line.contains("pass") && line.contains(CELL)), "{ran}");
    assert_eq!(workspace.snapshots().len(), pending.len(), "a green run writes nothing");
    workspace.run(&["accept"]).ends_with(4);
}

#[test]
fn events_are_a_contract() {
    let workspace = workspace();
    let (_, events) = workspace.run_cells(&["chat/basic"]);
    let cell = events.cell(CELL);
    let keys: Vec<&String> = cell.as_object().expect("it is an object").keys().collect();
    assert_eq!(keys, ["difference", "duration_ms", "event", "findings", "id", "snapshot", "status"]);
    assert_eq!((&cell["event"], events.status(CELL)), (&json!("cell"), "changed"));
    assert!(cell["duration_ms"].as_f64().is_some_and(|time| time > 0.0));
    assert_eq!((&cell["findings"], &cell["snapshot"]), (&json!([]), &json!(SNAPSHOT)));
    assert_eq!(events.summary["event"], "summary");
    let counts = json!({
        "pass": 0, "known": 0, "skipped": 0, "changed": 6, "fixed": 0, "failed": 0, "broken": 0,
    });
    assert_eq!(events.summary["counts"], counts);
    assert!(events.summary["wall_s"].as_f64().is_some_and(|time| time > 0.0));
}

#[test]
fn a_changed_snapshot_is_told_in_facts() {
    let workspace = reviewed();
    edit(&workspace, SNAPSHOT, "gen_ai.usage.input_tokens = 27", "gen_ai.usage.input_tokens = 28");
    let (ran, events) = workspace.run_cells(&[]);
    ran.ends_with(1);
    assert_eq!(events.summary["counts"]["changed"], 1);
    let difference = text_of(&events.cell(CELL)["difference"]);
    assert!(difference.contains("gen_ai.usage.input_tokens"), "{difference}");
    assert!(difference.contains("27") && difference.contains("28"), "{difference}");
    assert!(!difference.contains("output_tokens"), "only what differs: {difference}");
    workspace.run(&["accept", "--reject"]).ends_with(0);
    assert_eq!(workspace.snapshots().keys().filter(|path| path.contains(".new")).count(), 0);
}

#[test]
fn nothing_is_written_where_nothing_may_be() {
    for (name, value) in [("INSTA_UPDATE", "no"), ("CI", "true")] {
        let workspace = workspace();
        Ran::of(workspace.program(&["run"]).env(name, value)).ends_with(1);
        assert_eq!(workspace.snapshots(), BTreeMap::new(), "{name}");
    }
}

const KNOWN: &str = r#"[[issue]]
id        = "one-token-too-few"
finding   = "expect.tokens-are-the-servers"
scenarios = ["chat/basic"]
variants  = ["1.3*"]
reason    = "This test says so."
since     = "0.1.0"
"#;

#[test]
fn a_declared_issue_is_known_until_it_is_gone() {
    let workspace = reviewed();
    let basic = "scenarios/chat/basic.toml";
    let (right, wrong) = ("\"usage.input\" = 27", "\"usage.input\" = 28");
    edit(&workspace, basic, right, wrong);
    let (ran, events) = workspace.run_cells(&["chat/basic"]);
    ran.ends_with(1);
    assert_eq!(events.summary["counts"]["failed"], 6);
    assert_eq!(events.cell(CELL)["findings"][0]["id"], "expect.tokens-are-the-servers");

    workspace.write("snapshots/known/reference.toml", KNOWN);
    let (ran, events) = workspace.run_cells(&["chat/basic", "--variant", "1.3*"]);
    ran.ends_with(0);
    assert_eq!(events.summary["counts"]["known"], 4);
    assert_eq!(events.cell(CELL)["findings"][0]["known"], "one-token-too-few");

    edit(&workspace, basic, wrong, right);
    let (ran, events) = workspace.run_cells(&["chat/basic"]);
    let ran = ran.ends_with(1);
    assert_eq!((&events.summary["counts"]["fixed"], &events.summary["counts"]["pass"]), (&json!(4), &json!(2)));
    let told = "known issue `one-token-too-few` does not show any more: `azmatrix known resolve one-token-too-few`";
    assert!(ran.stdout.contains(told), "{ran}");

    workspace.run(&["known", "resolve", "one-token-to-few"]).ends_with(2);
    workspace.run(&["known", "resolve", "one-token-too-few"]).ends_with(0);
    let (ran, _) = workspace.run_cells(&["chat/basic"]);
    ran.ends_with(0);
}

#[test]
fn an_issue_is_declared_by_a_command_and_edited_by_a_person() {
    let workspace = reviewed();
    edit(&workspace, "scenarios/chat/basic.toml", "\"usage.input\" = 27", "\"usage.input\" = 28");
    let ran = workspace.run(&["known", "add", CELL]).ends_with(0);
    assert!(ran.stdout.contains("added `expect-tokens-are-the-servers-usage-input`"), "{ran}");
    let (ran, events) = workspace.run_cells(&[CELL]);
    ran.ends_with(0);
    assert_eq!(events.cell(CELL)["status"], "known");
    let ran = workspace.run(&["known", "add", CELL]).ends_with(4);
    assert!(ran.stdout.contains("nothing to declare"), "{ran}");
    let ran = workspace.run(&["known", "list"]).ends_with(0);
    assert!(ran.stdout.contains("expect.tokens-are-the-servers, 1 cells"), "{ran}");
}

#[test]
fn files_that_belong_to_no_cell_are_reported() {
    let workspace = reviewed();
    workspace.write("snapshots/chat/gone/reference.1.37.0.snap", "---\n{}\n---\nnothing\n");
    workspace.write("snapshots/known/reference.toml", &KNOWN.replace("chat/basic", "chat/gone"));
    let ran = workspace.run(&["run", "chat/basic"]).ends_with(1);
    assert!(ran.stderr.contains("no cell writes snapshots/chat/gone/reference.1.37.0.snap"), "{ran}");
    let told = "known issue `one-token-too-few` in snapshots/known/reference.toml matches no cell";
    assert!(ran.stderr.contains(told), "{ran}");
    let ran = workspace.run(&["accept", "--prune"]).ends_with(0);
    assert!(ran.stdout.contains("removed chat/gone/reference.1.37.0.snap"), "{ran}");
    assert!(!workspace.run(&["run", "chat/basic"]).stderr.contains("no cell writes"));
}

#[test]
fn the_mistakes_of_all_files_are_reported_at_once() {
    let workspace = workspace();
    edit(&workspace, "scenarios/chat/basic.toml", "temperature = 0.25", "temprature = 0.25");
    edit(&workspace, "scenarios/chat/basic.toml", "deployment  = \"chat-prod\"", "deployment  = \"chat-prd\"");
    edit(&workspace, "harness/flavors/reference/flavor.toml", "\"in-process\"", "\"in-procces\"");
    for command in [&["run"][..], &["list"], &["explain", CELL]] {
        let ran = workspace.run(command).ends_with(2);
        for told in [
            "scenarios/chat/basic.toml:20:1",
            "`temprature`",
            "temperature",
            "harness/flavors/reference/flavor.toml:2:11",
            "nothing was run",
        ] {
            assert!(ran.stderr.contains(told), "{told} is told by {command:?}: {ran}");
        }
        assert_eq!(ran.stdout, "");
    }
}

#[test]
fn what_is_typed_wrong_is_exit_code_2() {
    let workspace = workspace();
    for (arguments, told) in [
        (&["run", "[a"][..], "`[a` is not a pattern"),
        (&["explain", "chat/basic::reference::1.37.1"], "did you mean `chat/basic::reference::1.37.0`?"),
        (&["explain", "chat/basic"], "chat/basic"),
        (&["schema", "scenery"], "there is no schema `scenery`"),
        (&["--root", "/", "list"], "`/` is no azmatrix workspace"),
        (&["run", "--jobs", "0"], "--jobs"),
        (&["run", "--no-such-option"], "--no-such-option"),
        (&["walk"], "walk"),
        (&["serve", "--bind", "0.0.0.0", "--port", "0"], "0.0.0.0 can be reached from other machines"),
        (&["serve", "--config", "no-such-file.toml"], "no-such-file.toml"),
    ] {
        let ran = workspace.run(arguments).ends_with(2);
        assert!(ran.stderr.contains(told), "{arguments:?}: {ran}");
        assert_eq!(ran.stdout, "", "{arguments:?}");
    }
}

#[test]
fn a_workspace_is_found_from_below() {
    let workspace = workspace();
    let mut program = workspace.program(&["list"]);
    Ran::of(program.current_dir(workspace.root.join("scenarios/chat"))).ends_with(0);
    let elsewhere = tempfile::tempdir().expect("a folder can be made");
    let ran = Ran::of(workspace.program(&["list"]).current_dir(elsewhere.path())).ends_with(2);
    assert!(ran.stderr.contains("no azmatrix workspace in"), "{ran}");
}

#[test]
fn nothing_selected_is_exit_code_4() {
    let workspace = workspace();
    let ran = workspace.run(&["run", "no-such-scenario"]).ends_with(4);
    assert!(ran.stderr.contains("no cell matches; `azmatrix list` shows all 42"), "{ran}");
}

#[test]
fn cells_of_a_missing_runtime_are_skipped_unless_they_are_required() {
    let workspace = reviewed();
    for file in ["flavor.toml", "requirements.txt", "requirements-openai-2.txt"] {
        let path = format!("harness/flavors/py-none/{file}");
        workspace.copy(&path, &path);
    }
    let missing = "AZMATRIX_PYTHON names /no/such/python, which is no Python that runs; install Python 3.11 or newer";
    let program = |arguments: &[&str]| {
        let mut program = workspace.program(&[arguments, &["chat/basic"]].concat());
        program.env("AZMATRIX_PYTHON", "/no/such/python");
        program
    };
    let ran = Ran::of(&mut program(&["run"])).ends_with(0);
    assert!(ran.stdout.contains(&format!("skipped 6 cells: {missing}")), "{ran}");
    assert!(ran.stdout.lines().any(|line| line.starts_with("all ") && line.contains(" 6 ")), "{ran}");
    Ran::of(&mut program(&["run", "--require", "all"])).ends_with(3);
    Ran::of(program(&["run"]).env("CI", "true")).ends_with(3);
    Ran::of(program(&["run"]).env("CI", "false")).ends_with(0);
    Ran::of(program(&["run", "--require", "available"]).env("CI", "true")).ends_with(0);

    let listed = Ran::of(&mut program(&["list", "--flavor", "py-none", "--format", "json"])).ends_with(0).stdout;
    let cells: Vec<Value> = serde_json::from_str(&listed).expect("it is a JSON array");
    // The other two are what the client of a Foundry project cannot do, on any machine.
    let for_want_of_python = cells.iter().filter(|cell| text_of(&cell["skip"]).starts_with(missing)).count();
    assert_eq!((cells.len(), for_want_of_python), (8, 6), "{listed}");
    let doctor = Ran::of(workspace.program(&["doctor"]).env("AZMATRIX_PYTHON", "/no/such/python")).ends_with(3);
    assert!(doctor.stdout.contains("which is no Python that runs"), "{doctor}");
}

#[test]
fn the_order_and_number_of_workers_changes_no_snapshot() {
    let workspace = workspace();
    let mut texts = Vec::new();
    for arguments in [&["--jobs", "1"][..], &["--jobs", "4"], &["--shuffle", "7"], &["--shuffle", "8", "--jobs", "3"]] {
        workspace.run(&[&["run"], arguments].concat()).ends_with(1);
        texts.push(workspace.snapshots());
        workspace.run(&["accept", "--reject"]).ends_with(0);
    }
    assert_eq!(texts[0].len(), SNAPSHOTS);
    assert!(texts.iter().all(|text| *text == texts[0]), "a snapshot differs between orders");
}

#[test]
fn explain_shows_everything_but_secrets() {
    let workspace = TestWorkspace::empty();
    copy_reference(&workspace);
    for scenario in ["api-key", "entra-token", "token-provider", "managed-identity-app-service"] {
        let path = format!("scenarios/auth/{scenario}.toml");
        workspace.copy(&path, &path);
        let ran = workspace.run(&["explain", &format!("auth/{scenario}::reference::1.37.0")]).ends_with(1);
        for told in ["contoso-", ".openai.azure.com", "the application saw a response", "gen_ai.request.model"] {
            assert!(ran.stdout.contains(told), "{told}: {ran}");
        }
        // The keys and secrets of the fake cloud all say that they are canaries; tokens are JSON in base64.
        for secret in ["canary", "eyJ"] {
            assert!(!ran.stdout.contains(secret) && !ran.stderr.contains(secret), "{secret}: {ran}");
        }
    }
    assert_eq!(workspace.snapshots(), BTreeMap::new(), "explaining proposes nothing");
}

#[test]
fn spans_are_printed_as_a_pipeline_prints_them() {
    let ran = workspace().run(&["run", "--console", CELL]).ends_with(1);
    for told in ["Spans", "Name", "chat chat-prod", "gen_ai.request.model"] {
        assert!(ran.stdout.contains(told), "{told}: {ran}");
    }
}

#[test]
fn a_pipe_gets_no_escape_sequences() {
    let workspace = workspace();
    for arguments in [&["run"][..], &["list"], &["explain", CELL], &["doctor"], &["--help"], &["walk"]] {
        for colour in ["1", ""] {
            let ran = Ran::of(workspace.program(arguments).env("NO_COLOR", colour));
            assert!(!format!("{ran}").contains('\u{1b}'), "{arguments:?}: {ran}");
        }
    }
}

#[test]
fn every_command_has_help_that_says_something() {
    let workspace = workspace();
    let help = workspace.run(&["--help"]).ends_with(0).stdout;
    assert!(help.contains("Exit codes: 0 pass or known"), "{help}");
    for command in ["run", "list", "explain", "accept", "doctor", "serve", "schema", "completions"] {
        assert!(help.lines().any(|line| line.trim_start().starts_with(command)), "{command} is listed: {help}");
        let own = workspace.run(&[command, "--help"]).ends_with(0).stdout;
        let usage = format!("Usage: azmatrix {command}");
        assert!(own.contains(&usage) && own.lines().next().is_some_and(|line| line.len() > 10), "{own}");
        let wide = own.lines().find(|line| line.chars().count() > 100);
        assert_eq!(wide, None, "{command}: a line that is too long");
    }
    assert!(workspace.run(&["completions", "bash"]).ends_with(0).stdout.contains("_azmatrix"));
}

#[test]
fn a_served_cloud_answers_until_it_is_interrupted() {
    let elsewhere = workspace();
    let mut program = elsewhere.program(&["serve", "--port", "0", "--quiet"]);
    let mut serving = program.stdout(Stdio::piped()).spawn().expect("the program starts");
    let mut lines = BufReader::new(serving.stdout.take().expect("it is piped")).lines();
    let mut exported = |name: &str| {
        let start = format!("export {name}='");
        let line = lines.by_ref().map(|line| line.expect("a line can be read")).find(|line| line.starts_with(&start));
        line.and_then(|line| Some(line.strip_prefix(&start)?.strip_suffix('\'')?.to_owned())).expect("it is exported")
    };
    let endpoint = exported("AZURE_OPENAI_ENDPOINT");
    let (key, version) = (exported("AZURE_OPENAI_API_KEY"), exported("OPENAI_API_VERSION"));
    let deployment = exported("AZURE_OPENAI_DEPLOYMENT_NAME");
    let address = endpoint.strip_prefix("http://").expect("it is plain HTTP");
    assert!(address.starts_with("127.0.0.1:"), "{address}");

    let body = r#"{"messages":[{"role":"user","content":"Hello"}]}"#;
    for (key, status) in [(key.as_str(), "200 OK"), ("another", "401 ")] {
        let mut connection = TcpStream::connect(address).expect("it listens");
        write!(
            connection,
            "POST /openai/deployments/{deployment}/chat/completions?api-version={version} HTTP/1.1\r\n\
             Host: {address}\r\napi-key: {key}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .expect("it reads");
        let mut answer = String::new();
        connection.read_to_string(&mut answer).expect("it answers and closes");
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
    }
    kill_process(Pid::from_child(&serving), Signal::INT).expect("it runs");
    assert_eq!(serving.wait().expect("it ends").code(), Some(0));
}

#[test]
fn only_what_has_changed_runs_again() {
    let workspace = reviewed();
    let ran_again = |expected: &[&str]| {
        let (ran, events) = workspace.run_cells(&["--changed"]);
        let mut scenarios: Vec<&str> = events.cells.keys().filter_map(|id| id.split("::").next()).collect();
        scenarios.dedup();
        assert_eq!(scenarios, expected, "{ran}");
        let unchanged = CELLS - events.cells.len();
        let said = ran.stdout.contains(&format!("{unchanged} unchanged cells not run again"));
        assert_eq!(said, unchanged > 0, "{ran}");
        ran
    };
    let all = ["chat/basic", "chat/multi-turn", "errors/content-filter", "streaming/with-usage", "tools/round-trip"];
    // Nothing of a red run is trusted, nor what it found before its snapshots were accepted.
    ran_again(&all).ends_with(0);
    ran_again(&[]).ends_with(0);

    edit(&workspace, "scenarios/chat/basic.toml", "title", "# A comment.\ntitle");
    ran_again(&["chat/basic"]).ends_with(0);
    ran_again(&[]).ends_with(0);

    // A red cell runs until it is green.
    let snapshot = std::fs::read_to_string(workspace.root.join(SNAPSHOT)).expect("it was accepted");
    workspace.write(SNAPSHOT, &snapshot.replace("gpt-4o", "gpt-5"));
    for _ in 0..2 {
        assert_eq!(ran_again(&["chat/basic"]).code, Some(1));
    }
    workspace.write(SNAPSHOT, &snapshot);
    ran_again(&["chat/basic"]).ends_with(0);

    let flavor = "harness/flavors/reference/flavor.toml";
    let text = std::fs::read_to_string(workspace.root.join(flavor)).expect("the file is there");
    workspace.write(flavor, &format!("# Another.\n{text}"));
    ran_again(&all).ends_with(0);
    workspace.run(&["run", "--changed", "--fresh"]).ends_with(2);
    workspace.run(&["run", "--changed", "--target", "live"]).ends_with(2);
}
