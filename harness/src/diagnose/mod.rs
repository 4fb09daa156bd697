//! What is wrong with a user's file: position, label, help, did-you-mean.
//!
//! Knows TOML text, positions and JSON Schemas of our own types; reads every kind of file through [`read`]. Must not
//! open files, print, or know what a scenario or a flavor means: their modules bring their own checks. Pure.

mod common;
mod diagnostic;
mod document;
mod kind;
mod read;
mod render;
mod schemas;
mod shape;
mod suggest;

pub use common::*;
pub use diagnostic::*;
pub use document::*;
pub use kind::*;
pub use read::*;
pub use render::*;
pub use schemas::*;
pub use suggest::*;
