//! Findings against known issues, as data.

use crate::judge::known::{KnownAxes, KnownIssue};
use crate::judge::{BrokenReason, CellStatus, Finding, Verdict};
use crate::matrix::{Axes, CellId};
use crate::scenario::{AuthMode, ClientMode};

fn issue(finding: &str, subject: &str) -> KnownIssue {
    let all = || vec!["*".into()];
    KnownIssue {
        id: format!("known-{finding}"),
        finding: finding.to_owned(),
        subject: subject.into(),
        scenarios: all(),
        except: Vec::new(),
        variants: all(),
        axes: KnownAxes::default(),
        reason: "It is so.".to_owned(),
        since: "1.0.0".to_owned(),
        upstream: None,
    }
}

fn verdict(findings: &[(&str, &str)], issues: &[KnownIssue], difference: Option<&str>) -> Verdict {
    let findings = findings.iter().map(|(id, subject)| Finding::new(*id, *subject, "so")).collect();
    let cell: CellId = "streaming/with-usage::py-sample::default".parse().expect("a cell id");
    let axes = Axes { auth: AuthMode::ApiKey, client: ClientMode::Sync };
    let difference = difference.map(str::to_owned);
    Verdict { findings, difference, ..Verdict::default() }.excused_by(issues, &cell, axes)
}

#[track_caller]
fn check(findings: &[(&str, &str)], issues: &[KnownIssue], expected: CellStatus) {
    assert_eq!(verdict(findings, issues, None).status(), expected);
}

#[test]
fn a_finding_is_known_only_if_an_issue_declares_it() {
    check(&[], &[], CellStatus::Pass);
    check(&[("a.b", "s/x")], &[], CellStatus::Failed);
    check(&[("a.b", "s/x")], &[issue("a.b", "*")], CellStatus::Known);
    check(&[("a.b", "s/x"), ("a.b", "t/x")], &[issue("a.b", "*/x")], CellStatus::Known);
    check(&[("a.b", "s/x"), ("a.b", "t/y")], &[issue("a.b", "*/x")], CellStatus::Failed);
    check(&[("a.c", "s/x")], &[issue("a.b", "*")], CellStatus::Failed);
    check(&[("secrets.leaked", "s/x")], &[issue("secrets.leaked", "*")], CellStatus::Failed);
}

#[test]
fn a_declared_issue_that_does_not_show_is_fixed() {
    check(&[], &[issue("a.b", "*")], CellStatus::Fixed);
    check(&[("a.b", "s/y")], &[issue("a.b", "*"), issue("a.c", "*")], CellStatus::Fixed);
    let shown = verdict(&[("a.b", "s/y")], &[issue("a.b", "*"), issue("a.c", "*")], None);
    assert_eq!(shown.fixed, ["known-a.c"]);
    assert_eq!(shown.excused.len(), 1);
}

#[test]
fn an_issue_applies_to_the_cells_that_it_names() {
    let check = |limit: fn(&mut KnownIssue), applies: bool| {
        let mut issue = issue("a.b", "*");
        limit(&mut issue);
        let expected = if applies { CellStatus::Fixed } else { CellStatus::Pass };
        check(&[], &[issue], expected);
    };
    check(|issue| issue.scenarios = vec!["streaming/*".into()], true);
    check(|issue| issue.scenarios = vec!["chat/*".into()], false);
    check(|issue| issue.except = vec!["streaming/with-*".into()], false);
    check(|issue| issue.variants = vec!["default".into()], true);
    check(|issue| issue.variants = vec!["latest".into()], false);
    check(|issue| issue.axes.client = Some(ClientMode::Sync), true);
    check(|issue| issue.axes.client = Some(ClientMode::Async), false);
    check(|issue| issue.axes.auth = Some(AuthMode::EntraToken), false);
}

#[test]
fn the_worst_decides_the_status() {
    let changed =
        |findings: &[(&str, &str)], issues: &[KnownIssue]| verdict(findings, issues, Some("it differs")).status();
    assert_eq!(changed(&[], &[]), CellStatus::Changed);
    assert_eq!(changed(&[("a.b", "s")], &[issue("a.b", "*")]), CellStatus::Changed);
    assert_eq!(changed(&[("a.b", "s")], &[]), CellStatus::Failed);
    assert_eq!(changed(&[], &[issue("a.b", "*")]), CellStatus::Fixed);
    let mut broken = verdict(&[], &[issue("a.b", "*")], Some("it differs"));
    broken.broken.push(BrokenReason::NoOutcome("ask".to_owned()));
    assert_eq!(broken.status(), CellStatus::Broken);
}
