//! One event vocabulary, and every report as a function of it.
//!
//! Only this module and `main` print. Must not know how a verdict comes about.

mod added;
mod console;
mod coverage;
mod drift;
mod event;
mod evidence;
mod html;
mod json_lines;
mod style;
mod table;
mod terminal;

pub use added::*;
pub use console::*;
pub use coverage::*;
pub use drift::*;
pub use event::*;
pub use evidence::*;
pub use html::*;
pub use json_lines::*;
pub use style::*;
pub use table::*;
pub use terminal::*;
