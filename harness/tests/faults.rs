//! The judge judged: the reference makes one mistake at a time, and the rule that is meant for it, and no other, says so.
//!
//! `FAULTS=overwrite cargo test --test faults` writes `faults.md` anew; read it before you commit it. Expectations of the
//! scenarios are left out: they are their authors' rules, not the judge's.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use azmatrix::convention::Concept;
use azmatrix::drive::serve_watchdog_if_asked;
use azmatrix::flavor::FlavorName;
use azmatrix::flavor::{Control, FlavorFile, VariantTable};
use azmatrix::judge::CellStatus;
use azmatrix::matrix::{CellId, NamedFlavor};
use azmatrix::reference::Fault;
use azmatrix::results::{CellEvent, Event};
use azmatrix::run::{EvidenceMode, Order, Require, RunOptions, Session, SnapshotMode, run};
use azmatrix::scenario::{self, Scenario};
use azmatrix::workspace::{Loaded, Workspace};
use camino::{Utf8Path, Utf8PathBuf};
use libtest_mimic::{Arguments, Trial};

/// The rule that must notice each fault.
fn rule(fault: Fault) -> &'static str {
    use Fault as F;
    match fault {
        F::NeverEnded => "shape.never-ended",
        F::EndedTwice => "shape.ended-twice",
        F::EndedLate => "shape.ended-late",
        F::Backwards => "shape.end-before-start",
        F::TwoSpans => "shape.duplicate",
        F::NoSpan => "shape.missing",
        F::WrongParent => "shape.wrong-parent",
        F::SiblingRoot => "shape.sibling-root",
        F::LeakedContext => "shape.leaked-context",
        F::Orphan => "shape.orphan",
        F::LogWithoutSpan => "shape.log-without-span",
        F::BrokenJson => "telemetry.broken-json",
        F::ObjectAddress => "telemetry.object-address",
        F::AttributeTwice => "telemetry.duplicate-attribute",
        F::StatusOnSuccess | F::StatusLost => "shape.status",
        F::MetricTokensWrong | F::MetricModelSwapped | F::LogTokensWrong => "truth.contradiction",
        F::DurationMetricLost | F::TokenMetricLost => "metric.missing",
        F::DurationMetricTwice => "metric.duplicate",
        F::MetricUnit => "metric.unit",
        F::MetricInMilliseconds => "metric.duration",
        F::MetricWithoutProvider => "metric.attribute",
        F::KeyLeaked | F::KeyLeakedBase64 => "secrets.leaked",
        F::PromptLeaked
        | F::PromptLeakedInMetric
        | F::AnswerLeaked
        | F::ToolArgumentsLeaked
        | F::ToolDefinitionsLeaked
        | F::EmbeddedTextLeaked
        | F::VectorLeaked => "content.leaked",
        F::ChunkAltered | F::ChunkLost | F::ErrorSwallowed | F::ErrorMessageAltered | F::BodyTouched => {
            "transparency.outcome"
        }
        F::ExtraRequest => "transparency.requests",
        F::TraceparentInjected => "transparency.injected-header",
        F::HeaderAdded => "transparency.request-header",
        F::RequestBodyAltered => "transparency.request-body",
        F::RequestUrlAltered => "transparency.request-url",
        F::CallsHome => "egress.contacted",
        _ => rule_of_values(fault),
    }
}

/// The rule that must notice a value that is not true; a fault that is none of these has no rule, which no test passes.
fn rule_of_values(fault: Fault) -> &'static str {
    use Fault as F;
    match fault {
        F::DeploymentLost
        | F::ResponseModelLost
        | F::ResponseIdLost
        | F::InputTokensLost
        | F::OutputTokensLost
        | F::FinishReasonsLost
        | F::TemperatureLost
        | F::SeedLost
        | F::PortLost
        | F::ProviderOldName
        | F::ErrorTypeLost
        | F::StreamLost
        | F::FirstChunkLost
        | F::PromptLost
        | F::AnswerLost
        | F::PartialAnswerLost
        | F::ToolDefinitionsLost
        | F::OutputTypeLost
        | F::DimensionsLost => "truth.missing",
        F::DeploymentSwapped
        | F::ResponseModelSwapped
        | F::ResponseIdAltered
        | F::TokensWrong
        | F::TokensSwapped
        | F::TokensAsText
        | F::TokensAsDouble
        | F::CachedTokensWrong
        | F::FinishReasonsStop
        | F::FinishReasonsText
        | F::FinishReasonsDoubled
        | F::TemperatureAsText
        | F::SeedWrong
        | F::MaxTokensWrong
        | F::HostIsUrl
        | F::PortAsText
        | F::ProviderIsOpenAi
        | F::OperationWrong
        | F::ErrorTypeWrong
        | F::StreamGuessed
        | F::FirstChunkInMilliseconds
        | F::PromptCut
        | F::MessagesBroken
        | F::AnswerCut
        | F::ToolCallsMerged
        | F::SecondChoiceLost
        | F::ToolArgumentsAltered
        | F::ToolResultsAltered
        | F::DimensionsWrong
        | F::OutputTypeText
        | F::ApiTypeWrong
        | F::UrlPathWrong
        | F::HttpStatusWrong
        | F::LogSeedGuessed
        | F::ExceptionWrong
        | F::ConversationSwapped => "truth.wrong",
        F::ResponseIdGuessed
        | F::TokensGuessed
        | F::FinishReasonsGuessed
        | F::TemperatureGuessed
        | F::SeedGuessed
        | F::ServiceTierGuessed
        | F::ExceptionGuessed
        | F::ErrorTypeGuessed => "truth.invented",
        _ => "no rule",
    }
}

