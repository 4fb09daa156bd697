//! Reading and checking a convention file: all mistakes at once, each with its place.

use std::ops::Range;

use super::{Concept, Condition, Convention, ConventionFile, Spelling, SpellingTable, SpellingType, Spellings};
use crate::diagnose::{Diagnostic, DiagnosticKind, Diagnostics, Place, read};

impl Convention {
    /// Reads `harness/conventions/<family>.toml`; `file` is the name to show. Fails with all mistakes at once.
    pub fn parse(file: &str, text: &str) -> Result<Self, Diagnostics> {
        let (raw, document) = read::<ConventionFile>(file, text)?;
        let mut checker = Checker { found: document.diagnostics() };
        checker.not_blank("title", &raw.title, document.key("title"));
        let newest = checker.parsed(raw.newest, document.key("newest"), DiagnosticKind::Version);
        let tables = document.key("concept");
        for concept in Concept::ALL.iter().filter(|concept| !raw.concept.contains_key(*concept)) {
            let message =
                format!("nothing is said about `{concept}`; give it a `spelling`, or `absent` with the reason");
            checker.mistake(DiagnosticKind::Concept, message, tables.span(), "it belongs here");
        }
        let concept = raw
            .concept
            .into_iter()
            .map(|(concept, table)| {
                let place = tables.key(concept.as_str());
                checker.is_one_of_two(concept, table.spelling.is_empty(), table.absent.as_deref(), place);
                let spelling = table.spelling.into_iter().enumerate();
                let spelling = spelling
                    .map(|(index, spelling)| checker.spelling(concept, spelling, place.key("spelling").item(index)))
                    .collect();
                (concept, Spellings { spelling, absent: table.absent })
            })
            .collect();
        for (role, metric) in &raw.metric {
            let place = document.key("metric").key(role.as_str());
            checker.not_blank("name", &metric.name, place.key("name"));
        }
        let Checker { found } = checker;
        found.finish(Self {
            title: raw.title,
            aliases: raw.aliases,
            homepage: raw.homepage,
            newest,
            concept,
            metric: raw.metric,
            vocabulary: raw.vocabulary,
        })
    }
}

struct Checker {
    found: Diagnostics,
}

impl Checker {
    fn mistake(&mut self, kind: DiagnosticKind, message: impl Into<String>, span: Range<usize>, label: &str) {
        self.found.push(Diagnostic::new(kind, message, span, label));
    }

    fn not_blank(&mut self, key: &str, text: &str, place: Place<'_>) {
        self.found.not_blank(key, text, place.span(), "write it as the family's own people do");
    }

    /// The value of a text that has a form of its own.
    fn parsed<T: TryFrom<String>>(&mut self, text: Option<String>, place: Place<'_>, kind: DiagnosticKind) -> Option<T>
    where
        T::Error: std::fmt::Display,
    {
        match T::try_from(text?) {
            Ok(value) => Some(value),
            Err(error) => {
                self.mistake(kind, error.to_string(), place.span(), "here");
                None
            }
        }
    }

    fn is_one_of_two(&mut self, concept: Concept, no_spelling: bool, absent: Option<&str>, place: Place<'_>) {
        let message = match (no_spelling, absent) {
            (true, None) => format!("`{concept}` has neither a `spelling` nor `absent`"),
            (false, Some(_)) => format!("`{concept}` has both a `spelling` and `absent`"),
            (true, Some(reason)) => {
                let help = "say why the family has no place for it";
                return self.found.not_blank("absent", reason, place.key("absent").span(), help);
            }
            (false, None) => return,
        };
        self.mistake(DiagnosticKind::Concept, message, place.key_span(), "exactly one of the two");
    }

    fn spelling(&mut self, concept: Concept, table: SpellingTable, place: Place<'_>) -> Spelling {
        if let Some(message) = mistake_of(concept, &table) {
            self.mistake(DiagnosticKind::Concept, message, place.span(), "in this spelling");
        }
        let name = DiagnosticKind::AttributeName;
        let when = table.when.and_then(|when| {
            let attribute = self.parsed(Some(when.attribute), place.key("when").key("attribute"), name)?;
            Some(Condition { attribute, equals: when.equals })
        });
        let spelling = Spelling {
            attribute: self.parsed(table.attribute, place.key("attribute"), name),
            event: table.event,
            path: self.parsed(table.path, place.key("path"), DiagnosticKind::JsonPath),
            when,
            kind: table.kind,
            take: table.take,
            values: table.values,
            from: self.parsed(table.from, place.key("from"), DiagnosticKind::Version),
            until: self.parsed(table.until, place.key("until"), DiagnosticKind::Version),
            cannot_tell: table.cannot_tell,
            optional: table.optional,
        };
        if let (Some(from), Some(until)) = (spelling.from, spelling.until)
            && until <= from
        {
            let message = format!("this spelling of `{concept}` ends before it begins");
            self.mistake(DiagnosticKind::Concept, message, place.key("until").span(), "not after `from`");
        }
        spelling
    }
}

fn mistake_of(concept: Concept, spelling: &SpellingTable) -> Option<String> {
    if spelling.attribute.is_some() == spelling.event.is_some() {
        return Some(format!("a spelling of `{concept}` needs exactly one of `attribute` and `event`"));
    }
    if spelling.event.is_some() && spelling.path.is_none() {
        return Some(format!("an event spelling of `{concept}` needs a `path`"));
    }
    let is_json = matches!(spelling.kind, Some(SpellingType::Json | SpellingType::JsonOrText));
    if spelling.event.is_none() && spelling.path.is_some() && !is_json {
        return Some(format!("a spelling of `{concept}` with a `path` needs `type = \"json\"`"));
    }
    None
}
