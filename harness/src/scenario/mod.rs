//! Scenarios: what an application does with Azure OpenAI, and what the service answers.
//!
//! Knows the TOML shape, its meaning and its mistakes. Must not know flavors, files or how a step is performed. Pure.

mod model;

pub use model::*;
