//! Who performs the steps of a scenario: worker processes, and flavors in this process.
//!
//! Knows processes, the worker protocol and deadlines. Must not know what telemetry means or what is right.

mod cpu;
mod fault;
mod parent;
mod stderr;
mod watchdog;
mod worker;

pub use cpu::cpu_time;
pub use fault::WorkerFault;
pub use parent::{NoFork, Parent};
pub use watchdog::{RUN_FOLDER_PREFIX, WATCHDOG_ARGUMENT, Watchdog, serve_watchdog_if_asked};
pub use worker::{Deadlines, WorkerCommand, WorkerProcess};
