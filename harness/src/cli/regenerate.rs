//! `azmatrix regenerate`: every file that is made from something else, made again.
//!
//! A file that is made is never edited by hand; a test demands that it is what this command writes.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::Write;

use anyhow::Context;
use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, CommandFactory};

use super::files::write_whole;
use super::report::{ReportArguments, report};
use super::semconv::propose_rollups;
use super::{Arguments, ExitCode, rule_pages, schemas};
use crate::flavor::Runtime;
use crate::workspace::{Loaded, Workspace};

/// `azmatrix regenerate`.
#[derive(Clone, Copy, Debug, Args)]
pub struct RegenerateArguments {
    /// Also run everything, and write `COMPATIBILITY.md` from the run: minutes
    #[arg(long)]
    pub with_run: bool,
}

/// A file that is made: its path below the workspace, and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneratedFile {
    /// The path below the workspace.
    pub path: Utf8PathBuf,
    /// What it must say.
    pub text: String,
}

/// Folders that hold nothing but made files: what else lies in them is of something that is gone.
const MADE_FOLDERS: &[&str] = &["harness/schemas", "harness/docs/rules"];

/// Every made file of a workspace that needs no run: schemas, the pages of the rules, the page of the commands, and the
/// numbers in the README.
pub fn generated_files(workspace: &Workspace) -> anyhow::Result<Vec<GeneratedFile>> {
    let below = |folder: &str, name: &str, text: String| GeneratedFile { path: Utf8Path::new(folder).join(name), text };
    let mut files: Vec<GeneratedFile> =
        schemas().into_iter().map(|(name, text)| below("harness/schemas", name, text)).collect();
    files.extend(rule_pages().into_iter().map(|(name, text)| below("harness/docs/rules", &name, text)));
    files.push(below("harness/docs", "commands.md", commands_page()));
    let readme = workspace.root.join("README.md");
    if readme.exists() {
        let text = fs::read_to_string(&readme).with_context(|| format!("`{readme}` could not be read"))?;
        let counted = between_markers(&text, "counts", &counts(&Loaded::read(workspace)?));
        files.push(GeneratedFile { path: "README.md".into(), text: counted });
    }
    Ok(files)
}

/// Files in the folders of made files that nothing makes any more.
pub fn leftover_files(workspace: &Workspace, files: &[GeneratedFile]) -> anyhow::Result<Vec<Utf8PathBuf>> {
    let made: BTreeSet<&Utf8Path> = files.iter().map(|file| file.path.as_path()).collect();
    let mut left = Vec::new();
    for folder in MADE_FOLDERS {
        let path = workspace.root.join(folder);
        if !path.exists() {
            continue;
        }
        for entry in path.read_dir_utf8().with_context(|| format!("`{path}` could not be listed"))? {
            let found = Utf8Path::new(folder).join(entry?.file_name());
            if !made.contains(found.as_path()) {
                left.push(found);
            }
        }
    }
    left.sort();
    Ok(left)
}

pub(super) fn regenerate(root: Option<&Utf8Path>, arguments: RegenerateArguments) -> anyhow::Result<ExitCode> {
    let workspace = Workspace::find(root)?;
    let files = generated_files(&workspace)?;
    let mut output = std::io::stdout().lock();
    let mut same = 0_usize;
    for file in &files {
        let path = workspace.root.join(&file.path);
        if fs::read_to_string(&path).is_ok_and(|text| text == file.text) {
            same += 1;
            continue;
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("`{folder}` could not be made"))?;
        }
        write_whole(&path, &file.text)?;
        writeln!(output, "wrote   {}", file.path)?;
    }
    for left in leftover_files(&workspace, &files)? {
        fs::remove_file(workspace.root.join(&left)).with_context(|| format!("`{left}` could not be removed"))?;
        writeln!(output, "removed {left}")?;
    }
    writeln!(output, "{same} of {} files were as they should be", files.len())?;
    let changed = propose_rollups(&workspace)?;
    for name in &changed {
        writeln!(
            output,
            "snapshots/semconv/{name}.snap would change: read snapshots/semconv/{name}.snap.new, then run \
                          `azmatrix accept semconv/{name}.snap`"
        )?;
    }
    drop(output);
    if arguments.with_run {
        report(root, ReportArguments { print: false })?;
    } else {
        writeln!(
            std::io::stdout(),
            "not made without a run: COMPATIBILITY.md (`azmatrix regenerate --with-run`) and harness/tests/faults.md \
             (`FAULTS=overwrite cargo test --test faults`)"
        )?;
    }
    Ok(if changed.is_empty() { ExitCode::Green } else { ExitCode::Red })
}

/// The text with what stands between `<!-- name -->` and `<!-- /name -->` replaced; as it is where there are no markers.
fn between_markers(text: &str, name: &str, inner: &str) -> String {
    let (open, close) = (format!("<!-- {name} -->"), format!("<!-- /{name} -->"));
    let Some((before, rest)) = text.split_once(&open) else { return text.to_owned() };
    let Some((_, after)) = rest.split_once(&close) else { return text.to_owned() };
    format!("{before}{open}{inner}{close}{after}")
}

/// How much there is, as the README says it.
fn counts(loaded: &Loaded) -> String {
    let plan = loaded.plan();
    let products: BTreeSet<_> = plan
        .iter()
        .filter(|cell| cell.flavor.runtime == Runtime::Python && cell.is_product() && !cell.is_opt_in())
        .map(|cell| &cell.id.flavor)
        .collect();
    let cells = plan.iter().filter(|cell| !cell.is_opt_in()).count();
    format!("{} scenarios, {} Python flavors, {cells} cells", loaded.scenarios.len(), products.len())
}

/// Every command with its options, as `--help` says it.
fn commands_page() -> String {
    let mut root = Arguments::command().term_width(100);
    root.build();
    let mut text = String::from(
        "# Commands\n\nMade by `azmatrix regenerate` from what `azmatrix --help` and `azmatrix <command> --help` say.\n",
    );
    describe(&mut root, "azmatrix", &mut text);
    text
}

fn describe(command: &mut clap::Command, name: &str, text: &mut String) {
    let help = command.render_long_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    // Writing into a text cannot fail.
    let _ = write!(text, "\n## `{name}`\n\n```text\n{}\n```\n", lines.join("\n").trim_end());
    for inner in command.get_subcommands_mut().filter(|inner| inner.get_name() != "help") {
        let name = format!("{name} {}", inner.get_name());
        describe(inner, &name, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_markers_is_replaced() {
        let check = |text: &str, expected: &str| assert_eq!(between_markers(text, "counts", "2"), expected);
        check("a <!-- counts -->1<!-- /counts --> b", "a <!-- counts -->2<!-- /counts --> b");
        check("no markers", "no markers");
        check("<!-- counts -->1 and no end", "<!-- counts -->1 and no end");
        check("<!-- other -->1<!-- /other -->", "<!-- other -->1<!-- /other -->");
    }
}
