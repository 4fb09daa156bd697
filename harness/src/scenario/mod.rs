//! Scenarios: what an application does with Azure OpenAI, and what the service answers.
//!
//! Knows the TOML shape, its meaning and its mistakes. Must not know flavors, files or how a step is performed. Pure.

mod call;
mod check;
mod expand;
mod feature;
mod model;
mod operation;
mod parallel;
mod parse;
mod plan;
mod reply;
mod responses;
#[cfg(test)]
mod sample;

pub(crate) use call::seconds;
pub use feature::*;
pub use model::*;
pub use operation::*;
pub use parallel::*;
pub use parse::*;
pub use plan::*;
pub use reply::*;
#[cfg(test)]
pub(crate) use sample::{sample, sample_text, sample_with};
