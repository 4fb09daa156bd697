//! Numbers of placeholders, given in the order in which the text shows them.

use std::collections::HashMap;

use super::document::{DocumentAttributes, DocumentSection, DocumentStatus, DocumentValue, Measure};
use super::placeholder::PlaceholderKind;
use super::text::{Piece, Text};

/// Final numbers by provisional ones, from 1 for each kind. Section after section, so that a section can be ordered
/// by the numbers that those before it have settled.
#[derive(Default)]
pub(super) struct Numbering {
    kinds: HashMap<PlaceholderKind, HashMap<u32, u32>>,
}

impl Numbering {
    /// The final number of a placeholder, if something before had it.
    pub(super) fn known(&self, kind: PlaceholderKind, provisional: u32) -> Option<u32> {
        self.kinds.get(&kind)?.get(&provisional).copied()
    }

    /// Replaces the provisional numbers of a section that has its order.
    pub(super) fn section(&mut self, section: &mut DocumentSection) {
        for span in &mut section.spans {
            self.text(&mut span.name);
            span.id.iter_mut().for_each(|id| self.label(PlaceholderKind::Span, &mut id.0));
            if let DocumentStatus::Error(message) = &mut span.status {
                self.text(message);
            }
            span.parent.iter_mut().for_each(|parent| self.label(PlaceholderKind::Span, &mut parent.0));
            self.label(PlaceholderKind::Trace, &mut span.trace.0);
            self.attributes(&mut span.scope.attributes);
            self.attributes(&mut span.attributes);
            for event in &mut span.events {
                self.text(&mut event.name);
                self.attributes(&mut event.attributes);
            }
            for link in &mut span.links {
                self.label(PlaceholderKind::Span, &mut link.span.0);
                self.label(PlaceholderKind::Trace, &mut link.trace.0);
                self.attributes(&mut link.attributes);
            }
        }
        for log in &mut section.logs {
            self.text(&mut log.event_name);
            log.span.iter_mut().for_each(|span| self.label(PlaceholderKind::Span, &mut span.0));
            log.trace.iter_mut().for_each(|trace| self.label(PlaceholderKind::Trace, &mut trace.0));
            self.attributes(&mut log.scope.attributes);
            self.value(&mut log.body);
            self.attributes(&mut log.attributes);
        }
        for metric in &mut section.metrics {
            self.attributes(&mut metric.scope.attributes);
            for point in &mut metric.points {
                self.attributes(&mut point.attributes);
                if let Measure::Number(value) = &mut point.measure {
                    self.value(value);
                }
            }
        }
        for payload in &mut section.payloads {
            self.text(&mut payload.request);
            self.value(&mut payload.body);
        }
    }

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
        for value in attributes.values_mut() {
            self.value(value);
        }
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
