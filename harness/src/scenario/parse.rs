//! From the text of a scenario file to a scenario in which every reference holds.

use super::check::check;
use super::expand::expand;
use super::{Scenario, ScenarioFile};
use crate::diagnose::{Alphabet, Diagnostic, DiagnosticKind, Diagnostics, Document, read};
use crate::scenario::ScenarioName;

/// The folder in whose subfolders scenarios lie.
const FOLDER: &str = "scenarios/";

/// Reads a scenario. `file` is the path to show, with `/`; what follows `scenarios/` is the scenario's name.
/// `concepts` are the names of concepts that expectations may use. Fails with all mistakes at once.
pub fn parse(file: &str, text: &str, concepts: &[&str]) -> Result<Scenario, Diagnostics> {
    let (scenario_file, document) = read::<ScenarioFile>(file, text)?;
    let mut found = document.diagnostics();
    let name = name_of(file);
    check_name(name, &document, &mut found);
    check(&scenario_file, &document, concepts, &mut found);
    found.finish(Scenario::new(ScenarioName::new(name), expand(scenario_file)))
}

/// `tools/round-trip` of `scenarios/tools/round-trip.toml`.
fn name_of(file: &str) -> &str {
    let below = file.rfind(FOLDER).map_or(file, |start| &file[start + FOLDER.len()..]);
    below.strip_suffix(".toml").unwrap_or(below)
}

fn check_name(name: &str, document: &Document, found: &mut Diagnostics) {
    let well_formed = |part: &str| !part.is_empty() && part.chars().all(|character| Alphabet::Path.has(character));
    if name.split('/').count() == 2 && name.split('/').all(well_formed) {
        return;
    }
    // The mistake is not in the text: the title is what the name should say.
    let message = format!("`{name}` cannot name a scenario");
    found.push(
        Diagnostic::new(DiagnosticKind::BadName, message, document.key("title").span(), "this scenario's file")
            .with_help("name the file `scenarios/<category>/<name>.toml`, in lowercase letters, digits and `-`"),
    );
}