/// What no scenario of the repository has: two tool calls in one answer.
const PARALLEL_CALLS: &str = r#"
title  = "Two tools at once"
intent = "Merged tool calls need two of them."
[azure.resources.east]
region = "eastus2"
[azure.deployments.chat-prod]
resource = "east"
model    = "gpt-4o-2024-11-20"
[tools.get_weather]
description = "Current weather in one city"
parameters  = { city = "string" }
[[step]]
id    = "ask"
chat  = { deployment = "chat-prod", user = "Compare Oslo and Bergen, please.", tools = ["get_weather"] }
reply = { tool_calls = [
    { id = "call_1", tool = "get_weather", arguments = { city = "Stavanger" } },
    { id = "call_2", tool = "get_weather", arguments = { city = "Trondheim" } },
], usage = { input = 40, output = 30 } }
"#;

/// A part of the names of the only scenarios to run: for whoever works on a rule. The table is not looked at then.
const ONLY: &str = "FAULTS_IN";

/// The variant without any fault.
const SOUND: &str = "sound";
/// The convention at which faults are made: the newest has the most to get wrong.
const NEWEST: &str = "1.41.0";
/// A convention without content.
const WITHOUT_CONTENT: &str = "1.36.0";

fn main() -> ExitCode {
    if serve_watchdog_if_asked() {
        return ExitCode::SUCCESS;
    }
    let arguments = Arguments::from_args();
    let faults = Trial::test("each_fault_is_found_by_its_rule_and_by_no_other", || {
        let cells = cells()?;
        let found = rules_by_variant(&cells);
        let mut wrong = Vec::new();
        for fault in Fault::ALL {
            let rules: BTreeSet<&str> =
                found.get(fault.as_str()).into_iter().flatten().map(|(rule, _)| rule.as_str()).collect();
            let is_passed_over = rules.is_empty() && only().is_some();
            if rules != BTreeSet::from([rule(*fault)]) && !is_passed_over {
                let wanted = rule(*fault);
                wrong.push(format!("{}: {rules:?}, expected only {wanted}", fault.as_str()));
                wrong.extend(examples(&cells, fault.as_str(), wanted));
            }
        }
        if let Some(rules) = found.get(SOUND) {
            wrong.push(format!("without any fault: {rules:?}"));
        }
        if !wrong.is_empty() {
            return Err(wrong.join("\n").into());
        }
        if only().is_some() {
            return Ok(());
        }
        held_against_the_table(&table(&found)).map_err(Into::into)
    });
    let count = Trial::test("there_are_faults_enough", || {
        if Fault::ALL.len() >= 40 { Ok(()) } else { Err("fewer than 40".into()) }
    });
    let sound = Trial::test("the_reference_has_no_finding_at_any_release_over_the_whole_library", || {
        let workspace = workspace()?;
        let mut loaded = Loaded::read(&workspace).map_err(|error| error.to_string())?;
        loaded.known.clear();
        loaded.flavors = vec![reference_over_everything(&loaded)?];
        let cells = events(workspace, loaded)?;
        let findings = cells.iter().flat_map(|cell| cell.findings.iter().map(move |finding| (cell, finding)));
        let lines: Vec<String> =
            findings.map(|(cell, finding)| format!("{}: {} {}", cell.id, finding.id, finding.message)).collect();
        if lines.is_empty() { Ok(()) } else { Err(lines.join("\n").into()) }
    });
    libtest_mimic::run(&arguments, vec![faults, count, sound]).exit_code()
}

