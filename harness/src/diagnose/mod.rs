//! What is wrong with a user's file: position, label, help, did-you-mean.
//!
//! Knows TOML text, positions and JSON Schemas of our own types; reads every kind of file through [`read`]. Must not
//! open files, print, or know what a scenario or a flavor means: their modules bring their own checks. Pure.

mod common;
mod diagnostic;
mod document;
mod glob;
mod kind;
mod lines;
mod read;
mod render;
mod shape;
mod suggest;
mod words;

pub(crate) use common::Alphabet;
pub(crate) use diagnostic::Diagnostic;
pub use diagnostic::Diagnostics;
pub(crate) use document::{Document, Entry, Node, NodeValue, Place};
pub(crate) use glob::Glob;
pub use kind::DiagnosticKind;
pub use read::read;
pub(crate) use read::schema_text;
pub use render::Paint;
pub use suggest::counted;
pub(crate) use suggest::{closest, one_line, quoted_list};
pub(crate) use words::from_word;
pub use words::word;
pub(crate) use words::words;
