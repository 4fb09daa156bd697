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
mod restore;
mod text;

#[cfg(test)]
pub(super) mod arbitrary;
#[cfg(test)]
mod draft_tests;
#[cfg(test)]
mod parse_tests;

pub use document::{
    Document, DocumentAttributes, DocumentEvent, DocumentLink, DocumentLog, DocumentMetric, DocumentPayload,
    DocumentPoint, DocumentScope, DocumentSection, DocumentSpan, DocumentStatus, DocumentValue, Double, Heading,
    HistogramSum, Instrument, Measure, SpanLabel, TraceLabel, to_attributes,
};
pub use draft::{Canonical, document};
pub use facts::FactError;
pub use parse::{ParseError, ParseErrorKind, parse};
pub use placeholder::{Placeholder, PlaceholderKind};
pub use render::render;
pub use replace::{has_address, without_address};
pub use restore::restore;
pub use text::{Piece, Text};
