//! `azmatrix semconv`: telemetry against semantic-convention releases, and releases against each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::{fs, io};

use anyhow::Context;
use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, Subcommand, ValueEnum};

use super::{ExitCode, UsageError};
use crate::cli::input_samples;
use crate::convention::Concept;
use crate::matrix::NamedFlavor;
use crate::scenario;
use crate::scenario::StepId;
use crate::semconv::{
    Against, Baseline, CheckReport, CheckRequest, Facts, RecordedSnapshot, Registry, Severity, compare, flavor_rollup,
    github_annotations, json_document, json_lines, move_difference, sarif, text, variant_difference,
};
use crate::telemetry::canonical::Heading;
use crate::workspace::snapshot::{self, SnapshotComparison};
use crate::workspace::{Loaded, Workspace};

/// `azmatrix semconv`.
#[derive(Clone, Debug, Args)]
pub struct SemconvArguments {
    /// What to do
    #[command(subcommand)]
    pub command: SemconvCommand,
}

/// The subcommands of `azmatrix semconv`.
#[derive(Clone, Debug, Subcommand)]
pub enum SemconvCommand {
    /// Hold telemetry against releases
    Check(SemconvCheckArguments),
    /// Compare two releases, and say what the recorded snapshots would gain and lose
    Compare(SemconvCompareArguments),
    /// Hold the snapshots of flavors against all releases: `snapshots/semconv/<flavor>.snap`
    Rollup(SemconvRollupArguments),
    /// Say which releases there are and where their facts come from
    Releases,
}

/// `azmatrix semconv compare`.
#[derive(Clone, Debug, Args)]
pub struct SemconvCompareArguments {
    /// The release now
    #[arg(value_name = "A")]
    pub from: String,
    /// The release to move to
    #[arg(value_name = "B")]
    pub to: String,
    /// Only snapshots of this flavor, and what differs between its variants
    #[arg(long, value_name = "FLAVOR")]
    pub flavor: Option<String>,
}

/// `azmatrix semconv rollup`.
#[derive(Clone, Debug, Args)]
pub struct SemconvRollupArguments {
    /// Flavors [default: all]
    #[arg(value_name = "FLAVOR")]
    pub flavors: Vec<String>,
    /// Print instead of comparing with the reviewed file
    #[arg(long)]
    pub print: bool,
}

/// `azmatrix semconv check`.
#[derive(Clone, Debug, Args)]
pub struct SemconvCheckArguments {
    /// Snapshots, OTLP as JSON, JSON lines or protobuf, samples of Weaver's live-check; folders of them; `-` for standard
    /// input [default: the snapshots of the workspace]
    #[arg(value_name = "FILE")]
    pub inputs: Vec<Utf8PathBuf>,
    /// Releases: names, ranges such as `1.37.0..1.41.0`, `latest`, `genai-latest`, `all`, `declared` (by the schema URL,
    /// else `fit`), `fit` (the one that fits best); with commas
    #[arg(long, value_name = "RELEASES", default_value = "declared")]
    pub against: String,
    /// How to show findings
    #[arg(long, visible_alias = "output", value_name = "FORMAT", default_value = "text")]
    pub format: SemconvFormat,
    /// The least severity that makes the exit code 1
    #[arg(long, value_name = "LEVEL", default_value = "violation")]
    pub fail_on: FailOn,
    /// Accepted findings with reasons; an entry that accepts nothing fails
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<Utf8PathBuf>,
    /// Only some findings
    #[arg(long, value_name = "WHICH")]
    pub only: Option<OnlyArgument>,
    /// Also `not_stable` and `opt_in_attribute_not_present`
    #[arg(long)]
    pub all: bool,
}

/// `--format` of `semconv check`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SemconvFormat {
    /// For people
    Text,
    /// One JSON document
    Json,
    /// One finding per line
    #[value(alias = "json-lines", alias = "ndjson")]
    Jsonl,
    /// SARIF 2.1.0
    Sarif,
    /// GitHub annotations
    #[value(alias = "annotations")]
    Github,
}

