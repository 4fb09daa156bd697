//! Reading every file of a workspace. The mistakes of all files are reported at once.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use camino::Utf8Path;

use super::root::files_below;
use super::{Workspace, WorkspaceError};
use crate::convention::{Concept, Convention, EMBEDDED};
use crate::diagnose::{Diagnostic, DiagnosticKind, Diagnostics, Paint};
use crate::flavor::FlavorName;
use crate::flavor::{self, FlavorFile};
use crate::judge::known::{self, KnownIssue};
use crate::matrix::{NamedFlavor, PlannedCell, planned};
use crate::scenario::{self, Scenario};

/// The family of flavors that emit nothing.
const NO_FAMILY: &str = "none";

/// What the files of a workspace say.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Scenarios, by name.
    pub scenarios: Vec<Arc<Scenario>>,
    /// Flavors, by name.
    pub flavors: Vec<NamedFlavor>,
    /// Conventions by family.
    pub conventions: BTreeMap<String, Arc<Convention>>,
    /// Known issues by flavor.
    pub known: BTreeMap<FlavorName, Vec<KnownIssue>>,
}

/// Files that are wrong, or cannot be read.
#[derive(Debug)]
pub enum LoadError {
    /// Mistakes, file by file.
    Mistakes(Vec<Diagnostics>),
    /// A file cannot be read.
    Workspace(WorkspaceError),
}

impl LoadError {
    /// Everything that is wrong, for people.
    pub fn render(&self, paint: Paint) -> String {
        match self {
            Self::Workspace(error) => format!("error: {error}\n"),
            Self::Mistakes(files) => {
                let count: usize = files.iter().map(|file| file.entries().len()).sum();
                let texts: Vec<String> = files.iter().map(|file| file.render(paint)).collect();
                let mistakes = if count == 1 { "1 mistake" } else { &format!("{count} mistakes") };
                let where_ = if files.len() == 1 { "1 file" } else { &format!("{} files", files.len()) };
                format!("{}\n{mistakes} in {where_}; nothing was run\n", texts.join("\n"))
            }
        }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.render(Paint::Plain))
    }
}

impl std::error::Error for LoadError {}

impl Loaded {
    /// Reads everything.
    pub fn read(workspace: &Workspace) -> Result<Self, LoadError> {
        Reader { workspace, mistakes: Vec::new() }.read()
    }

    /// Every cell of the matrix.
    pub fn plan(&self) -> Vec<PlannedCell> {
        self.planned().collect()
    }

    /// The same one by one.
    pub fn planned(&self) -> impl Iterator<Item = PlannedCell> {
        planned(&self.scenarios, &self.flavors)
    }

    /// Known issues that match no cell, as messages.
    pub fn stale_known_issues(&self, plan: &[PlannedCell]) -> Vec<String> {
        let mut stale = Vec::new();
        for (flavor, issues) in &self.known {
            for issue in issues {
                let matches = |cell: &PlannedCell| {
                    cell.skip.is_none() && cell.id.flavor == *flavor && issue.applies_to(&cell.id, cell.axes)
                };
                if !plan.iter().any(matches) {
                    let id = &issue.id;
                    stale.push(format!(
                        "known issue `{id}` in snapshots/known/{flavor}.toml matches no cell: remove it, or correct its \
                         `scenarios`, `variants` or `axes`"
                    ));
                }
            }
        }
        stale
    }
}

struct Reader<'a> {
    workspace: &'a Workspace,
    mistakes: Vec<Diagnostics>,
}

