//! Numbers of placeholders, given in the order in which the text shows them.

use std::collections::HashMap;

use super::document::{Document, DocumentAttributes, DocumentStatus, DocumentValue, Measure};
use super::placeholder::PlaceholderKind;
use super::text::{Piece, Text};

/// Replaces provisional numbers by final ones, from 1 for each kind.
pub(super) fn number(document: &mut Document) {
    let mut numbering = Numbering { kinds: HashMap::new() };
    for section in &mut document.sections {
        for span in &mut section.spans {
            numbering.text(&mut span.name);
            span.id.iter_mut().for_each(|id| numbering.label(PlaceholderKind::Span, &mut id.0));
            if let DocumentStatus::Error(message) = &mut span.status {
                numbering.text(message);
            }
            span.parent.iter_mut().for_each(|parent| numbering.label(PlaceholderKind::Span, &mut parent.0));
            numbering.label(PlaceholderKind::Trace, &mut span.trace.0);
            numbering.attributes(&mut span.scope.attributes);
            numbering.attributes(&mut span.attributes);
            for event in &mut span.events {
                numbering.text(&mut event.name);
                numbering.attributes(&mut event.attributes);
            }
            for link in &mut span.links {
                numbering.label(PlaceholderKind::Span, &mut link.span.0);
                numbering.label(PlaceholderKind::Trace, &mut link.trace.0);
                numbering.attributes(&mut link.attributes);
            }
        }
        for log in &mut section.logs {
            numbering.text(&mut log.event_name);
            log.span.iter_mut().for_each(|span| numbering.label(PlaceholderKind::Span, &mut span.0));
            log.trace.iter_mut().for_each(|trace| numbering.label(PlaceholderKind::Trace, &mut trace.0));
            numbering.attributes(&mut log.scope.attributes);
            numbering.value(&mut log.body);
            numbering.attributes(&mut log.attributes);
        }
        for metric in &mut section.metrics {
            numbering.attributes(&mut metric.scope.attributes);
            for point in &mut metric.points {
                numbering.attributes(&mut point.attributes);
                if let Measure::Number(value) = &mut point.measure {
                    numbering.value(value);
                }
            }
        }
    }
}

struct Numbering {
    kinds: HashMap<PlaceholderKind, HashMap<u32, u32>>,
}

impl Numbering {
    fn label(&mut self, kind: PlaceholderKind, number: &mut u32) {
        if !kind.is_numbered() {
            return;
        }
        let given = self.kinds.entry(kind).or_default();
        let next = u32::try_from(given.len()).unwrap_or(u32::MAX).saturating_add(1);
        *number = *given.entry(*number).or_insert(next);
    }

    fn text(&mut self, text: &mut Text) {
        for piece in &mut text.pieces {
            if let Piece::Placeholder(placeholder) = piece {
                self.label(placeholder.kind(), &mut placeholder.number);
            }
        }
    }

    fn attributes(&mut self, attributes: &mut DocumentAttributes) {
        attributes.values_mut().for_each(|value| self.value(value));
    }

    fn value(&mut self, value: &mut DocumentValue) {
        match value {
            DocumentValue::Text(text) | DocumentValue::BrokenJson(text) => self.text(text),
            DocumentValue::IntPlaceholder(placeholder) | DocumentValue::DoublePlaceholder(placeholder) => {
                self.label(placeholder.kind(), &mut placeholder.number);
            }
            DocumentValue::Array(values) => values.iter_mut().for_each(|value| self.value(value)),
            DocumentValue::Map(map) => self.attributes(map),
            DocumentValue::Json(inner) => self.value(inner),
            DocumentValue::Bool(_)
            | DocumentValue::Int(_)
            | DocumentValue::Double(_)
            | DocumentValue::Bytes(_)
            | DocumentValue::Empty => {}
        }
    }
}
