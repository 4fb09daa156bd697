//! Every fact of the wire that the mock is measured against, and whether it holds: `FACTS.md` is what this test writes.
//!
//! `AZURE_OPENAI_MOCK_UPDATE=1 cargo test -p azure-openai-mock --test facts` writes the table anew.

mod bodies;
mod errors;
mod made_up;
mod other;
mod streams;
mod support;
mod surfaces;
mod validation;

use std::fmt::Write as _;
use std::panic::catch_unwind;
use std::path::Path;

/// One fact, and how we know.
pub(crate) struct Fact {
    section: &'static str,
    text: &'static str,
    check: Check,
}

enum Check {
    /// Looked at now.
    Here(fn() -> bool),
    /// A test with the real client sees it.
    Clients,
    /// Another test sees it.
    Test(&'static str),
    /// A request that is refused, which is looked at now.
    Refused(Words, validation::Refused),
    /// It does not hold, or there is nothing to hold.
    No(&'static str),
}

/// A fact that is looked at now.
pub(crate) fn here(section: &'static str, text: &'static str, check: fn() -> bool) -> Fact {
    Fact { section, text, check: Check::Here(check) }
}

/// A fact that the real clients see.
pub(crate) fn clients(section: &'static str, text: &'static str) -> Fact {
    Fact { section, text, check: Check::Clients }
}

/// A fact that another test sees.
pub(crate) fn test(section: &'static str, text: &'static str, path: &'static str) -> Fact {
    Fact { section, text, check: Check::Test(path) }
}

/// Whose words a refusal has.
#[derive(Clone, Copy)]
pub(crate) enum Words {
    /// The service's, as people report them.
    Reported,
    /// Ours, in its manner.
    Ours,
}

/// A request that is refused.
pub(crate) fn refused(section: &'static str, text: &'static str, words: Words, refused: validation::Refused) -> Fact {
    Fact { section, text, check: Check::Refused(words, refused) }
}

/// A fact that does not hold.
pub(crate) fn no(section: &'static str, text: &'static str, why: &'static str) -> Fact {
    Fact { section, text, check: Check::No(why) }
}

const HEAD: &str = "# Facts of the wire

What is known of the service, and whether the mock is like it. Written by `tests/facts`; a test keeps it so.
*held* was looked at by that test, *held (clients)* by the real clients in `tests/clients`. A refusal has the service's words
as people report them, which may be those of another day, or words of ours; its status is the service's in both cases.

| section | fact | |
|---|---|---|
";

#[test]
fn the_table_of_facts_says_what_is_so() {
    let mut facts = surfaces::facts();
    facts.extend(bodies::facts());
    facts.extend(streams::facts());
    facts.extend(errors::facts());
    facts.extend(validation::facts());
    facts.extend(made_up::facts());
    facts.extend(other::facts());
    let mut table = HEAD.to_owned();
    let mut broken = Vec::new();
    for fact in &facts {
        let word = match &fact.check {
            Check::Here(check) => {
                if !matches!(catch_unwind(check), Ok(true)) {
                    broken.push(fact.text);
                }
                "held".to_owned()
            }
            Check::Refused(words, refused) => {
                if !refused.holds() {
                    broken.push(fact.text);
                }
                match words {
                    Words::Reported => "held, in the service's words as reported",
                    Words::Ours => "held, in words of ours: its own are not known",
                }
                .to_owned()
            }
            Check::Clients => "held (clients)".to_owned(),
            Check::Test(name) => format!("held (`{name}`)"),
            Check::No(why) => format!("not held: {why}"),
        };
        let _ = writeln!(table, "| {} | {} | {word} |", fact.section, fact.text.replace('|', "\\|"));
    }
    assert!(broken.is_empty(), "these do not hold:\n  {}", broken.join("\n  "));
    let held = facts.iter().filter(|fact| !matches!(fact.check, Check::No(_))).count();
    let _ = writeln!(table, "\n{held} of {} facts are held.", facts.len());
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("FACTS.md");
    if std::env::var_os("AZURE_OPENAI_MOCK_UPDATE").is_some() {
        std::fs::write(&file, &table).expect("written");
    }
    let known = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(known == table, "FACTS.md is not what this test found; run it with AZURE_OPENAI_MOCK_UPDATE=1");
}
