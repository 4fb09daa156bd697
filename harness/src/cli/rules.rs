//! `azmatrix rules`: what can be wrong, how bad it is, and what to do about it.

use std::io::Write;

use clap::Args;

use super::{ExitCode, UsageError};
use crate::judge::rule::{RuleName, closest_rule, every_rule, rule_list, rule_page};

/// `azmatrix rules`.
#[derive(Clone, Debug, Args)]
pub struct RulesArguments {
    /// The rule's id, as a finding shows it; a list of all when absent
    pub id: Option<String>,
}

pub(super) fn rules(arguments: &RulesArguments) -> anyhow::Result<ExitCode> {
    let mut output = std::io::stdout().lock();
    let Some(id) = &arguments.id else {
        output.write_all(rule_list().as_bytes())?;
        return Ok(ExitCode::Green);
    };
    match RuleName::parse(id) {
        Some(RuleName::Registered(rule)) => output.write_all(rule_page(rule).as_bytes())?,
        Some(RuleName::Expectation(expectation)) => writeln!(
            output,
            "# {id}\n\nThe expectation `{expectation}` of a scenario does not hold. Its scenario says what is expected and why: look \
             for `id = \"{expectation}\"` below `[[expect]]`."
        )?,
        None => {
            let near = closest_rule(id).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            return Err(UsageError(format!("there is no rule `{id}`{near}")).into());
        }
    }
    Ok(ExitCode::Green)
}

/// The name and the text of each page, and of the list of them.
pub(crate) fn rule_pages() -> Vec<(String, String)> {
    let pages = every_rule().map(|rule| (format!("{}.md", rule.id), rule_page(rule)));
    let links = every_rule()
        .map(|rule| format!("| [`{}`]({}.md) | {} | {} |\n", rule.id, rule.id, rule.severity.as_str(), rule.sentence));
    let list = format!("# Rules\n\n| rule | severity | what is wrong |\n|---|---|---|\n{}", links.collect::<String>());
    std::iter::once(("README.md".to_owned(), list)).chain(pages).collect()
}
