//! Concepts, and how each naming family spells them.
//!
//! Knows convention files and how to read a concept off a span. Must not know flavors, scenarios or what is right:
//! `judge` compares what is read here with what was expected. Start with [`Concept`], then [`Convention::read`]. Pure.

mod check;
mod concept;
mod embedded;
mod file;
mod model;
mod path;
mod read;
mod release;
mod template;
#[cfg(test)]
mod tests;
mod vocabulary;

pub use concept::Concept;
pub(crate) use concept::{Arity, Kind, Sensitivity};
pub(crate) use embedded::vocabularies;
pub use embedded::{EMBEDDED, embedded};
pub(crate) use file::{ConventionFile, MetricTable, SpellingTable, SplitTable};
pub use model::Convention;
pub(crate) use model::{Condition, MetricRole, Spelling, SpellingType, Spellings, Take};
pub(crate) use path::JsonPath;
pub use read::Evidence;
pub(crate) use read::{Reading, to_json};
pub use release::Release;
pub(crate) use release::ReleaseError;
pub(crate) use template::{Indexes, Template};
pub(crate) use vocabulary::{Counterpart, SpanNames, Vocabulary};
