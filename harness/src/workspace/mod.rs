//! Where the files are, and reading them all at once.
//!
//! Knows the folders of a workspace. Must not know what the files mean: every kind has a parser of its own.

mod files;
mod inputs;
mod ledger;
mod load;
mod root;
pub mod snapshot;

pub(crate) use files::write_whole;
pub(crate) use inputs::InputHasher;
pub use inputs::Inputs;
pub(crate) use ledger::Ledger;
pub use load::{LoadError, Loaded};
pub use root::{Workspace, WorkspaceError};
