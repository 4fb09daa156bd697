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

pub use console::SpanConsole;
pub use coverage::CompatibilityTable;
pub use drift::drift_text;

pub use evidence::evidence_text;
pub use html::{KnownIssues, html_report};
pub use json_lines::JsonLines;
pub use style::Colour;
pub use table::verdict_table;
pub use terminal::{EveryCell, Terminal, cell_details};
