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

pub use concept::{Arity, Concept, Kind, Sensitivity};
pub use embedded::{EMBEDDED, embedded, vocabularies};
pub use file::{ConceptTable, ConditionTable, ConventionFile, MetricTable, SpellingTable, SplitTable};
pub use model::{Condition, Convention, MetricRole, Spelling, SpellingType, Spellings, Take};
pub use path::{JsonPath, JsonPathError};
pub use read::{Evidence, Reading, to_json};
pub use release::{Numbers, Release, ReleaseError};
pub use template::{Indexes, Template, TemplateError};
pub use vocabulary::{Counterpart, SpanNames, Vocabulary, VocabularySource};
