//! Every mistake in a file of ours has an example with its exact message: `corpus/<kind>/<mistake>.toml` and `.txt`.
//!
//! `SNAPSHOTS=overwrite cargo test --test suite diagnostics` writes the messages anew; read them before you commit them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use azmatrix::convention::{Concept, Convention};
use azmatrix::diagnose::{DiagnosticKind, Diagnostics, Paint};
use azmatrix::judge::rule::{every_rule, rule};
use azmatrix::{flavor, judge::known, live, scenario};
use snapbox::{Assert, Data, data::DataFormat};

/// Concepts as expectations name them.
const CONCEPTS: &[&str] = &[
    "operation",
    "provider",
    "request.model",
    "response.model",
    "response.id",
    "finish_reasons",
    "usage.input",
    "usage.output",
    "output.text",
    "input.user",
    "output.tool_calls",
    "output.tool_arguments",
    "tool.definitions",
    "request.temperature",
    "request.top_p",
    "request.max_tokens",
    "request.seed",
    "server.host",
    "server.port",
    "error.type",
    "stream",
    "session",
    "user",
    "embeddings.dimensions",
];

/// Naming families as flavors name them.
const FAMILIES: &[&str] = &["otel", "openinference", "openllmetry"];

fn harness() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Files with an extension below a folder, by name.
fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("failed to list {}: {error}", folder.display()));
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.expect("a folder can be listed to its end").path();
        if path.is_dir() {
            found.extend(files_below(&path, extension));
        } else if path.extension().is_some_and(|actual| actual == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("failed to read {}: {error}", path.display()))
}

/// The mistakes that one file is read with.
type FindMistakes = fn(&str, &str) -> Option<Diagnostics>;

