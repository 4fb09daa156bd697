//! The report as one HTML file: scenario × flavor, every cell linked to its evidence. Pure: events in, text out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use super::added::added_html;
use crate::flavor::FlavorName;
use crate::judge::CellStatus;
use crate::judge::known::KnownIssue;
use crate::results::{CellEvent, Summary};

/// What is known of each flavor.
pub(crate) type KnownIssues = BTreeMap<FlavorName, Vec<KnownIssue>>;

/// The whole page. No script, no font and no picture from anywhere else.
pub(crate) fn html_report(cells: &[Arc<CellEvent>], summary: &Summary, known: &KnownIssues) -> String {
    let mut page = String::from(HEAD);
    let _ = write!(page, "<h1>azmatrix</h1><p>{} cells in {}</p>", cells.len(), summary.time());
    page += &chips(summary);
    page += &grid(cells);
    page += &added_html(&summary.added, escaped);
    page += &known_issues(cells, known);
    page += "<h2>Evidence</h2>";
    let mut sorted: Vec<&Arc<CellEvent>> = cells.iter().collect();
    sorted.sort_by_key(|cell| (std::cmp::Reverse(cell.status), cell.id.clone()));
    for cell in sorted {
        page += &details(cell);
    }
    page + "</body></html>\n"
}