/// Scenarios in which a fault is more than one mistake: the service itself answers otherwise, or the fault's own value is
/// wrong by a second rule.
const NOT_MEANT: &[(&str, &str)] = &[
    // A stream that is held until the end has a span that is late in any case.
    ("ended-late", "streaming/held"),
    // What a stream that was left would have come to is on the wire of Responses only.
    ("two-spans", "responses/stopped-early"),
    ("tokens-guessed", "responses/stopped-early"),
    // The service echoes the member that was added.
    ("request-body-altered", "responses/"),
    // `/openai/v1` knows no such query and answers 404.
    ("request-url-altered", "deployments/plain-client"),
    ("request-url-altered", "deployments/unknown-on-plain-client"),
    ("request-url-altered", "hosts/services-ai-plain-client"),
    ("request-url-altered", "responses/plain-client"),
    ("request-url-altered", "hosts/localhost-plain-client"),
    // The other caller's span has the other caller's session.
    ("leaked-context", "concurrency/conversations"),
    ("leaked-context", "concurrency/own-parents"),
];

fn is_meant(cell: &CellId) -> bool {
    let is = |(fault, scenario): &(&str, &str)| {
        cell.variant.as_str() == *fault && cell.scenario.as_str().starts_with(scenario)
    };
    !NOT_MEANT.iter().any(is)
}

fn workspace() -> Result<Workspace, String> {
    let root = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    Workspace::find(Some(&root)).map_err(|error| error.to_string())
}

/// Runs every scenario with every fault.
fn cells() -> Result<Vec<Arc<CellEvent>>, String> {
    let workspace = workspace()?;
    let mut loaded = Loaded::read(&workspace).map_err(|error| error.to_string())?;
    loaded.known.clear();
    loaded.scenarios = scenarios(&workspace.root)?;
    loaded.flavors = flavors(&loaded)?;
    events(workspace, loaded)
}

/// The reference with every variant over every scenario.
fn reference_over_everything(loaded: &Loaded) -> Result<NamedFlavor, String> {
    let mut reference =
        loaded.flavors.iter().find(|flavor| flavor.name.as_str() == "reference").cloned().ok_or("no reference")?;
    let mut file = (*reference.file).clone();
    for variant in file.variant.values_mut() {
        variant.scenarios = None;
    }
    reference.file = Arc::new(file);
    Ok(reference)
}

/// Runs what is loaded, and says how each cell ended.
fn events(workspace: Workspace, loaded: Loaded) -> Result<Vec<Arc<CellEvent>>, String> {
    let plan = loaded.plan();
    let selected: BTreeSet<_> =
        plan.iter().filter(|cell| !cell.flavor.is_control && is_meant(&cell.id)).map(|cell| cell.id.clone()).collect();
    let options = RunOptions {
        jobs: NonZeroUsize::MIN.saturating_add(7),
        snapshots: SnapshotMode::Compare,
        require: Require::Available,
        order: Order::Planned,
        evidence: EvidenceMode::Dropped,
        ..RunOptions::default()
    };
    let events = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&events);
    let listener = Box::new(move |event| {
        if let Event::Cell(cell) = event {
            heard.lock().unwrap_or_else(PoisonError::into_inner).push(cell);
        }
    });
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let session = Session::start(workspace, loaded, options, listener).await.map_err(|error| error.to_string())?;
        run(&session, &plan, &selected).await;
        Ok::<_, String>(())
    })?;
    let events = std::mem::take(&mut *events.lock().unwrap_or_else(PoisonError::into_inner));
    match events.iter().find(|cell| cell.status == CellStatus::Broken) {
        Some(cell) => Err(format!("{} is broken: {}", cell.id, cell.reason.as_deref().unwrap_or_default())),
        None => Ok(events),
    }
}

fn only() -> Option<String> {
    std::env::var(ONLY).ok()
}

/// The repository's scenarios without their expectations, and one more.
fn scenarios(root: &Utf8Path) -> Result<Vec<Arc<Scenario>>, String> {
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    if only().is_none() {
        texts.insert("scenarios/tools/parallel-in-faults.toml".to_owned(), PARALLEL_CALLS.to_owned());
    }
    for path in files_below(&root.join("scenarios")) {
        let name = path.strip_prefix(root).map_err(|error| error.to_string())?.to_string();
        if only().is_some_and(|only| !name.contains(&only)) {
            continue;
        }
        texts.insert(name, fs::read_to_string(&path).map_err(|error| error.to_string())?);
    }
    let concepts: Vec<&str> = Concept::ALL.iter().map(|concept| concept.as_str()).collect();
    let mut scenarios = Vec::new();
    for (name, text) in texts {
        let mut document: toml_edit::DocumentMut = text.parse().map_err(|error| format!("{name}: {error}"))?;
        document.remove("expect");
        let scenario = scenario::parse(&name, &document.to_string(), &concepts).map_err(|error| error.to_string())?;
        scenarios.push(Arc::new(scenario));
    }
    Ok(scenarios)
}

