//! One event vocabulary, and every report as a function of it.
//!
//! Only this module and `main` print. Must not know how a verdict comes about.

mod added;
mod console;
mod coverage;
mod drift;
mod evidence;
mod html;
mod json_lines;
mod style;
mod table;
mod terminal;

pub(crate) use console::SpanConsole;
pub use coverage::CompatibilityTable;
pub(crate) use drift::drift_text;

pub use evidence::evidence_text;
pub(crate) use html::{KnownIssues, html_report};
pub(crate) use json_lines::JsonLines;
pub use style::Colour;
pub(crate) use table::verdict_table;
pub(crate) use terminal::EveryCell;
pub use terminal::{Terminal, cell_details};
