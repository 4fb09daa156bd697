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

pub use ensure::{Environment, EnvironmentRequest, ensure, find};
pub use error::{EnvironmentError, MissingRuntime};
pub use inspect::{EnvironmentState, inspect};
pub use once::{Made, Progress};
pub use python::{MINIMUM_PYTHON, Python, PythonVersion, find_python};
pub use redact::redact;
pub use uv::{Uv, UvOrigin, find_or_install_uv, find_uv};
