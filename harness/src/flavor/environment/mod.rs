//! Python environments: found or made on first use, one per lock file, and never touched again.
//!
//! Knows where Python and uv are, how to make a directory so that nobody ever sees half of it, and which of the user's
//! index settings uv needs to be told. Must not know flavors, workers or reports: it is given a lock file and says
//! what it does through a callback. Synchronous, because making one is rare and takes seconds.

mod ensure;
mod error;
mod index;
mod inspect;
mod once;
mod process;
mod python;
mod redact;
mod uv;

pub(crate) use ensure::Environment;
pub use ensure::{EnvironmentRequest, ensure, find};
pub(crate) use error::{EnvironmentError, MissingRuntime};
pub(crate) use inspect::{EnvironmentState, inspect};
#[cfg(test)]
pub(crate) use once::Made;
pub use once::Progress;
#[cfg(test)]
pub(crate) use python::PythonVersion;
pub use python::{Python, find_python};
pub use uv::find_or_install_uv;
pub(crate) use uv::{Uv, find_uv};
