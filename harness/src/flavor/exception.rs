//! Whether what variants leave out is there at all: asked when the names of all scenarios are known.

use super::{FlavorFile, VariantTable};
use crate::diagnose::{Diagnostic, DiagnosticKind, Diagnostics, Document, Glob};

/// Holds the exceptions of every variant of a flavor against the names of all scenarios. `file` is the name to show and
/// `text` what `flavor` was read from. Fails with every glob that leaves nothing out: misspelt, or of a scenario that was
/// renamed, or that the variant would not run anyway.
pub(crate) fn check_exceptions(
    file: &str,
    text: &str,
    flavor: &FlavorFile,
    scenarios: &[&str],
) -> Result<(), Diagnostics> {
    let document = Document::parse(file, text)?;
    let mut found = document.diagnostics();
    for (name, variant) in &flavor.variant {
        let ran: Vec<&str> = scenarios.iter().copied().filter(|scenario| variant.wants(scenario)).collect();
        let entries = document.key("variant").key(name).key("except");
        for (index, exception) in variant.except.iter().enumerate() {
            let list = entries.item(index).key("scenarios");
            for (at, glob) in exception.scenarios.iter().enumerate().filter(|(_, glob)| !takes_any(glob, &ran)) {
                let span = list.item(at).span();
                let meant = found.meant(glob.as_str(), scenarios);
                found.push(if takes_any(glob, scenarios) {
                    let message = format!("variant `{name}` does not run `{glob}`");
                    Diagnostic::new(DiagnosticKind::UnknownName, message, span, "left out already")
                        .with_help("remove it: the variant's `scenarios` do not name it")
                } else {
                    let message = format!("there is no scenario `{glob}`");
                    let label =
                        meant.map_or_else(|| "matches none".to_owned(), |near| format!("did you mean `{near}`?"));
                    Diagnostic::new(DiagnosticKind::UnknownName, message, span, label)
                        .with_help("remove it, or correct it: there is nothing to leave out")
                });
            }
        }
    }
    found.finish(())
}

impl VariantTable {
    /// Whether the variant's own list, if it has one, names the scenario.
    pub fn wants(&self, scenario: &str) -> bool {
        self.scenarios.as_ref().is_none_or(|globs| Glob::any_matches(globs, scenario))
    }
}

fn takes_any(glob: &Glob, scenarios: &[&str]) -> bool {
    scenarios.iter().any(|scenario| glob.matches(scenario))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop anywhere")]
mod tests {
    use super::*;

    const SCENARIOS: &[&str] = &["chat/basic", "concurrency/at-once", "concurrency/streams"];

    fn check(glob: &str, expected: Option<&str>) {
        let text = format!(
            "title = 'A'\nruntime = 'in-process'\nfamily = 'otel'\nclients = ['async']\n[variant.default]\nsummary = \
             'As installed.'\ncontent = true\nscenarios = ['chat/*', 'concurrency/streams']\n\
             [[variant.default.except]]\nscenarios = ['{glob}']\nreason = 'It is too large.'\n"
        );
        let flavor: FlavorFile = toml::from_str(&text).unwrap();
        let found = check_exceptions("flavor.toml", &text, &flavor, SCENARIOS).err().map(|found| found.to_string());
        let said = |words: &str| found.as_ref().is_some_and(|found| found.contains(words));
        assert!(expected.map_or(found.is_none(), said), "{glob}: {found:?}");
    }

    #[test]
    fn an_exception_leaves_something_out() {
        check("concurrency/streams", None);
        check("chat/*", None);
        check("concurrency/stream", Some("did you mean `concurrency/streams`?"));
        check("nowhere/*", Some("there is no scenario `nowhere/*`"));
        check("concurrency/at-once", Some("variant `default` does not run `concurrency/at-once`"));
    }
}