/// `--fail-on` of `semconv check`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Violations
    Violation,
    /// Improvements and violations
    Improvement,
    /// Any finding
    Information,
    /// No finding
    None,
}

impl FailOn {
    fn severity(self) -> Option<Severity> {
        match self {
            Self::Violation => Some(Severity::Violation),
            Self::Improvement => Some(Severity::Improvement),
            Self::Information => Some(Severity::Information),
            Self::None => None,
        }
    }
}

/// `--only` of `semconv check`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnlyArgument {
    /// Findings that Weaver's live-check has too
    Shared,
}

/// Does what was typed. `root` is the workspace, where one is needed.
pub fn semconv(root: Option<&Utf8Path>, arguments: &SemconvArguments) -> anyhow::Result<ExitCode> {
    let (code, text) = match &arguments.command {
        SemconvCommand::Check(check_arguments) => check(root, check_arguments)?,
        SemconvCommand::Compare(compare_arguments) => compare_releases(root, compare_arguments)?,
        SemconvCommand::Rollup(rollup_arguments) => rollup(root, rollup_arguments)?,
        SemconvCommand::Releases => (ExitCode::Green, releases()),
    };
    print(&text)?;
    Ok(code)
}

/// Prints; a reader that has seen enough is no fault.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    print_all(std::iter::once(text.to_owned()))
}

fn print_all(texts: impl Iterator<Item = String>) -> anyhow::Result<()> {
    let mut output = io::BufWriter::new(io::stdout().lock());
    let write = || {
        for text in texts {
            output.write_all(text.as_bytes())?;
        }
        output.flush()
    };
    match write() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

fn usage(error: impl std::fmt::Display) -> anyhow::Error {
    UsageError(error.to_string()).into()
}

fn check(root: Option<&Utf8Path>, arguments: &SemconvCheckArguments) -> anyhow::Result<(ExitCode, String)> {
    let registry = Registry::embedded();
    let against = Against::parse(registry, &arguments.against).map_err(usage)?;
    let mut baseline = match &arguments.baseline {
        Some(path) => {
            Baseline::parse(&read_text(path)?, &registry.releases).map_err(|error| usage(format!("{path}: {error}")))?
        }
        None => Baseline::default(),
    };
    let request =
        CheckRequest { against, all: arguments.all, only_shared: arguments.only == Some(OnlyArgument::Shared) };
    let mut report = CheckReport::new(registry);
    for (name, bytes) in inputs(root, &arguments.inputs)? {
        let steps = StepFacts::of_snapshot(Utf8Path::new(&name));
        let input = input_samples(&bytes, |heading| steps.facts(heading));
        report.add(&name, input.map_err(|error| usage(format!("{name}: {error}")))?, request, &mut baseline);
    }
    report.stale = baseline.stale();
    let text = match arguments.format {
        SemconvFormat::Text => text(&report),
        SemconvFormat::Json => json_document(&report),
        SemconvFormat::Sarif => sarif(&report),
        SemconvFormat::Github => github_annotations(&report),
        SemconvFormat::Jsonl => {
            // There can be very many: they are never all in memory as text.
            print_all(json_lines(&report))?;
            String::new()
        }
    };
    if report.samples() == 0 {
        writeln!(io::stderr(), "error: there was nothing to check")?;
        return Ok((ExitCode::NothingSelected, text));
    }
    let code = if report.fails(arguments.fail_on.severity()) { ExitCode::Red } else { ExitCode::Green };
    Ok((code, text))
}

fn read_text(path: &Utf8Path) -> anyhow::Result<String> {
    fs::read_to_string(path).map_err(|error| usage(format!("`{path}` cannot be read: {error}")))
}

/// Name and bytes of every input, folders unfolded, in the order given.
fn inputs(root: Option<&Utf8Path>, paths: &[Utf8PathBuf]) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    if paths.is_empty() {
        let workspace = Workspace::find(root)?;
        let folder = workspace.snapshots();
        files.extend(workspace.reviewed_snapshots()?.into_iter().map(|path| folder.join(path)));
    }
    for path in paths {
        if path.is_dir() { files_below(path, &mut files)? } else { files.push(path.clone()) }
    }
    let read = |path: Utf8PathBuf| {
        let mut bytes = Vec::new();
        if path == "-" {
            io::stdin().read_to_end(&mut bytes).context("standard input cannot be read")?;
        } else {
            bytes = fs::read(&path).map_err(|error| usage(format!("`{path}` cannot be read: {error}")))?;
        }
        Ok((path.into_string(), bytes))
    };
    files.into_iter().map(read).collect()
}

