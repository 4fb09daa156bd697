//! Where the files are, and reading them all at once.
//!
//! Knows the folders of a workspace. Must not know what the files mean: every kind has a parser of its own.

mod load;
mod root;
pub mod snapshot;

pub use load::{LoadError, Loaded};
pub use root::{Workspace, WorkspaceError};
