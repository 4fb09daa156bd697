//! Colour, or none: `NO_COLOR`, pipes and dumb terminals are respected.

use std::fmt;
use std::io::IsTerminal;

use crate::judge::CellStatus;

/// Whether text for people is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Escape sequences are written.
    On,
    /// Plain text.
    Off,
}

impl Colour {
    /// For a stream of this process: on for a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`.
    pub fn for_stream(stream: &impl IsTerminal) -> Self {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        if !refused && stream.is_terminal() { Self::On } else { Self::Off }
    }

    /// The text in the colour of a status.
    pub fn status(self, status: CellStatus, text: impl fmt::Display) -> String {
        let code = match status {
            CellStatus::Pass => "32",
            CellStatus::Known | CellStatus::Skipped => "33",
            CellStatus::Changed | CellStatus::Fixed => "36",
            CellStatus::Failed => "31",
            CellStatus::Broken => "35",
        };
        self.paint(code, text)
    }

    /// The text in bold.
    pub fn strong(self, text: impl fmt::Display) -> String {
        self.paint("1", text)
    }

    /// The text held back.
    pub fn faint(self, text: impl fmt::Display) -> String {
        self.paint("2", text)
    }

    fn paint(self, code: &str, text: impl fmt::Display) -> String {
        match self {
            Self::On => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            Self::Off => text.to_string(),
        }
    }
}
