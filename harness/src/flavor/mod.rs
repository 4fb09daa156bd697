//! Flavors: one instrumentation product in one runtime, and the environments they run in.
//!
//! Knows `flavor.toml`, locks and environments. Must not know scenarios or what is right.

pub mod environment;
mod exception;
mod file;
mod lock;
mod model;
mod name;

pub(crate) use exception::check_exceptions;
pub use file::parse;
pub(crate) use lock::LockedVersions;
pub(crate) use model::{ClientLibrary, DeclaredSkip, Exception, Exports, LeftOutOf, Lock, VolatileShape};
pub use model::{Control, FlavorFile, Runtime, VariantTable};
pub use name::FlavorName;
pub(crate) use name::VariantName;
