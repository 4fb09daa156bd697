//! Rules as text: the list, and a page for each.

use std::fmt::Write as _;

use super::{Rule, Severity, every_rule};

/// Every rule in one line, and what the severities mean.
pub(crate) fn rule_list() -> String {
    let width = every_rule().map(|rule| rule.id.len()).max().unwrap_or(0);
    let mut text = String::new();
    for rule in every_rule() {
        // Writing into a text cannot fail.
        let _ = writeln!(text, "{:7}  {:width$}  {}", rule.severity.as_str(), rule.id, rule.sentence);
    }
    text.push('\n');
    for severity in Severity::ALL {
        let _ = writeln!(text, "{:7}  {}", severity.as_str(), severity.meaning());
    }
    text += "\nA scenario's own expectation `tokens` is the rule `expect.tokens`.\n";
    text
}

/// A rule's page as Markdown, which is what a terminal shows, too.
pub(crate) fn rule_page(rule: &Rule) -> String {
    let Rule { id, sentence, severity, matters, fix, example } = rule;
    format!(
        "# {id}\n\n{sentence}\n\n**Severity:** {}: {}.\n\n**Why it matters.** {matters}\n\n**What to do.** {fix}\n\n\
         **Example**\n\n| | |\n|---|---|\n| emitted | {} |\n| true | {} |\n",
        severity.as_str(),
        severity.meaning(),
        example.emitted,
        example.truth,
    )
}