const KNOWN_ENDINGS: [&str; 9] = ["snap", "json", "jsonl", "ndjson", "pb", "binpb", "bin", "otlp", "gz"];

/// Files of a folder that could be inputs, sorted. `known` and `semconv` below `snapshots` hold no telemetry.
fn files_below(folder: &Utf8Path, files: &mut Vec<Utf8PathBuf>) -> anyhow::Result<()> {
    let entries = folder.read_dir_utf8().and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut entries = entries.map_err(|error| usage(format!("`{folder}` cannot be read: {error}")))?;
    entries.sort_by(|one, other| one.file_name().cmp(other.file_name()));
    for entry in entries {
        let path = entry.path();
        let is_rollup = folder.file_name() == Some("snapshots") && matches!(entry.file_name(), "known" | "semconv");
        if path.is_dir() && !is_rollup {
            files_below(path, files)?;
        } else if path.extension().is_some_and(|ending| KNOWN_ENDINGS.contains(&ending)) {
            files.push(path.to_owned());
        }
    }
    Ok(())
}

/// What the scenario of a snapshot asks, step by step.
#[derive(Default)]
struct StepFacts(Option<scenario::Scenario>);

impl StepFacts {
    /// `…/snapshots/<family>/<name>/<file>.snap` belongs to `…/scenarios/<category>/<name>.toml`. Where there is none,
    /// nothing is known.
    fn of_snapshot(path: &Utf8Path) -> Self {
        let parse = || {
            let folder = path.parent()?;
            let (family, root) = (folder.parent()?, folder.parent()?.parent()?);
            if path.extension() != Some("snap") || root.file_name() != Some("snapshots") {
                return None;
            }
            let name = format!("scenarios/{}/{}.toml", family.file_name()?, folder.file_name()?);
            let text = fs::read_to_string(root.with_file_name(&name)).ok()?;
            let concepts: Vec<&str> = Concept::ALL.iter().map(|concept| concept.as_str()).collect();
            scenario::parse(&name, &text, &concepts).ok()
        };
        Self(parse())
    }

    fn facts(&self, heading: &Heading) -> Facts {
        match (&self.0, heading) {
            (Some(scenario), Heading::Step(id)) => {
                scenario.step(&StepId::new(id.as_str())).map(Facts::of_step).unwrap_or_default()
            }
            _ => Facts::default(),
        }
    }
}

fn releases() -> String {
    let line = |release: &crate::semconv::RegistryRelease| {
        let tag = release.tag.as_deref().unwrap_or("no tag");
        format!("{} {} {} ({tag}, {})\n", release.release, release.date, release.repository, release.commit)
    };
    Registry::embedded().releases.iter().map(line).collect()
}

/// Snapshots of flavors, as they were recorded.
pub struct Recorded {
    loaded: Loaded,
    snapshots: BTreeMap<String, Vec<RecordedSnapshot>>,
}

