//! Flavors: one instrumentation product in one runtime, and the environments they run in.
//!
//! Knows `flavor.toml`, locks and environments. Must not know scenarios or what is right.

pub mod environment;
mod exception;
mod file;
mod lock;
mod model;
mod name;

pub use exception::check_exceptions;
pub use file::parse;
pub use lock::{LockMismatch, LockedVersions};
pub use model::{
    AllowedEgress, CallStyle, ClientLibrary, Control, DeclaredSkip, Exception, Exports, FlavorFile, LeftOutOf, Lock,
    Runtime, VariantTable, Volatile, VolatileShape,
};
pub use name::{FlavorName, VariantName};
