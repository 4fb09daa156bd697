//! Why a cell is broken: the worker's fault or ours, never the instrumentor's.

use std::time::Duration;

/// A worker did not do what the protocol asks of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorkerFault {
    /// The program could not be started.
    #[error("the worker could not be started: {0}")]
    Start(String),
    /// The process ended.
    #[error("the worker ended during `{operation}` ({status}){}", tail(.stderr))]
    Exited {
        /// The request it was working on.
        operation: &'static str,
        /// How it ended, in words.
        status: String,
        /// The last lines it wrote to its standard error.
        stderr: String,
    },
    /// No answer in time; the process group was killed.
    #[error("the worker did not answer `{operation}` within {} s and was killed{}", .deadline.as_secs_f64(), tail(.stderr))]
    Deadline {
        /// The request it was working on.
        operation: &'static str,
        /// How long it had.
        deadline: Duration,
        /// The last lines it wrote to its standard error.
        stderr: String,
    },
    /// A line that is not a reply.
    #[error("the worker answered `{operation}` with a line that is not a protocol reply: {line}")]
    Garbage {
        /// The request it was working on.
        operation: &'static str,
        /// The beginning of the line.
        line: String,
    },
    /// A reply to a request that is not open.
    #[error(
        "the worker answered request {answered} while request {asked} (`{operation}`) was open: it answers twice or out of turn"
    )]
    WrongReply {
        /// The request it was working on.
        operation: &'static str,
        /// The id that was open.
        asked: u64,
        /// The id it answered.
        answered: u64,
    },
    /// A line longer than the protocol allows.
    #[error("the worker answered `{operation}` with a line of more than {limit} bytes")]
    LineTooLong {
        /// The request it was working on.
        operation: &'static str,
        /// The bound in bytes.
        limit: usize,
    },
    /// More standard error than anyone can read.
    #[error("the worker wrote more than {limit} bytes to its standard error and was killed{}", tail(.stderr))]
    Flooded {
        /// The bound in bytes.
        limit: usize,
        /// The last lines it wrote to its standard error.
        stderr: String,
    },
    /// The worker says itself that it failed.
    #[error("the worker failed in `{operation}`: {message}")]
    Reported {
        /// The request it was working on.
        operation: &'static str,
        /// Its own words.
        message: String,
    },
    /// A reply without what the protocol asks for.
    #[error("the worker's answer to `{operation}` does not fit the protocol: {problem}")]
    Malformed {
        /// The request it was working on.
        operation: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// A connection that nobody reads and nobody closes.
    #[error("an exchange was still open {} s after the application had gone on", .deadline.as_secs_f64())]
    StillOpen {
        /// How long it had.
        deadline: Duration,
    },
    /// The worker says hello with other packages than the lock.
    #[error("the worker runs {package} {found}, but the lock says {locked}; remove {environment} and run again")]
    NotTheLock {
        /// The package.
        package: String,
        /// The version it has.
        found: String,
        /// The version it should have.
        locked: String,
        /// The environment's folder.
        environment: String,
    },
}

impl WorkerFault {
    /// A reply lacks what the protocol asks for.
    pub fn missing(operation: &'static str, member: &str) -> Self {
        Self::Malformed { operation, problem: format!("`{member}` is missing") }
    }

    /// A fault of code in this process.
    pub fn own(operation: &'static str, error: &dyn std::fmt::Display) -> Self {
        Self::Reported { operation, message: error.to_string() }
    }
}

/// The last lines, as much of each as a person reads.
fn tail(stderr: &str) -> String {
    let lines: Vec<String> = stderr.lines().rev().take(8).map(|line| line.chars().take(400).collect()).collect();
    if lines.is_empty() {
        return String::new();
    }
    let lines: Vec<String> = lines.into_iter().rev().collect();
    format!("; its last words:\n    {}", lines.join("\n    "))
}
