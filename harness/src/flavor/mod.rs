//! Flavors: what an instrumentation product is, and what must be on the machine before it can run.

pub mod environment;
