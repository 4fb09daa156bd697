//! Reading and checking a file of known issues.

use super::{KnownFile, KnownIssue};
use crate::diagnose::{Alphabet, Diagnostic, DiagnosticKind, Diagnostics, Glob, Place, read};
use crate::judge::rule::{RuleName, closest_rule};

/// Reads `snapshots/known/<flavor>.toml`; `file` is the name to show. Fails with all mistakes at once.
///
/// Whether a glob matches any cell is for the plan to say.
pub fn parse(file: &str, text: &str) -> Result<KnownFile, Diagnostics> {
    let (known, document) = read::<KnownFile>(file, text)?;
    let mut found = document.diagnostics();
    let place = |index| document.key("issue").item(index);
    for (index, issue) in known.issue.iter().enumerate() {
        check_issue(issue, place(index), &mut found);
    }
    let ids = known.issue.iter().enumerate().map(|(index, issue)| (issue.id.as_str(), place(index).key("id").span()));
    found.duplicates("issue", ids);
    found.finish(known)
}

fn check_issue(issue: &KnownIssue, place: Place<'_>, found: &mut Diagnostics) {
    found.well_named("known issue", &issue.id, place.key("id").span(), Alphabet::Path);
    found.not_blank(
        "finding",
        &issue.finding,
        place.key("finding").span(),
        "write the id of a finding, as `run` prints it",
    );
    if !issue.finding.trim().is_empty() && RuleName::parse(&issue.finding).is_none() {
        let label = match closest_rule(&issue.finding) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "no rule has this id".to_owned(),
        };
        let message = format!("there is no rule `{}`", issue.finding);
        let span = place.key("finding").span();
        found.push(
            Diagnostic::new(DiagnosticKind::UnknownName, message, span, label)
                .with_help("`azmatrix rules` lists them; an expectation `tokens` of a scenario is `expect.tokens`"),
        );
    }
    found.not_blank(
        "reason",
        &issue.reason,
        place.key("reason").span(),
        "say what is wrong, in words that a maintainer of the package would accept",
    );
    found.not_blank("since", &issue.since, place.key("since").span(), "write the version in which it was seen");
    check_glob(&issue.subject, place.key("subject"), found);
    for (key, globs) in [("scenarios", &issue.scenarios), ("except", &issue.except), ("variants", &issue.variants)] {
        let list = place.key(key);
        if globs.is_empty() && key != "except" {
            found.empty(key, list.span(), "write at least one glob; `*` takes all");
        }
        for (index, glob) in globs.iter().enumerate() {
            check_glob(glob, list.item(index), found);
        }
        found.repeated_globs(globs, list);
    }
}

fn check_glob(glob: &Glob, place: Place<'_>, found: &mut Diagnostics) {
    found.glob(glob, place);
    if glob.as_str().is_empty() {
        found.empty("glob", place.span(), "`*` takes all");
    }
}
