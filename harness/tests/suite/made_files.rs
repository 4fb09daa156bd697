//! Files that are made from something else, as the program prints and writes them.

use crate::workspace::{TestWorkspace, repository};

/// A workspace with the reference flavor and one scenario.
fn workspace() -> TestWorkspace {
    let workspace = TestWorkspace::empty();
    for path in ["harness/flavors/reference/flavor.toml", "scenarios/chat/basic.toml"] {
        workspace.copy(path, path);
    }
    workspace
}

#[test]
fn schemas_are_printed_as_they_are_committed() {
    let workspace = workspace();
    for name in ["scenario", "flavor", "convention", "known", "protocol"] {
        let file = format!("harness/schemas/{name}.schema.json");
        let committed = std::fs::read_to_string(repository().join(&file)).expect("it is committed");
        assert_eq!(workspace.run(&["schema", name]).ends_with(0).stdout, committed, "{name}");
    }
}

#[test]
fn made_files_are_written_once_and_what_nothing_makes_is_removed() {
    let workspace = workspace();
    let pages = workspace.root.join("harness/docs/rules");
    std::fs::create_dir_all(&pages).expect("a folder can be made");
    std::fs::write(pages.join("of.a-rule-that-is-gone.md"), "old").expect("a file can be written");
    let first = workspace.run(&["regenerate"]).ends_with(0).stdout;
    assert!(first.contains("wrote   harness/docs/commands.md\n"), "{first}");
    assert!(first.contains("removed harness/docs/rules/of.a-rule-that-is-gone.md\n"), "{first}");
    let page = std::fs::read_to_string(pages.join("truth.wrong.md")).expect("a page");
    assert_eq!(workspace.run(&["rules", "truth.wrong"]).ends_with(0).stdout, page);
    let second = workspace.run(&["regenerate"]).ends_with(0).stdout;
    assert!(!second.contains("wrote ") && !second.contains("removed "), "{second}");
    let misspelt = workspace.run(&["rules", "truth.wrogn"]).ends_with(2).stderr;
    assert!(misspelt.contains("there is no rule `truth.wrogn`; did you mean `truth.wrong`?"), "{misspelt}");
}