impl Recorded {
    /// Reads every reviewed snapshot that a cell of the matrix writes.
    pub fn read(workspace: &Workspace) -> anyhow::Result<Self> {
        let loaded = Loaded::read(workspace)?;
        let folder = workspace.snapshots();
        let mut snapshots: BTreeMap<String, Vec<RecordedSnapshot>> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for cell in loaded.plan() {
            let Some(file) = cell.snapshot.filter(|file| seen.insert(file.path.clone())) else { continue };
            let path = folder.join(&file.path);
            let Ok(bytes) = fs::read(&path) else { continue };
            let steps = StepFacts::of_snapshot(&path);
            let input = input_samples(&bytes, |heading| steps.facts(heading)).with_context(|| path.to_string())?;
            let stem = file.path.file_stem().unwrap_or_default();
            let axes = stem.strip_prefix(&format!("{}.{}", cell.id.flavor, cell.id.variant)).unwrap_or_default();
            snapshots.entry(cell.id.flavor.to_string()).or_default().push(RecordedSnapshot {
                variant: cell.id.variant.to_string(),
                scenario: format!("{}{axes}", cell.id.scenario),
                samples: input.samples,
            });
        }
        Ok(Self { loaded, snapshots })
    }

    /// What the files of flavors say.
    pub(crate) fn loaded(&self) -> &Loaded {
        &self.loaded
    }

    /// The snapshots of a flavor.
    pub fn of(&self, flavor: &str) -> &[RecordedSnapshot] {
        self.snapshots.get(flavor).map_or(&[], Vec::as_slice)
    }

    /// The text of a flavor's roll-up.
    fn rollup(&self, registry: &Registry, name: &str) -> anyhow::Result<String> {
        let variants = self.flavor(name)?.file.variant.iter();
        let declared = variants
            .filter_map(|(name, table)| Some((name.clone(), registry.releases.place(table.release()?)?)))
            .collect();
        Ok(flavor_rollup(registry, name, &declared, self.of(name)))
    }

    fn flavor(&self, name: &str) -> anyhow::Result<&NamedFlavor> {
        let names = || self.loaded.flavors.iter().map(|flavor| flavor.name.as_str()).collect::<Vec<_>>().join(", ");
        let found = self.loaded.flavors.iter().find(|flavor| flavor.name.as_str() == name);
        found.ok_or_else(|| usage(format!("there is no flavor `{name}`; there are {}", names())))
    }
}

fn compare_releases(
    root: Option<&Utf8Path>,
    arguments: &SemconvCompareArguments,
) -> anyhow::Result<(ExitCode, String)> {
    let registry = Registry::embedded();
    let from = registry.releases.parse_one(&arguments.from).map_err(usage)?;
    let to = registry.releases.parse_one(&arguments.to).map_err(usage)?;
    let mut text = format!("from {} to {}\n", sourced(registry.releases.at(from)), sourced(registry.releases.at(to)));
    text += &compare(registry, from, to).text();
    let workspace = match Workspace::find(root) {
        Ok(workspace) => workspace,
        // Releases can be compared anywhere; only a flavor needs its snapshots.
        Err(_) if root.is_none() && arguments.flavor.is_none() => return Ok((ExitCode::Green, text)),
        Err(error) => return Err(error.into()),
    };
    let recorded = Recorded::read(&workspace)?;
    let flavors: Vec<&str> = match &arguments.flavor {
        Some(name) => vec![recorded.flavor(name)?.name.as_str()],
        None => recorded.snapshots.keys().map(String::as_str).collect(),
    };
    for flavor in flavors {
        let snapshots = recorded.of(flavor);
        let _ = writeln!(text, "\nflavor {flavor}");
        for line in move_difference(registry, from, to, snapshots) {
            let _ = writeln!(text, "  {line}");
        }
        if arguments.flavor.is_some() {
            text += &between_variants(registry, snapshots);
        }
    }
    Ok((ExitCode::Green, text))
}

/// A release and where its facts come from.
fn sourced(release: &crate::semconv::RegistryRelease) -> String {
    let commit = release.commit.get(..12).unwrap_or(&release.commit);
    format!("{} ({}@{commit})", release.release, release.repository)
}

