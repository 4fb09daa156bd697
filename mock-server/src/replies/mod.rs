//! Replies as files and scenarios say them.
//!
//! One language for everybody who is not writing Rust: the same words in a TOML file, in JSON, and in the scenarios of
//! azmatrix. Knows the words and what is wrong with them. Must not know where they are read from.

mod entry;
mod reply;
#[cfg(feature = "schemars")]
mod schema;

pub use entry::{BadEntry, Entry, Replies, When};
pub use reply::{BadReply, Choice, EarlierError, Embeddings, Raw, Reply, ToolCall};
#[cfg(feature = "schemars")]
pub(crate) use schema::without_example;
