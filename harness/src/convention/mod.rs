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

pub use concept::*;
pub use embedded::*;
pub use file::*;
pub use model::*;
pub use path::*;
pub use read::*;
pub use release::*;
pub use template::*;
