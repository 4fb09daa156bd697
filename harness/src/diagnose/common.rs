//! Mistakes that several kinds of files have.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Range;

use super::{Diagnostic, DiagnosticKind, Diagnostics, Glob, Place, quoted_list};

/// How many names a message lists; of more it says how many there are.
const LISTED: usize = 50;

impl Diagnostics {
    /// A reference to a `what` (one word, such as `deployment`) that is not among the known ones.
    pub fn unknown_name<'a>(
        &mut self,
        what: &str,
        name: &str,
        span: Range<usize>,
        known: impl IntoIterator<Item = &'a str>,
    ) {
        let known: Vec<&str> = known.into_iter().collect();
        let label = match self.meant(name, &known) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("no {what} has this name"),
        };
        let help = match known.as_slice() {
            [] => format!("there is no {what} at all"),
            [only] => format!("the only {what} is `{only}`"),
            all if all.len() <= LISTED => format!("write one of {}", quoted_list(all.iter().copied(), "or")),
            all => format!("there are {} of them", all.len()),
        };
        let message = format!("there is no {what} `{name}`");
        self.push(Diagnostic::new(DiagnosticKind::UnknownName, message, span, label).with_help(help));
    }

    /// Reports each item whose text stood before. `what` is one word, such as `step`.
    pub fn duplicates<'a>(&mut self, what: &str, items: impl IntoIterator<Item = (&'a str, Range<usize>)>) {
        let mut seen: HashMap<&str, Range<usize>> = HashMap::new();
        for (text, span) in items {
            match seen.entry(text) {
                Entry::Vacant(first) => {
                    first.insert(span);
                }
                Entry::Occupied(first) => {
                    let message = format!("{what} `{text}` stands twice");
                    self.push(
                        Diagnostic::new(DiagnosticKind::Duplicate, message, span, "the second time")
                            .with_secondary(first.get().clone(), "the first time")
                            .with_help("rename or remove one of the two"),
                    );
                }
            }
        }
    }

    /// Reports each glob of a list that cannot be read, and each that stands twice.
    pub fn globs(&mut self, globs: &[Glob], list: Place<'_>) {
        for (index, glob) in globs.iter().enumerate() {
            self.glob(glob, list.item(index));
        }
        self.repeated_globs(globs, list);
    }

    /// Reports each glob that stands twice in a list.
    pub fn repeated_globs(&mut self, globs: &[Glob], list: Place<'_>) {
        self.duplicates("glob", globs.iter().enumerate().map(|(index, glob)| (glob.as_str(), list.item(index).span())));
    }

    /// Reports a glob that cannot be read.
    pub fn glob(&mut self, glob: &Glob, place: Place<'_>) {
        if let Some(problem) = glob.problem() {
            let message = format!("`{glob}` is not a glob");
            self.push(
                Diagnostic::new(DiagnosticKind::Glob, message, place.span(), problem)
                    .with_help("`*` stands for any text, `?` for one character, `{a,b}` for either"),
            );
        }
    }

    /// Reports text that is empty or blank.
    pub fn not_blank(&mut self, key: &str, text: &str, span: Range<usize>, help: &str) {
        if text.trim().is_empty() {
            self.empty(key, span, help);
        }
    }

    /// Reports that a key holds nothing.
    pub fn empty(&mut self, key: &str, span: Range<usize>, help: &str) {
        let message = format!("`{key}` is empty");
        self.push(Diagnostic::new(DiagnosticKind::Empty, message, span, "nothing here").with_help(help));
    }

    /// Reports a name with a character that `allowed` refuses, or an empty one.
    pub fn well_named(&mut self, what: &str, name: &str, span: Range<usize>, allowed: Alphabet) {
        let bad = name.chars().find(|character| !allowed.has(*character));
        let label = match bad {
            Some(character) => format!("`{character}` may not stand here"),
            None if name.is_empty() => "empty".to_owned(),
            None => return,
        };
        let message = format!("bad {what} name `{name}`");
        self.push(Diagnostic::new(DiagnosticKind::BadName, message, span, label).with_help(allowed.help()));
    }
}

/// The characters that a name may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alphabet {
    /// `a-z`, `0-9` and `-`: what is part of a path, a host or a cell id.
    Path,
    /// Letters, digits, `-` and `_`: what is a name for code.
    Word,
    /// Letters, digits, `-`, `_` and `.`: what Azure allows in the name of a deployment.
    Dotted,
}

impl Alphabet {
    /// Whether a character may stand in the name.
    pub fn has(self, character: char) -> bool {
        match self {
            Self::Path => matches!(character, 'a'..='z' | '0'..='9' | '-'),
            Self::Word => character.is_ascii_alphanumeric() || matches!(character, '-' | '_'),
            Self::Dotted => character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.'),
        }
    }

    fn help(self) -> &'static str {
        match self {
            Self::Path => "use lowercase letters, digits and `-`",
            Self::Word => "use letters, digits, `-` and `_`",
            Self::Dotted => "use letters, digits, `-`, `_` and `.`",
        }
    }
}
