//! The cloud as a pure function: requests in, bytes out.

mod any_bytes;
mod chat;
mod embeddings;
mod errors;
mod identity;
mod made_up;
mod routing;
mod stream;
mod support;
mod surfaces;
