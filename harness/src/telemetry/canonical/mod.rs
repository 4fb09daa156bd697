//! The canonical document: what a snapshot holds, and its text.
//!
//! `draft` turns telemetry into a document, `order` and `number` make it the same on every machine, `render` and
//! `parse` are inverse to each other. Knows shapes of volatile values; must not know which value is right, nor where a
//! vocabulary comes from.

mod block;
mod document;
mod draft;
mod facts;
mod json;
mod number;
mod order;
mod parse;
mod placeholder;
mod render;
mod replace;
#[cfg(test)]
mod restore;
mod text;

#[cfg(test)]
pub(super) mod arbitrary;
#[cfg(test)]
mod draft_tests;
#[cfg(test)]
mod parse_tests;

#[cfg(test)]
pub(crate) use document::DocumentSection;
pub use document::Heading;
pub(crate) use document::{
    Document, DocumentAttributes, DocumentLog, DocumentMetric, DocumentPoint, DocumentSpan, DocumentStatus,
    DocumentValue, Double, HistogramSum, Instrument, Measure,
};
pub use draft::{Canonical, document};
pub(crate) use parse::ParseError;
pub use parse::parse;
pub(crate) use placeholder::PlaceholderKind;
pub use render::render;
pub(crate) use replace::{has_address, without_address};
#[cfg(test)]
pub(crate) use restore::restore;
pub use text::Text;