fn between_variants(registry: &Registry, snapshots: &[RecordedSnapshot]) -> String {
    let names: BTreeSet<&str> = snapshots.iter().map(|snapshot| snapshot.variant.as_str()).collect();
    let of = |name: &str| snapshots.iter().filter(|snapshot| snapshot.variant == name).collect::<Vec<_>>();
    let mut text = String::new();
    let names: Vec<&str> = names.into_iter().collect();
    for pair in names.windows(2) {
        let _ = writeln!(text, "\nfrom variant {} to {}", pair[0], pair[1]);
        for line in variant_difference(registry, &of(pair[0]), &of(pair[1])) {
            let _ = writeln!(text, "  {line}");
        }
    }
    text
}

fn rollup(root: Option<&Utf8Path>, arguments: &SemconvRollupArguments) -> anyhow::Result<(ExitCode, String)> {
    let workspace = Workspace::find(root)?;
    let registry = Registry::embedded();
    let recorded = Recorded::read(&workspace)?;
    let flavors: Vec<String> = if arguments.flavors.is_empty() {
        recorded.snapshots.keys().cloned().collect()
    } else {
        arguments.flavors.clone()
    };
    let (mut code, mut text) = (ExitCode::Green, String::new());
    for name in &flavors {
        let rolled = recorded.rollup(registry, name)?;
        if arguments.print {
            text += &rolled;
            continue;
        }
        let path = rollup_file(&workspace, name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).with_context(|| format!("`{parent}` cannot be made"))?;
        }
        let is_same = matches!(snapshot::compare(&path, &rolled, true)?, SnapshotComparison::Same);
        let _ = writeln!(text, "{} snapshots/semconv/{name}.snap", if is_same { "same   " } else { "changed" });
        if !is_same {
            code = ExitCode::Red;
        }
    }
    let code = if flavors.is_empty() { ExitCode::NothingSelected } else { code };
    Ok((code, text))
}

/// Proposes every roll-up that is not what the snapshots say, as a pending file. Gives the flavors.
pub(super) fn propose_rollups(workspace: &Workspace) -> anyhow::Result<Vec<String>> {
    let recorded = Recorded::read(workspace)?;
    let mut changed = Vec::new();
    for name in recorded.snapshots.keys() {
        let rolled = recorded.rollup(Registry::embedded(), name)?;
        if !matches!(snapshot::compare(&rollup_file(workspace, name), &rolled, true)?, SnapshotComparison::Same) {
            changed.push(name.clone());
        }
    }
    Ok(changed)
}

fn rollup_file(workspace: &Workspace, flavor: &str) -> Utf8PathBuf {
    workspace.snapshots().join("semconv").join(format!("{flavor}.snap"))
}

/// Roll-ups that are not what `semconv rollup` would write, as messages: those of flavors with snapshots, and those that
/// are left of flavors without.
pub fn stale_rollups(root: &Utf8Path) -> anyhow::Result<Vec<String>> {
    let workspace = Workspace::find(Some(root))?;
    let recorded = Recorded::read(&workspace)?;
    let mut stale = Vec::new();
    for name in recorded.snapshots.keys() {
        let rolled = recorded.rollup(Registry::embedded(), name)?;
        let problem = match snapshot::compare(&rollup_file(&workspace, name), &rolled, false)? {
            SnapshotComparison::Same => continue,
            SnapshotComparison::New => "is not there",
            SnapshotComparison::Different { .. } => "is not what the snapshots say",
        };
        stale.push(format!(
            "snapshots/semconv/{name}.snap {problem}; run `azmatrix semconv rollup {name}`, read what is new, then run \
             `azmatrix accept semconv/{name}.snap`"
        ));
    }
    let folder = workspace.snapshots().join("semconv");
    let mut files = Vec::new();
    if folder.exists() {
        files_below(&folder, &mut files)?;
    }
    let of_nobody =
        files.iter().filter_map(|file| file.file_stem()).filter(|name| !recorded.snapshots.contains_key(*name));
    stale.extend(
        of_nobody.map(|name| format!("snapshots/semconv/{name}.snap: no such flavor has snapshots; remove it")),
    );
    Ok(stale)
}
