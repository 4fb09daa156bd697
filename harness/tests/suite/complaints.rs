//! `scenarios/COMPLAINTS.md` names scenarios that exist, and every row says where the library looks or why not.

use std::path::Path;

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the harness lies in the repository")
}

/// Rows of the tables: their number, and the last column.
fn rows(text: &str) -> Vec<(u32, String)> {
    let cells = text.lines().map(|line| line.trim_matches('|').split(" | ").collect::<Vec<_>>());
    cells.filter_map(|cells| Some((cells.first()?.trim().parse().ok()?, (*cells.last()?).to_owned()))).collect()
}

/// Scenario names in a text: what stands in backquotes and has one `/`.
fn named(text: &str) -> Vec<&str> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.filter(|name| name.split('/').count() == 2).collect()
}

#[test]
fn every_complaint_has_a_scenario_that_exists_or_a_reason() {
    let folder = repository().join("scenarios");
    let text = std::fs::read_to_string(folder.join("COMPLAINTS.md")).expect("the table can be read");
    let rows = rows(&text);
    let numbers: Vec<u32> = rows.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (1..=59).collect::<Vec<_>>(), "one row for each complaint");
    for (number, place) in rows {
        let scenarios = named(&place);
        assert!(!scenarios.is_empty() || place.starts_with("none: "), "row {number} has neither scenario nor reason");
        for name in scenarios {
            assert!(folder.join(format!("{name}.toml")).exists(), "row {number}: there is no scenario `{name}`");
        }
    }
}