impl Reader<'_> {
    fn read(mut self) -> Result<Loaded, LoadError> {
        let loaded = self.read_all().map_err(LoadError::Workspace)?;
        if self.mistakes.is_empty() { Ok(loaded) } else { Err(LoadError::Mistakes(self.mistakes)) }
    }

    fn read_all(&mut self) -> Result<Loaded, WorkspaceError> {
        let conventions = self.conventions()?;
        let mut families: Vec<&str> = conventions.keys().map(String::as_str).collect();
        families.push(NO_FAMILY);
        let flavors = self.flavors(&families)?;
        let scenarios = self.scenarios()?;
        self.exceptions(&flavors, &scenarios)?;
        let known = self.known(&flavors)?;
        Ok(Loaded { scenarios, flavors, conventions, known })
    }

    fn conventions(&mut self) -> Result<BTreeMap<String, Arc<Convention>>, WorkspaceError> {
        let folder = self.workspace.root.join("harness/conventions");
        let mut texts: BTreeMap<String, (String, String)> = BTreeMap::new();
        for (family, text) in EMBEDDED {
            texts.insert((*family).to_owned(), (format!("{family}.toml"), (*text).to_owned()));
        }
        for path in files_below(&folder, &|path| path.extension() == Some("toml"))? {
            let family = path.file_stem().unwrap_or_default().to_owned();
            texts.insert(family, (self.shown(&path), text(&path)?));
        }
        let mut conventions = BTreeMap::new();
        for (family, (file, text)) in texts {
            if let Some(convention) = self.keep(Convention::parse(&file, &text)) {
                conventions.insert(family, Arc::new(convention));
            }
        }
        Ok(conventions)
    }

    fn flavors(&mut self, families: &[&str]) -> Result<Vec<NamedFlavor>, WorkspaceError> {
        let folder = self.workspace.root.join("harness/flavors");
        let mut flavors = Vec::new();
        for path in files_below(&folder, &|path| path.file_name() == Some("flavor.toml"))? {
            let name = path.parent().and_then(Utf8Path::file_name).unwrap_or_default();
            let parsed = flavor::parse(&self.shown(&path), &text(&path)?, families);
            if let Some(file) = self.keep::<FlavorFile>(parsed) {
                flavors.push(NamedFlavor { name: FlavorName::new(name), file: Arc::new(file) });
            }
        }
        Ok(flavors)
    }

    fn scenarios(&mut self) -> Result<Vec<Arc<Scenario>>, WorkspaceError> {
        let concepts: Vec<&str> = Concept::ALL.iter().map(|concept| concept.as_str()).collect();
        let folder = self.workspace.root.join("scenarios");
        let mut scenarios = Vec::new();
        for path in files_below(&folder, &|path| path.extension() == Some("toml"))? {
            let parsed = scenario::parse(&self.shown(&path), &text(&path)?, &concepts);
            scenarios.extend(self.keep::<Scenario>(parsed).map(Arc::new));
        }
        Ok(scenarios)
    }

    /// What variants leave out must be there. A scenario that could not be read is no reason to say that it is not.
    fn exceptions(&mut self, flavors: &[NamedFlavor], scenarios: &[Arc<Scenario>]) -> Result<(), WorkspaceError> {
        if !self.mistakes.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = scenarios.iter().map(|scenario| scenario.name().as_str()).collect();
        let leaves_out = |flavor: &&NamedFlavor| flavor.file.variant.values().any(|variant| !variant.except.is_empty());
        for flavor in flavors.iter().filter(leaves_out) {
            let path = self.workspace.root.join("harness/flavors").join(flavor.name.as_str()).join("flavor.toml");
            let checked = flavor::check_exceptions(&self.shown(&path), &text(&path)?, &flavor.file, &names);
            self.keep(checked);
        }
        Ok(())
    }

    fn known(&mut self, flavors: &[NamedFlavor]) -> Result<BTreeMap<FlavorName, Vec<KnownIssue>>, WorkspaceError> {
        let folder = self.workspace.snapshots().join("known");
        let mut known = BTreeMap::new();
        for path in files_below(&folder, &|path| path.extension() == Some("toml"))? {
            let name = FlavorName::new(path.file_stem().unwrap_or_default());
            let (file, text) = (self.shown(&path), text(&path)?);
            if !flavors.iter().any(|flavor| flavor.name == name) {
                let mut diagnostics = Diagnostics::new(file, text);
                let message = format!("there is no flavor `{name}`");
                diagnostics.push(
                    Diagnostic::new(DiagnosticKind::UnknownName, message, 0..0, "the file's name is the flavor's")
                        .with_help("rename the file, or remove it"),
                );
                self.mistakes.push(diagnostics);
                continue;
            }
            if let Some(file) = self.keep(known::parse(&file, &text)) {
                known.insert(name, file.issue);
            }
        }
        Ok(known)
    }

    fn keep<T>(&mut self, parsed: Result<T, Diagnostics>) -> Option<T> {
        parsed.map_err(|mistakes| self.mistakes.push(mistakes)).ok()
    }

    /// The path as people know it: below the workspace.
    fn shown(&self, path: &Utf8Path) -> String {
        path.strip_prefix(&self.workspace.root).unwrap_or(path).to_string()
    }
}

fn text(path: &Utf8Path) -> Result<String, WorkspaceError> {
    std::fs::read_to_string(path).map_err(|error| WorkspaceError::Read { path: path.to_owned(), error })
}
