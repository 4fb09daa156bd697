//! What a rule is, and where all of them are found.

use super::{Severity, leak, metric, shape, telemetry, transparency, truth};
use crate::diagnose::closest;

/// Something that must not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The stable name, `group.what`, such as `shape.never-ended`.
    pub id: &'static str,
    /// What is wrong, in one sentence.
    pub sentence: &'static str,
    /// How bad a finding of it is, unless the finding itself is milder.
    pub severity: Severity,
    /// What a person at a dashboard, or the application, notices.
    pub matters: &'static str,
    /// What the package's maintainer does about it.
    pub fix: &'static str,
    /// What it looks like.
    pub example: Example,
}

/// One case of a broken rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// What the package emitted or did.
    pub emitted: &'static str,
    /// What is true, and where that was seen.
    pub truth: &'static str,
}

/// The group of the ids that scenarios make up: an expectation `tokens` is the rule `expect.tokens`.
const EXPECTATIONS: &str = "expect.";

/// A rule as files and the command line name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleName<'a> {
    /// A rule of the registry.
    Registered(&'static Rule),
    /// An expectation of a scenario, by its own id.
    Expectation(&'a str),
}

impl<'a> RuleName<'a> {
    /// The rule of a name; none when there is no such rule. Whether a scenario has an expectation of that id, only the
    /// scenarios know.
    pub fn parse(name: &'a str) -> Option<Self> {
        match name.strip_prefix(EXPECTATIONS) {
            Some(id) => (!id.is_empty()).then_some(Self::Expectation(id)),
            None => rule(name).map(Self::Registered),
        }
    }
}

/// Every rule, group by group, in the order of the groups' files.
pub fn every_rule() -> impl Iterator<Item = &'static Rule> {
    [truth::RULES, shape::RULES, metric::RULES, telemetry::RULES, transparency::RULES, leak::RULES]
        .into_iter()
        .flatten()
}

/// The rule of an id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    every_rule().find(|rule| rule.id == id)
}

/// The rule that a misspelt id probably means.
pub fn closest_rule(id: &str) -> Option<&'static str> {
    closest(id, every_rule().map(|rule| rule.id))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_rule_is_told_whole_and_once() {
        let mut ids = BTreeSet::new();
        for rule in every_rule() {
            assert!(ids.insert(rule.id), "{} stands twice", rule.id);
            let (group, name) = rule.id.split_once('.').expect("an id is `group.what`");
            assert!(!group.is_empty() && !name.is_empty() && group != "expect", "{}", rule.id);
            let texts = [rule.sentence, rule.matters, rule.fix, rule.example.emitted, rule.example.truth];
            assert!(texts.iter().all(|text| !text.trim().is_empty() && !text.ends_with(' ')), "{}", rule.id);
            for sentence in [rule.sentence, rule.matters, rule.fix] {
                assert!(sentence.ends_with('.'), "{}: `{sentence}` is a sentence", rule.id);
            }
        }
        assert!(ids.len() >= 40, "the rules are there");
    }

    #[test]
    fn a_name_is_a_rule_or_an_expectation() {
        let check = |name: &str, is_one: bool| assert_eq!(RuleName::parse(name).is_some(), is_one, "{name}");
        check("truth.wrong", true);
        check("expect.anything-a-scenario-says", true);
        check("expect.", false);
        check("truth.wrnog", false);
        assert_eq!(closest_rule("truth.wrnog"), Some("truth.wrong"));
        assert_eq!(closest_rule("shape.never-end"), Some("shape.never-ended"));
    }
}
