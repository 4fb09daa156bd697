//! Mistakes as text for people.

use std::fmt::Write;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::lines::Lines;
use super::{Diagnostic, Diagnostics, counted};

/// Wide enough that no message is cut; lines are the reader's to wrap.
const WIDTH: usize = 400;

/// How many mistakes of a file are shown; the rest is counted. Who has more has made one mistake many times.
const SHOWN: usize = 50;

/// With or without terminal colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// Text only.
    Plain,
    /// ANSI colours.
    Coloured,
}

impl Diagnostics {
    /// The first mistakes with their lines, labels and help, an empty line between two, and how many more there are. Ends
    /// with a newline.
    pub fn render(&self, paint: Paint) -> String {
        let renderer = match paint {
            Paint::Plain => Renderer::plain(),
            Paint::Coloured => Renderer::styled(),
        };
        let renderer = renderer.term_width(WIDTH);
        let lines = Lines::of(self.text());
        let shown = self.entries().iter().take(SHOWN);
        let messages: Vec<String> = shown.map(|entry| self.render_one(&renderer, &lines, entry)).collect();
        let mut text = messages.join("\n\n");
        let rest = self.entries().len().saturating_sub(SHOWN);
        if rest > 0 {
            // Writing to a string cannot fail.
            let _ = write!(text, "\n\n… and {} in this file", counted(rest, "more mistake"));
        }
        text.push('\n');
        text
    }

    fn render_one(&self, renderer: &Renderer, lines: &Lines, entry: &Diagnostic) -> String {
        // Only the lines that are spoken of are laid out: the file may be long.
        let spans = std::iter::once(&entry.primary).chain(&entry.secondary).map(|label| &label.span);
        let first = spans.clone().map(|span| lines.line_of(span.start)).min().unwrap_or_default();
        let last = spans.map(|span| lines.line_of(span.end)).max().unwrap_or_default();
        let around = lines.span(first, last);
        let text = self.text().get(around.clone()).unwrap_or_default();
        let inside = |span: &Range<usize>| {
            let within = |byte: usize| byte.clamp(around.start, around.end) - around.start;
            within(span.start)..within(span.end)
        };
        let primary = AnnotationKind::Primary.span(inside(&entry.primary.span)).label(entry.primary.text.as_str());
        let mut snippet = Snippet::source(text).line_start(first + 1).path(self.file()).annotation(primary);
        if let Some(secondary) = &entry.secondary {
            let context = AnnotationKind::Context.span(inside(&secondary.span)).label(secondary.text.as_str());
            snippet = snippet.annotation(context);
        }
        let mut group = Level::ERROR.primary_title(entry.message.as_str()).id(entry.kind.code()).element(snippet);
        if let Some(help) = &entry.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        renderer.render(&[group])
    }
}
