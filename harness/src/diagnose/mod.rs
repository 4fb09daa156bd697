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

pub use common::Alphabet;
pub use diagnostic::{Diagnostic, Diagnostics, Label};
pub use document::{Document, Entry, Node, NodeValue, Place};
pub use glob::Glob;
pub use kind::DiagnosticKind;
pub use read::{read, schema_text};
pub use render::Paint;
pub use suggest::{closest, counted, one_line, quoted_list};
pub(crate) use words::words;
pub use words::{from_word, word};
