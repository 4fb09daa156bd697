//! `azmatrix semconv` and `azmatrix translate`, as a user starts them.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn run(arguments: &[&str]) -> Output {
    let harness = Path::new(env!("CARGO_MANIFEST_DIR"));
    Command::new(env!("CARGO_BIN_EXE_azmatrix"))
        .args(arguments)
        .current_dir(harness.join(".."))
        .output()
        .expect("the program starts")
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

const CORPUS: &str = "harness/tests/semconv-samples/corpus.json";

#[test]
fn violations_decide_the_exit_code_unless_told_otherwise() {
    let check = |more: &[&str]| run(&[&["semconv", "check", "--against", "1.37.0", CORPUS], more].concat());
    assert_eq!(check(&[]).status.code(), Some(1));
    assert_eq!(check(&["--fail-on", "none"]).status.code(), Some(0));
    assert_eq!(run(&["semconv", "check", "--against", "1.99.0", CORPUS]).status.code(), Some(2));
    assert_eq!(run(&["semconv", "check", "no-such-file.json"]).status.code(), Some(2));
}

#[test]
fn nothing_to_check_is_no_success() {
    let folder = tempfile::tempdir().expect("a folder");
    let empty = folder.path().join("empty.json");
    std::fs::write(&empty, "[]").expect("written");
    let output = run(&["semconv", "check", empty.to_str().expect("UTF-8")]);
    assert_eq!(output.status.code(), Some(4));
    assert_eq!(run(&["semconv", "check", folder.path().to_str().expect("UTF-8")]).status.code(), Some(4));
}

#[test]
fn shared_findings_as_json_lines() {
    let output =
        run(&["semconv", "check", "--against", "1.37.0", "--only", "shared", "--all", "--format", "jsonl", CORPUS]);
    let lines: Vec<Value> = text(&output).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(lines.len() > 500 && lines.iter().all(|line| line["shared"] == true && line["release"] == "1.37.0"));
}

#[test]
fn releases_are_compared_and_flavors_rolled_up() {
    let compared = text(&run(&["semconv", "compare", "1.36.0", "1.37.0"]));
    assert!(compared.contains("renamed    gen_ai.system → gen_ai.provider.name"), "{compared}");
    let rolled = text(&run(&["semconv", "rollup", "--print", "py-otel-openai-v2"]));
    assert!(rolled.starts_with("flavor py-otel-openai-v2\n"), "{rolled}");
    let flavor = text(&run(&["semconv", "compare", "1.36.0", "1.37.0", "--flavor", "py-otel-openai-v2"]));
    assert!(flavor.contains("renamed gen_ai.system → gen_ai.provider.name on span"), "{flavor}");
}

#[test]
fn queries_are_translated() {
    let table = text(&run(&["translate", "1.36.0", "1.37.0"]));
    assert!(table.contains("- gen_ai.system\n    + gen_ai.provider.name"), "{table}");
    assert_eq!(run(&["translate", "acme", "otel"]).status.code(), Some(2));
    let json = text(&run(&["translate", "openinference", "otel", "--format", "json"]));
    assert!(serde_json::from_str::<Value>(&json).expect("JSON")["rows"].as_array().is_some_and(|rows| rows.len() > 5));
}
