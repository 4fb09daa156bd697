//! Live endpoints, with the mock standing in as the live service: another process, behind a certificate of another
//! authority, reached through the proxy that the machine's variables name.

#[cfg(target_os = "linux")]
#[path = "live/question.rs"]
mod question;
#[path = "live/sign_in.rs"]
mod sign_in;
#[path = "support/live.rs"]
mod support;
#[cfg(target_os = "linux")]
#[path = "support/terminal.rs"]
mod terminal;
#[path = "support/trials.rs"]
mod trials;
#[path = "support/workspace.rs"]
mod workspace;

use std::fs;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use serde_json::{Value, json};
use support::{Drifting, KEY, Live, LiveService};
use trials::{absent, named, with_python};
use workspace::{TestWorkspace, repository, text_of};

fn main() -> ExitCode {
    let mut tests: Vec<(&str, fn())> = named![
        a_live_run_is_judged_by_what_the_service_said,
        a_difference_of_shape_is_told_apart_from_a_difference_of_values,
        a_limit_of_the_service_is_reported_as_such,
        without_agreement_nothing_is_called,
        what_is_not_mapped_is_named,
        the_variables_that_people_have_are_enough_for_a_run,
        a_service_that_cannot_be_reached_is_no_fault_of_the_instrumentor,
        a_recorded_exchange_is_a_reply_that_the_mock_can_give,
        sign_in::a_client_secret_signs_in_for_every_way_that_the_application_believes_in,
        sign_in::a_workload_identity_shows_what_is_in_its_file,
        sign_in::a_managed_identity_is_asked_of_the_machine_or_of_app_service,
        sign_in::a_sign_in_that_fails_says_why,
    ]
    .into();
    #[cfg(target_os = "linux")]
    tests.extend(named![question::a_person_is_asked_and_only_yes_is_yes]);
    let plain = tests.into_iter().map(|(name, test)| {
        Trial::test(name, move || {
            test();
            Ok(())
        })
    });
    let trials = plain.chain(with_python(named![a_real_instrumentor_is_judged_on_live_answers]));
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

const SCENARIOS: &[&str] = &[
    "chat/basic",
    "chat/multi-turn",
    "embeddings/basic",
    "errors/deployment-not-found",
    "errors/rate-limited-then-ok",
    "errors/unauthorized",
    "responses/stream",
    "streaming/with-usage",
];

/// Everything that the scenarios call, under other names and with other models.
const CLOUD: &str = r#"
log = "json"
[[resources]]
name = "fabrikam"
region = "westeurope"
keys = ["KEY"]
[[deployments]]
name = "talk-live"
resource = "fabrikam"
model = "gpt-4o-mini-2024-07-18"
[[deployments]]
name = "vectors-live"
resource = "fabrikam"
model = "text-embedding-3-large"
"#;

const MAPPING: &str = r#"
[resources.main]
endpoint = "https://fabrikam.openai.azure.com/"
[models."gpt-4o-2024-11-20"]
deployment = "talk-live"
[models."gpt-4o-mini-2024-07-18"]
deployment = "talk-live"
[models."gpt-4.1-2025-04-14"]
deployment = "talk-live"
[models."text-embedding-3-small"]
deployment = "vectors-live"
"#;

const VARIANT: &str = r#"
title = "Reference"
runtime = "in-process"
family = "otel"
homepage = "https://example.com"
clients = ["async"]
[variant."1.37.0"]
summary = "s"
release = "1.37.0"
content = true
"#;

fn workspace(scenarios: &[&str]) -> TestWorkspace {
    let workspace = TestWorkspace::empty();
    workspace.write("harness/flavors/reference/flavor.toml", VARIANT);
    workspace.write("live.toml", MAPPING);
    for scenario in scenarios {
        let path = format!("scenarios/{scenario}.toml");
        workspace.copy(&path, &path);
    }
    workspace
}

fn cell(scenario: &str) -> String {
    format!("{scenario}::reference::1.37.0")
}

const RUN: &[&str] = &["run", "--target", "live", "--live", "live.toml", "--yes"];

fn a_live_run_is_judged_by_what_the_service_said() {
    let workspace = workspace(SCENARIOS);
    let (_, events) = workspace.run_cells(&[]);
    assert_eq!(events.status(&cell("chat/basic")), "changed", "{:?}", events.summary);
    workspace.run(&["accept"]).ends_with(0);
    let reviewed = workspace.snapshots();
    let service = LiveService::start(CLOUD);
    let live = Live::new(&workspace, &service);
    let ran = live.run(RUN);
    ran.ended_with(0);
    for scenario in ["chat/basic", "chat/multi-turn", "embeddings/basic", "responses/stream", "streaming/with-usage"] {
        assert_eq!(ran.status(&cell(scenario)), "pass", "{scenario}: {ran}");
    }
    // What the service refuses by itself is asked for too.
    for scenario in ["errors/deployment-not-found", "errors/unauthorized"] {
        assert_eq!(ran.status(&cell(scenario)), "pass", "{scenario}: {ran}");
    }
    let skipped = ran.cell(&cell("errors/rate-limited-then-ok"));
    assert_eq!(skipped["status"], "skipped");
    assert_eq!(skipped["reason"], "a live service does not give errors before the answer on request");
    assert_eq!(ran.drifts(), Vec::<&Value>::new(), "the mock does not differ from itself");
    assert!(ran.stdout().contains("drift: none"), "{ran}");
    assert_eq!(workspace.snapshots(), reviewed, "a live run writes no snapshot");

    let asked = service.log();
    let paths: Vec<&str> = asked.iter().map(|line| text_of(&line["path"])).collect();
    assert!(paths.contains(&"/openai/deployments/talk-live/chat/completions"), "{paths:?}");
    assert!(paths.contains(&"/openai/deployments/vectors-live/embeddings"), "{paths:?}");
    assert!(!paths.iter().any(|path| path.contains("chat-prod")), "{paths:?}");
    assert!(asked.iter().all(|line| line["host"] == "fabrikam.openai.azure.com"), "{asked:?}");
    live.holds_nowhere(KEY);
    live.holds_nowhere("fabrikam.openai.azure.com/openai");
}

fn a_difference_of_shape_is_told_apart_from_a_difference_of_values() {
    let workspace = workspace(&["chat/basic", "streaming/with-usage"]);
    let service = Drifting::start();
    let live = Live::through(&workspace, service.proxy(), service.ca_pem());
    let ran = live.run(RUN);
    ran.ended_with(0);
    let drifts: Vec<(&str, &str, &str, &str, &str)> = ran
        .drifts()
        .into_iter()
        .map(|drift| {
            let part = |name: &str| text_of(&drift[name]);
            (part("surface"), part("part"), part("place"), part("live"), part("mock"))
        })
        .collect();
    let expected = [
        ("chat", "header", "x-ms-region", "absent", "present"),
        ("chat", "header", "x-seeded", "present", "absent"),
        ("chat", "body", "$.created", "string", "integer"),
        ("chat", "body", "$.seeded", "object", "absent"),
    ];
    assert_eq!(drifts.iter().filter(|drift| drift.0 == "chat").copied().collect::<Vec<_>>(), expected, "{ran}");
    assert!(drifts.contains(&("chat stream", "framing", "`[DONE]`", "absent", "present")), "{drifts:?}");
    assert!(ran.stdout().contains("body $.seeded: live object, mock absent (1 cell)"), "{ran}");
}

fn a_limit_of_the_service_is_reported_as_such() {
    let limit = "[[deployments]]\nrequests_per_minute = 1\n";
    let workspace = workspace(&[]);
    let hurried = TOOL.replacen("[azure]", "[application]\nmax_retries = 0\n[azure]", 1);
    workspace.write("scenarios/tools/forced.toml", &hurried);
    let service = LiveService::start(&CLOUD.replacen("[[deployments]]\n", limit, 1));
    let live = Live::new(&workspace, &service);
    let ran = live.run(RUN);
    ran.ended_with(5);
    let reason = text_of(&ran.cell(&cell("tools/forced"))["reason"]).to_owned();
    assert!(reason.contains("with 429 (its limit is used up)"), "{reason}");
    assert!(reason.contains("it asks to wait"), "{reason}");
    live.holds_nowhere(KEY);
}

fn without_agreement_nothing_is_called() {
    let workspace = workspace(SCENARIOS);
    let service = LiveService::start(CLOUD);
    let live = Live::new(&workspace, &service);
    for command in
        [&["run", "--target", "live", "--live", "live.toml"][..], &["record", "chat/basic", "--live", "live.toml"]]
    {
        let ran = live.program(command);
        ran.ended_with(2);
        assert!(ran.stderr().contains("somebody pays for them: say `--yes`, or run it at a terminal"), "{ran}");
        assert!(ran.stderr().contains("talk-live at fabrikam.openai.azure.com"), "{ran}");
    }
    let ran = live.program(&["run", "--target", "live", "--live", "live.toml"]);
    assert!(ran.stderr().contains("9 calls of live models in 7 cells"), "{ran}");
    let ran = live.program(&["run", "--yes"]);
    ran.ended_with(2);
    assert!(ran.stderr().contains("say nothing without `--target live`"), "{ran}");
    assert_eq!(service.log(), Vec::<Value>::new(), "nobody has called");
}

fn what_is_not_mapped_is_named() {
    let workspace = workspace(&["chat/basic", "embeddings/basic"]);
    workspace.write("live.toml", MAPPING.split("[models.\"text-").next().expect("it has a beginning"));
    let service = LiveService::start(CLOUD);
    let live = Live::new(&workspace, &service);
    let ran = live.run(RUN);
    ran.ended_with(0);
    let reason = text_of(&ran.cell(&cell("embeddings/basic"))["reason"]).to_owned();
    assert!(reason.contains("(text-embedding-3-small) is not mapped to a live one: write `[deployments."), "{reason}");
    let ran = live.program(&[RUN, &["embeddings/"]].concat());
    ran.ended_with(4);
    assert!(ran.stderr().contains("none of the 1 cells can be run live"), "{ran}");
    workspace.write("live.toml", "");
    let ran = live.program(RUN);
    ran.ended_with(2);
    assert!(ran.stderr().contains("`AZURE_OPENAI_ENDPOINT` is not set"), "{ran}");
}

fn the_variables_that_people_have_are_enough_for_a_run() {
    let workspace = workspace(&["chat/basic"]);
    let service = LiveService::start(CLOUD);
    let live = Live::new(&workspace, &service)
        .with("AZURE_OPENAI_ENDPOINT", "https://fabrikam.openai.azure.com")
        .with("AZURE_OPENAI_DEPLOYMENT_NAME", "talk-live")
        .with("AZURE_OPENAI_API_VERSION", "2024-06-01");
    let ran = live.run(&["run", "--target", "live", "--yes"]);
    ran.ended_with(0);
    assert_eq!(ran.status(&cell("chat/basic")), "pass", "{ran}");
    assert!(service.log().iter().all(|line| line["query"] == "api-version=2024-06-01"), "{:?}", service.log());
}

fn a_service_that_cannot_be_reached_is_no_fault_of_the_instrumentor() {
    let workspace = workspace(&["chat/basic"]);
    let service = LiveService::start(CLOUD);
    let stranger = azure_openai_mock::CertificateAuthority::generate().expect("an authority can be made");
    let live = Live::through(&workspace, &service.proxy, stranger.certificate_pem());
    let ran = live.run(RUN);
    ran.ended_with(5);
    let reason = text_of(&ran.cell(&cell("chat/basic"))["reason"]).to_owned();
    assert!(reason.contains("`fabrikam.openai.azure.com` could not be reached: no connection"), "{reason}");
    // An authority of one's own may stand in the file.
    workspace.write("company.pem", &service.ca_pem);
    workspace.write("live.toml", &format!("ca_file = \"company.pem\"\n{MAPPING}"));
    let ran = live.run(RUN);
    ran.ended_with(0);
    assert_eq!(ran.status(&cell("chat/basic")), "pass", "{ran}");
}

/// The tool must be called, and the model gives the call an id of its own.
const TOOL: &str = r#"
title  = "A forced tool call and its result"
intent = "The live model gives the call another id."
[azure]
api_version = "2024-10-21"
[azure.resources.east]
region = "eastus2"
[azure.deployments.chat-prod]
resource = "east"
model    = "gpt-4o-2024-11-20"
[tools.get_weather]
description = "Current weather"
parameters  = { city = "string" }

[[step]]
id = "ask"
chat = { deployment = "chat-prod", user = "Oslo?", tools = ["get_weather"], tool_choice = "required" }
[step.reply]
tool_calls = [{ id = "call_1", tool = "get_weather", arguments = { city = "Oslo" } }]
usage      = { input = 57, output = 17 }

[[step]]
id = "answer"
chat = { deployment = "chat-prod", continue = "ask", tool_results = { call_1 = { celsius = 18 } } }
reply = { text = "18 °C.", usage = { input = 89, output = 12 } }   # as it was

[[expect]]
id   = "tool-calls"
step = "ask"
has  = { "output.tool_calls" = ["get_weather"], "usage.input" = 57 }
"#;

fn a_recorded_exchange_is_a_reply_that_the_mock_can_give() {
    let workspace = workspace(&[]);
    workspace.write("scenarios/tools/forced.toml", TOOL);
    let service = LiveService::start(CLOUD);
    let live = Live::new(&workspace, &service);
    let ran = live.run(RUN);
    ran.ended_with(0);
    assert_eq!(ran.status(&cell("tools/forced")), "pass", "{ran}");

    let record = ["record", "tools/forced", "--live", "live.toml", "--yes", "--drift"];
    let ran = live.program(&record);
    ran.ended_with(0);
    assert!(
        ran.stdout().starts_with("# step `ask`\n[step.reply]\ntool_calls = [{ id = \"call_1\", tool = \"get_weather\""),
        "{ran}"
    );
    assert!(ran.stdout().contains("\n# step `answer`\n[step.reply]\ntext = "), "{ran}");
    assert!(ran.stderr().contains("drift: none; 2 answers"), "{ran}");

    live.program(&[&record[..], &["--write"]].concat()).ended_with(0);
    let written = fs::read_to_string(workspace.root.join("scenarios/tools/forced.toml")).expect("it is there");
    assert!(written.contains("# as it was") && !written.contains("18 °C."), "{written}");
    let expectations = written.split("[[expect]]").next().expect("it has a beginning").to_owned();
    workspace.write("scenarios/tools/forced.toml", &expectations);
    workspace.run(&["run"]).ends_with(1);
    workspace.run(&["accept"]).ends_with(0);
    workspace.run(&["run"]).ends_with(0);
    live.holds_nowhere(KEY);
    live.holds_nowhere("fabrikam");

    let ran = live.program(&["record", "tools/forcd", "--live", "live.toml"]);
    ran.ended_with(2);
    assert!(ran.stderr().contains("there is no scenario `tools/forcd`; did you mean `tools/forced`?"), "{ran}");
}

fn a_real_instrumentor_is_judged_on_live_answers() -> Result<Completion, Failed> {
    let environments = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("azmatrix/environments");
    let there = |name: &str| {
        let entries = fs::read_dir(&environments).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).any(|entry| entry.starts_with(name))
    };
    if !there("py-none") || !there("py-openllmetry") {
        // A run against the mock makes them.
        let arguments = ["--root", repository().as_str(), "run", "--flavor", "py-openllmetry", "auth/api-key"];
        let ran = std::process::Command::new(env!("CARGO_BIN_EXE_azmatrix")).args(arguments).output();
        let ran = ran.expect("the program starts");
        if !there("py-openllmetry") {
            return absent(String::from_utf8_lossy(&ran.stderr).into_owned());
        }
    }
    let workspace = workspace(&[]);
    let service = LiveService::start(CLOUD);
    let live = Live::new(&workspace, &service).with_shared_environments();
    let file = workspace.root.join("live.toml");
    let root = ["--root", repository().as_str()];
    let chosen = ["--flavor", "py-openllmetry", "chat/basic", "streaming/with-usage"];
    let ran = live.run(&[&root[..], &["run", "--target", "live", "--yes", "--live", file.as_str()], &chosen].concat());
    assert!(!ran.cells().is_empty(), "{ran}");
    for (id, cell) in ran.cells() {
        assert!(["pass", "known"].contains(&text_of(&cell["status"])), "{id}: {ran}");
    }
    assert_eq!(ran.drifts(), Vec::<&Value>::new(), "{ran}");
    live.holds_nowhere(KEY);
    let told = service.log().iter().filter(|line| line["status"] == json!(200)).count();
    assert!(told >= ran.cells().len(), "controls call too");
    Ok(Completion::Completed)
}