/// The kinds of files, by the name of their folder in the corpus.
fn readers() -> [(&'static str, FindMistakes); 5] {
    [
        ("scenario", |stem, text| scenario::parse(&format!("scenarios/corpus/{stem}.toml"), text, CONCEPTS).err()),
        ("flavor", |stem, text| flavor::parse(&format!("flavors/{stem}/flavor.toml"), text, FAMILIES).err()),
        ("convention", |stem, text| Convention::parse(&format!("conventions/{stem}.toml"), text).err()),
        ("known", |stem, text| known::parse(&format!("known/{stem}.toml"), text).err()),
        ("live", |stem, text| live::parse_file(&format!("{stem}.toml"), text).err()),
    ]
}

/// Reads every example of a kind, compares its message, and gives the kinds of mistakes that were seen.
fn check(kind: &str, find_mistakes: FindMistakes) -> BTreeSet<DiagnosticKind> {
    let assert = Assert::new().action_env("SNAPSHOTS");
    let mut seen = BTreeSet::new();
    let mut failures = Vec::new();
    for path in files_below(&harness().join("tests/corpus").join(kind), "toml") {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("names of examples are UTF-8");
        let Some(mistakes) = find_mistakes(stem, &read(&path)) else {
            failures.push(format!("{}: no mistake was found", path.display()));
            continue;
        };
        seen.extend(mistakes.entries().iter().map(|entry| entry.kind));
        let expected = Data::read_from(&path.with_extension("txt"), Some(DataFormat::Text)).raw();
        if let Err(difference) = assert.try_eq(Some(&stem), mistakes.to_string().into(), expected) {
            failures.push(difference.to_string());
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    seen
}

#[test]
fn every_kind_of_mistake_has_an_example_with_its_exact_message() {
    let seen: BTreeSet<DiagnosticKind> =
        readers().into_iter().flat_map(|(kind, find_mistakes)| check(kind, find_mistakes)).collect();
    let unseen: Vec<DiagnosticKind> = DiagnosticKind::ALL.iter().copied().filter(|kind| !seen.contains(kind)).collect();
    assert!(unseen.is_empty(), "no example in tests/corpus for {unseen:?}");
}

#[test]
fn every_message_belongs_to_an_example() {
    for path in files_below(&harness().join("tests/corpus"), "txt") {
        assert!(path.with_extension("toml").exists(), "{} has no example beside it", path.display());
    }
}

#[test]
fn colours_change_no_word() {
    let text = "title = 1\n";
    let mistakes = scenario::parse("scenarios/chat/basic.toml", text, CONCEPTS).expect_err("the title is no text");
    let coloured = mistakes.render(Paint::Coloured);
    assert_ne!(coloured, mistakes.render(Paint::Plain));
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').expect("a colour ends with `m`").1;
    }
    plain.push_str(rest);
    assert_eq!(plain, mistakes.render(Paint::Plain));
}

#[test]
fn every_scenario_is_without_mistakes() {
    let concepts: Vec<&str> = Concept::ALL.iter().map(|concept| concept.as_str()).collect();
    let root = harness().parent().expect("the harness lies in the workspace");
    let paths = files_below(&root.join("scenarios"), "toml");
    let mistakes: Vec<String> = paths
        .iter()
        .filter_map(|path| {
            let name = path.strip_prefix(root).expect("listed below the root").to_str()?.replace('\\', "/");
            scenario::parse(&name, &read(path), &concepts).err().map(|mistakes| mistakes.to_string())
        })
        .collect();
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
    assert!(paths.len() >= 20, "only {} scenarios were found", paths.len());
}

/// Reads a text as every kind of file and shows what is wrong; only a panic is a failure.
fn read_as_everything(text: &str) {
    for (_, find_mistakes) in readers() {
        if let Some(mistakes) = find_mistakes("broken", text) {
            assert!(mistakes.to_string().contains("broken"), "a message names the file");
            assert!(mistakes.entries().iter().all(|entry| mistakes.position(entry).0 > 0));
        }
    }
}

#[test]
fn no_broken_file_makes_the_reader_panic() {
    let path = harness().parent().expect("the harness lies in the workspace").join("scenarios/tools/round-trip.toml");
    let text = read(&path);
    let lines: Vec<&str> = text.lines().collect();
    for index in 0..lines.len() {
        let mut without = lines.clone();
        without.remove(index);
        read_as_everything(&without.join("\n"));
        read_as_everything(&lines[..index].join("\r\n"));
    }
    for (position, character) in text.char_indices().filter(|(position, _)| position % 5 == 0) {
        read_as_everything(&text[..position]);
        read_as_everything(&format!("{}{}", &text[..position], &text[position + character.len_utf8()..]));
        read_as_everything(&format!("{}\u{e9}\t\"{}", &text[..position], &text[position..]));
    }
}

/// Whatever the judge finds has a page that says what it means.
#[test]
fn every_finding_of_the_judge_is_a_rule_of_the_registry() {
    let mut unknown = Vec::new();
    let groups = every_rule().filter_map(|rule| Some(rule.id.split_once('.')?.0)).collect::<BTreeSet<_>>();
    let folders = ["src/judge", "src/run"].map(|folder| harness().join(folder));
    for path in folders.iter().flat_map(|folder| files_below(folder, "rs")) {
        let shown = path.display().to_string();
        if shown.contains("/tests/") || shown.contains("/rule/") || shown.contains("/known/") {
            continue;
        }
        for literal in read(&path).split('"').skip(1).step_by(2) {
            let is_id = literal.split_once('.').is_some_and(|(group, name)| {
                groups.contains(group)
                    && !name.is_empty()
                    && name.chars().all(|sign| sign.is_ascii_lowercase() || sign == '-')
            });
            if is_id && rule(literal).is_none() {
                unknown.push(format!("{shown}: `{literal}`"));
            }
        }
    }
    assert!(unknown.is_empty(), "rules that `judge/rule` does not have:\n{}", unknown.join("\n"));
}

/// A scenario file of many mistakes: the first fifty are shown, and the rest is counted.
#[track_caller]
fn check_many(kind: DiagnosticKind, count: usize, text: &str) {
    let mistakes = scenario::parse("scenarios/chat/many.toml", text, CONCEPTS).expect_err("it is wrong");
    let found = mistakes.entries().iter().filter(|entry| entry.kind == kind).count();
    assert_eq!(found, count);
    let shown = mistakes.to_string();
    let rest = mistakes.entries().len() - 50;
    let last = shown.lines().last().expect("a last line").replace(',', "");
    assert_eq!(last, format!("… and {rest} more mistakes in this file"));
    assert_eq!(shown.matches("error[").count(), 50);
}

#[test]
fn very_many_mistakes_are_found_and_not_all_shown() {
    check_many(DiagnosticKind::Syntax, 4_000, &"title = = 1\n".repeat(4_000));
    let keys = (0..100_000).map(|number| format!("key-{number} = 1")).collect::<Vec<_>>().join("\n");
    check_many(DiagnosticKind::UnknownKey, 100_000, &keys);
}
