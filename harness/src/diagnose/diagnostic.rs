//! One mistake, and all mistakes of a file.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::{DiagnosticKind, Paint, closest};

/// How many names a file's mistakes are compared with to say which was meant. A file that is wrong from end to end would
/// otherwise be read in the square of its length, and nobody reads a thousand suggestions.
const COMPARISONS: usize = 100_000;

/// A place in a file's text, in bytes, and what is to be said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Bytes of the text.
    pub span: Range<usize>,
    /// A few words.
    pub text: String,
}

/// One mistake in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which kind of mistake.
    pub kind: DiagnosticKind,
    /// What is wrong, as a lowercase fragment.
    pub message: String,
    /// Where it is.
    pub primary: Label,
    /// Another place that explains it.
    pub secondary: Option<Label>,
    /// What to do.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A mistake at a place.
    pub fn new(kind: DiagnosticKind, message: impl Into<String>, span: Range<usize>, label: impl Into<String>) -> Self {
        let primary = Label { span, text: label.into() };
        Self { kind, message: message.into(), primary, secondary: None, help: None }
    }

    /// With another place that explains it.
    #[must_use]
    pub fn with_secondary(mut self, span: Range<usize>, text: impl Into<String>) -> Self {
        self.secondary = Some(Label { span, text: text.into() });
        self
    }

    /// With what to do.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// All mistakes of one file, with its text, so that they can be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostics {
    file: Arc<str>,
    text: Arc<str>,
    entries: Vec<Diagnostic>,
    comparisons_left: usize,
}

impl Diagnostics {
    /// No mistakes yet. `file` is the name that is shown.
    pub fn new(file: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self { file: file.into(), text: text.into(), entries: Vec::new(), comparisons_left: COMPARISONS }
    }

    /// Adds a mistake.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.entries.push(diagnostic);
    }

    /// The known word that was probably meant; see [`closest`]. After very many mistakes nothing is suggested any more.
    pub fn meant<'a>(&mut self, word: &str, known: &[&'a str]) -> Option<&'a str> {
        self.comparisons_left = self.comparisons_left.checked_sub(known.len())?;
        closest(word, known.iter().copied())
    }

    /// The name of the file.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The text of the file.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Every mistake, in the order of the file.
    pub fn entries(&self) -> &[Diagnostic] {
        &self.entries
    }

    /// Whether there is no mistake.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// `value` when there is no mistake; otherwise all of them, in the order of the file.
    pub fn finish<T>(mut self, value: T) -> Result<T, Self> {
        self.sort();
        if self.is_empty() { Ok(value) } else { Err(self) }
    }

    /// Puts the mistakes in the order of the file.
    fn sort(&mut self) {
        self.entries.sort_by_key(|entry| (entry.primary.span.start, entry.primary.span.end));
    }

    /// Line and column of a mistake, both from 1; columns count characters.
    pub fn position(&self, diagnostic: &Diagnostic) -> (usize, usize) {
        let start = diagnostic.primary.span.start.min(self.text.len());
        let before = self.text.get(..start).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.render(Paint::Plain))
    }
}

impl std::error::Error for Diagnostics {}
