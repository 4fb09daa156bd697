//! The program as functions, so that another program can offer the same commands.
//!
//! Knows the command line, configuration files, standard output, standard error and signals. Must not know what a
//! request means.

mod access_log;
mod control;
mod exports;
mod file;
mod hint;
mod serve;
mod signal;
mod tap;

pub use access_log::LogFormat;
pub use exports::Style;
pub use file::{FileError, load};
pub use serve::{ServeError, ServeOptions, serve};
pub use tap::{TapOptions, tap};
