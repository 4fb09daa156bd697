//! Mistakes as text for people.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::{Diagnostic, Diagnostics};

/// Wide enough that no message is cut; lines are the reader's to wrap.
const WIDTH: usize = 400;

/// With or without terminal colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// Text only.
    Plain,
    /// ANSI colours.
    Coloured,
}

impl Diagnostics {
    /// Every mistake with its lines, label and help; an empty line between two. Ends with a newline.
    pub fn render(&self, paint: Paint) -> String {
        let renderer = match paint {
            Paint::Plain => Renderer::plain(),
            Paint::Coloured => Renderer::styled(),
        };
        let renderer = renderer.term_width(WIDTH);
        let messages: Vec<String> = self.entries().iter().map(|entry| self.render_one(&renderer, entry)).collect();
        let mut text = messages.join("\n\n");
        text.push('\n');
        text
    }

    fn render_one(&self, renderer: &Renderer, entry: &Diagnostic) -> String {
        let length = self.text().len();
        let inside = |span: &std::ops::Range<usize>| span.start.min(length)..span.end.min(length);
        let primary = AnnotationKind::Primary.span(inside(&entry.primary.span)).label(entry.primary.text.as_str());
        let mut snippet = Snippet::source(self.text()).path(self.file()).annotation(primary);
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
