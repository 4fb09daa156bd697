//! Editing a file of known issues without touching anything else in it: comments, order and spaces stay.

use toml_edit::{ArrayOfTables, DocumentMut, InlineTable, Item, Table, Value};

use super::KnownIssue;
use crate::diagnose::Glob;

/// Why a file cannot be edited.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KnownEditError {
    /// It is no TOML.
    #[error("it is not TOML: {0}")]
    Syntax(#[from] toml_edit::TomlError),
    /// It has no list of issues.
    #[error("`issue` is not a list of tables")]
    Shape,
    /// There is no such issue.
    #[error("there is no issue `{id}`")]
    NoIssue {
        /// The id that was asked for.
        id: String,
        /// Every id there is.
        known: Vec<String>,
    },
}

/// The text without the issue of an id.
pub(crate) fn remove_issue(text: &str, id: &str) -> Result<String, KnownEditError> {
    let mut document: DocumentMut = text.parse()?;
    let issues = issues(&mut document)?;
    let ids: Vec<String> = issues.iter().map(|issue| id_of(issue).to_owned()).collect();
    let Some(index) = ids.iter().position(|one| one == id) else {
        return Err(KnownEditError::NoIssue { id: id.to_owned(), known: ids });
    };
    issues.remove(index);
    Ok(document.to_string().trim_start_matches('\n').to_owned())
}

/// The text with more issues at its end.
pub(crate) fn add_issues(text: &str, added: &[KnownIssue]) -> Result<String, KnownEditError> {
    let mut document: DocumentMut = text.parse()?;
    let issues = issues(&mut document)?;
    for issue in added {
        let mut table = table(issue);
        if !issues.is_empty() {
            table.decor_mut().set_prefix("\n");
        }
        issues.push(table);
    }
    Ok(document.to_string())
}

/// The ids in a file, in its order.
pub(crate) fn issue_ids(text: &str) -> Result<Vec<String>, KnownEditError> {
    let mut document: DocumentMut = text.parse()?;
    Ok(issues(&mut document)?.iter().map(|issue| id_of(issue).to_owned()).collect())
}

fn issues(document: &mut DocumentMut) -> Result<&mut ArrayOfTables, KnownEditError> {
    let item = document.entry("issue").or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    item.as_array_of_tables_mut().ok_or(KnownEditError::Shape)
}

fn id_of(issue: &Table) -> &str {
    issue.get("id").and_then(Item::as_str).unwrap_or_default()
}

/// Only what is not as it is anyway is written.
fn table(issue: &KnownIssue) -> Table {
    let mut table = Table::new();
    let list = |globs: &[Glob]| Value::Array(globs.iter().map(Glob::as_str).collect());
    let mut put = |key: &str, value: Value| {
        let mut key = toml_edit::Key::new(key);
        let padding = " ".repeat(WIDEST.saturating_sub(key.get().len()) + 1);
        key.leaf_decor_mut().set_suffix(padding);
        table.insert_formatted(&key, Item::Value(value));
    };
    put("id", issue.id.as_str().into());
    put("finding", issue.finding.as_str().into());
    put("subject", issue.subject.as_str().into());
    put("scenarios", list(&issue.scenarios));
    if !issue.except.is_empty() {
        put("except", list(&issue.except));
    }
    if !matches!(issue.variants.as_slice(), [all] if all.as_str() == "*") {
        put("variants", list(&issue.variants));
    }
    let axes = [
        ("auth", issue.axes.auth.map(crate::scenario::AuthMode::as_str)),
        ("client", issue.axes.client.map(crate::scenario::ClientMode::as_str)),
    ];
    let axes: InlineTable = axes.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    if !axes.is_empty() {
        put("axes", Value::InlineTable(axes));
    }
    put("reason", issue.reason.as_str().into());
    put("since", issue.since.as_str().into());
    if let Some(upstream) = &issue.upstream {
        put("upstream", upstream.as_str().into());
    }
    table
}

/// The longest key that most entries have; the others' equal signs stand below its own.
const WIDEST: usize = "scenarios".len();

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "\
# What one flavor gets wrong.

[[issue]]
id        = \"one\"   # the first
finding   = \"truth.wrong\"
scenarios = [\"*\"]
reason    = \"It is so.\"
since     = \"1\"

# About the second.
[[issue]]
id        = \"two\"
finding   = \"truth.missing\"
scenarios = [ \"x/*\" ]
reason    = \"\"\"
Two
lines.
\"\"\"
since     = \"1\"
";

    fn issue(id: &str) -> KnownIssue {
        KnownIssue {
            id: id.to_owned(),
            finding: "truth.wrong".to_owned(),
            subject: "ask/*/usage.input".into(),
            scenarios: vec!["chat/basic".into()],
            except: Vec::new(),
            variants: vec!["default".into()],
            axes: super::super::KnownAxes { auth: None, client: Some(crate::scenario::ClientMode::Async) },
            reason: "Why.".to_owned(),
            since: "2".to_owned(),
            upstream: None,
        }
    }

    #[test]
    fn removing_an_issue_touches_no_other() {
        let without = remove_issue(TWO, "two").expect("an issue");
        assert_eq!(without, TWO.split("\n# About the second.").next().expect("a first half"));
        let without = remove_issue(TWO, "one").expect("an issue");
        assert_eq!(without, TWO[TWO.find("# About").expect("a second half")..]);
        assert!(
            matches!(remove_issue(TWO, "three"), Err(KnownEditError::NoIssue { known, .. }) if known == ["one", "two"])
        );
    }

    #[test]
    fn an_added_issue_is_read_as_it_was_meant() {
        for text in ["", TWO] {
            let added = add_issues(text, &[issue("three"), issue("four")]).expect("a file");
            assert!(added.starts_with(text));
            let read = crate::judge::known::parse("known/x.toml", &added).expect("a good file");
            let ids: Vec<_> = read.issue.iter().map(|issue| issue.id.as_str()).collect();
            assert!(ids.ends_with(&["three", "four"]));
            assert_eq!(read.issue.last(), Some(&issue("four")));
        }
        let added = add_issues("", &[issue("three")]).expect("a file");
        let expected = "[[issue]]\nid        = \"three\"\nfinding   = \"truth.wrong\"\nsubject   = \"ask/*/usage.input\"\n\
                        scenarios = [\"chat/basic\"]\nvariants  = [\"default\"]\naxes      = { client = \"async\" }\n\
                        reason    = \"Why.\"\nsince     = \"2\"\n";
        assert_eq!(added, expected);
    }
}