const HEAD: &str = r#"<!doctype html><html lang="en"><head><meta charset="utf-8"><title>azmatrix</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
:root{color-scheme:light dark;--pass:#1a7f37;--known:#9a6700;--skipped:#6e7781;--changed:#0969da;--fixed:#0969da;
--failed:#cf222e;--broken:#8250df;--line:#8884}
body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:96rem;padding:0 1rem}
table{border-collapse:collapse}th,td{border:1px solid var(--line);padding:.15rem .4rem;text-align:center}
th:first-child,td:first-child{text-align:left;white-space:nowrap;position:sticky;left:0;background:Canvas}
thead th{vertical-align:bottom}thead th span{writing-mode:vertical-rl;transform:rotate(180deg);white-space:nowrap}
.grid{overflow-x:auto}.chip{display:inline-block;color:#fff;border-radius:1rem;padding:.1rem .7rem;margin-right:.4rem}
a.cell{display:block;color:#fff;border-radius:.3rem;min-width:1.6rem;text-decoration:none;font-size:12px}
.pass{background:var(--pass)}.known{background:var(--known)}.skipped{background:var(--skipped)}
.changed{background:var(--changed)}.fixed{background:var(--fixed)}.failed{background:var(--failed)}
.broken{background:var(--broken)}details{border-top:1px solid var(--line);padding:.3rem 0}
summary{cursor:pointer}code,pre{font:13px/1.4 ui-monospace,monospace}pre{white-space:pre-wrap;margin:.3rem 0 .6rem}
.reason{opacity:.75}:target{scroll-margin-top:3rem}:target,details:has(:target)>summary{background:#ffd33d40}</style></head><body>"#;

fn chips(summary: &Summary) -> String {
    let mut text = String::from("<p>");
    for status in CellStatus::ALL.into_iter().filter(|status| summary.count(*status) > 0) {
        let _ = write!(text, "<span class=\"chip {0}\">{0} {1}</span>", status.as_str(), summary.count(status));
    }
    text + "</p>"
}

/// Scenario × flavor and variant. Cells that differ only by their axes share a field, which shows the worst of them.
fn grid(cells: &[Arc<CellEvent>]) -> String {
    let columns: BTreeSet<(&str, &str)> =
        cells.iter().map(|cell| (cell.id.flavor.as_str(), cell.id.variant.as_str())).collect();
    let mut rows: BTreeMap<&str, BTreeMap<(&str, &str), Vec<&CellEvent>>> = BTreeMap::new();
    for cell in cells {
        let row = rows.entry(cell.id.scenario.as_str()).or_default();
        row.entry((cell.id.flavor.as_str(), cell.id.variant.as_str())).or_default().push(cell);
    }
    let mut text = String::from("<div class=\"grid\"><table><thead><tr><th>scenario</th>");
    for (flavor, variant) in &columns {
        let _ = write!(text, "<th><span>{} {}</span></th>", escaped(flavor), escaped(variant));
    }
    text += "</tr></thead><tbody>";
    for (scenario, row) in rows {
        let _ = write!(text, "<tr><td>{}</td>", escaped(scenario));
        for column in &columns {
            text += &field(row.get(column).map(Vec::as_slice).unwrap_or_default());
        }
        text += "</tr>";
    }
    text + "</tbody></table></div>"
}

fn field(cells: &[&CellEvent]) -> String {
    let Some(worst) = cells.iter().max_by_key(|cell| cell.status) else { return "<td></td>".to_owned() };
    let (status, id, count) = (worst.status.as_str(), escaped(&worst.id.to_string()), cells.len());
    format!("<td><a class=\"cell {status}\" href=\"#{id}\" title=\"{id}: {status}\">{count}</a></td>")
}

/// What excused something in this run: once, however many cells show it.
fn known_issues(cells: &[Arc<CellEvent>], known: &KnownIssues) -> String {
    let mut shown: BTreeMap<(&FlavorName, &str), usize> = BTreeMap::new();
    for cell in cells {
        let ids: BTreeSet<&str> = cell.findings.iter().filter_map(|finding| finding.known.as_deref()).collect();
        for id in ids {
            *shown.entry((&cell.id.flavor, id)).or_default() += 1;
        }
    }
    if shown.is_empty() {
        return String::new();
    }
    let mut text = String::from("<h2>Known issues</h2>");
    for (flavor, issues) in known {
        let issues: Vec<_> =
            issues.iter().filter_map(|issue| Some((issue, *shown.get(&(flavor, issue.id.as_str()))?))).collect();
        if issues.is_empty() {
            continue;
        }
        let name = escaped(flavor.as_str());
        let _ = write!(text, "<details><summary><code>{name}</code>: {}</summary><dl>", issues.len());
        for (issue, count) in issues {
            let id = escaped(&issue.id);
            let _ = write!(
                text,
                "<dt id=\"known:{name}:{id}\"><code>{id}</code> (<code>{}</code>, {}, seen in {})</dt><dd>{}",
                escaped(&issue.finding),
                if count == 1 { "1 cell".to_owned() } else { format!("{count} cells") },
                escaped(&issue.since),
                escaped(issue.reason.trim()),
            );
            if let Some(upstream) = issue.upstream.as_deref().map(escaped) {
                let _ = write!(text, " <a href=\"{upstream}\">{upstream}</a>");
            }
            text += "</dd>";
        }
        text += "</dl></details>";
    }
    text
}

/// A cell. Its anchor is within, so that a link to it opens it.
fn details(cell: &CellEvent) -> String {
    let (id, status) = (escaped(&cell.id.to_string()), cell.status.as_str());
    let open = if cell.status.is_green() { "" } else { " open" };
    let mut text = format!(
        "<details{open}><summary><span class=\"chip {status}\">{status}</span> <code>{id}</code></summary>\
         <div id=\"{id}\">"
    );
    if let Some(reason) = &cell.reason {
        let _ = write!(text, "<pre>{}</pre>", escaped(reason));
    }
    if let Some(reason) = &cell.unkept {
        let _ = write!(text, "<p class=\"reason\">no snapshot is kept: {}</p>", escaped(reason.trim()));
    }
    for finding in &cell.findings {
        let _ = write!(
            text,
            "<p><code>{}</code> at <code>{}</code></p><pre>{}</pre>",
            escaped(&finding.id),
            escaped(&finding.subject),
            escaped(&finding.message)
        );
        if let Some(issue) = &finding.known {
            let (flavor, issue) = (escaped(cell.id.flavor.as_str()), escaped(issue));
            let _ = write!(
                text,
                "<p class=\"reason\">known as <a href=\"#known:{flavor}:{issue}\"><code>{issue}</code></a></p>"
            );
        }
    }
    for issue in &cell.fixed {
        let _ = write!(text, "<p>known issue <code>{}</code> does not show any more</p>", escaped(issue));
    }
    if let Some(difference) = &cell.difference {
        let _ = write!(text, "<pre>{}</pre>", escaped(difference));
    }
    if let Some(snapshot) = cell.snapshot.as_ref().filter(|_| cell.status != CellStatus::Skipped) {
        let _ = write!(text, "<p>snapshot <code>{}</code></p>", escaped(snapshot));
    }
    let _ = write!(text, "<p class=\"reason\">more: <code>azmatrix explain '{id}'</code></p></div></details>");
    text
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;
    use std::time::Duration;

    use super::*;
    use crate::results::ReportedFinding;

    fn failed(known: Option<&str>) -> Arc<CellEvent> {
        Arc::new(CellEvent {
            id: "chat/basic::reference::1.37.0".parse().expect("a cell id"),
            status: CellStatus::Failed,
            findings: vec![ReportedFinding {
                id: "expect.content".to_owned(),
                subject: "ask/<b>".to_owned(),
                message: "<script>alert(\"1\")</script> & more".to_owned(),
                known: known.map(str::to_owned),
            }],
            duration_ms: 1.0,
            reason: None,
            fixed: Vec::new(),
            snapshot: None,
            unkept: None,
            added_ms: None,
            added: Vec::new(),
            coverage: crate::judge::CoverageTable::new(),
            refused: false,
            difference: None,
        })
    }

    fn page(cell: Arc<CellEvent>, known: &KnownIssues) -> String {
        let summary = Summary::of([cell.as_ref()], Duration::from_millis(100), Duration::ZERO, NonZeroUsize::MIN);
        html_report(&[cell], &summary, known)
    }

    #[test]
    fn what_a_flavor_emits_cannot_become_markup() {
        let page = page(failed(None), &KnownIssues::new());
        assert!(!page.contains("<script>") && !page.contains("ask/<b>"), "{page}");
        assert!(page.contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; more"), "{page}");
    }

    #[test]
    fn a_known_issue_stands_once_and_is_linked() {
        let issues = crate::judge::known::parse(
            "reference.toml",
            "[[issue]]\nid = \"no-content\"\nfinding = \"expect.content\"\nscenarios = [\"*\"]\nreason = \"Says <nothing>.\"\n\
             since = \"1.0\"\nupstream = \"https://github.com/contoso/sdk/issues/7\"\n",
        )
        .expect("an issue")
        .issue;
        let known = KnownIssues::from([(FlavorName::new("reference"), issues)]);
        let page = page(failed(Some("no-content")), &known);
        assert!(page.contains("known as <a href=\"#known:reference:no-content\">"), "{page}");
        assert_eq!(page.matches("id=\"known:reference:no-content\"").count(), 1, "{page}");
        assert!(page.contains("Says &lt;nothing&gt;. <a href=\"https://github.com/contoso/sdk/issues/7\">"), "{page}");
    }
}