fn files_below(folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let entries = folder.read_dir_utf8().into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path().to_owned());
    paths
        .flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] })
        .filter(|path| path.extension() == Some("toml"))
        .collect()
}

/// The reference with a variant for each fault, and its control: the same client, not instrumented.
fn flavors(loaded: &Loaded) -> Result<Vec<NamedFlavor>, String> {
    let reference = loaded.flavors.iter().find(|flavor| flavor.name.as_str() == "reference");
    let reference = reference.ok_or("there is no reference flavor")?;
    let newest = reference.file.variant.get(NEWEST).ok_or("the reference has no newest variant")?;
    let variant = |release: Option<&str>, content: bool, fault: Option<Fault>| {
        let mut variant = VariantTable { release: release.map(str::to_owned), content, ..newest.clone() };
        let fault = fault.map(|fault| ("AZMATRIX_REFERENCE_FAULT".to_owned(), fault.as_str().to_owned()));
        variant.environment = fault.into_iter().collect();
        variant
    };
    let control = Control { flavor: "control".to_owned(), variant: SOUND.to_owned() };
    let file = FlavorFile { control: Some(control), variant: indexmap::IndexMap::new(), ..(*reference.file).clone() };
    let mut faulty = file.clone();
    faulty.variant.insert(SOUND.to_owned(), variant(Some(NEWEST), true, None));
    for fault in Fault::ALL {
        let content = rule(*fault) != "content.leaked";
        let release = if content { NEWEST } else { WITHOUT_CONTENT };
        faulty.variant.insert(fault.as_str().to_owned(), variant(Some(release), content, Some(*fault)));
    }
    let mut control = FlavorFile { is_control: true, control: None, ..file };
    control.variant.insert(SOUND.to_owned(), variant(None, false, None));
    let named = |name: &str, file| NamedFlavor { name: FlavorName::new(name), file: Arc::new(file) };
    Ok(vec![named("control", control), named("faulty", faulty)])
}

/// A few findings of other rules, to see why.
fn examples(cells: &[Arc<CellEvent>], variant: &str, wanted: &str) -> Vec<String> {
    let of_variant = cells.iter().filter(|cell| cell.id.variant.as_str() == variant);
    let findings = of_variant.flat_map(|cell| cell.findings.iter().map(move |finding| (cell, finding)));
    let others = findings.filter(|(_, finding)| finding.id != wanted).take(4);
    others
        .map(|(cell, finding)| format!("    {}: {} {}: {}", cell.id, finding.id, finding.subject, finding.message))
        .collect()
}

type Found = BTreeMap<String, BTreeSet<(String, String)>>;

/// Rule and scenario of every finding, by variant.
fn rules_by_variant(cells: &[Arc<CellEvent>]) -> Found {
    let mut found = Found::new();
    for cell in cells {
        for finding in &cell.findings {
            let scenarios = found.entry(cell.id.variant.to_string()).or_default();
            scenarios.insert((finding.id.clone(), cell.id.scenario.to_string()));
        }
    }
    found
}

fn table(found: &Found) -> String {
    let mut table = "\
# Seeded faults

The reference makes one mistake at a time; the rule beside it, and no other, says so in the scenarios beside that. Written
by `FAULTS=overwrite cargo test --test faults`, and held against a run by `cargo test`.

| fault | what it does | rule | scenarios |
|---|---|---|---|
"
    .to_owned();
    for fault in Fault::ALL {
        let rows = found.get(fault.as_str()).into_iter().flatten();
        let scenarios: BTreeSet<&str> = rows.map(|(_, scenario)| scenario.as_str()).collect();
        let scenarios: Vec<&str> = scenarios.into_iter().collect();
        // Writing into a text cannot fail.
        let _ = writeln!(
            table,
            "| `{}` | {} | `{}` | {} |",
            fault.as_str(),
            fault.does(),
            rule(*fault),
            scenarios.join(", ")
        );
    }
    table
}

fn held_against_the_table(text: &str) -> Result<(), String> {
    let path = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults.md");
    if std::env::var("FAULTS").is_ok_and(|value| value == "overwrite") {
        return fs::write(&path, text).map_err(|error| error.to_string());
    }
    if fs::read_to_string(&path).unwrap_or_default() == text {
        return Ok(());
    }
    Err("tests/faults.md is not what the run says; `FAULTS=overwrite cargo test --test faults` writes it".to_owned())
}
