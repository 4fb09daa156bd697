//! Document → text. The inverse is `parse`.

use std::fmt::{Display, Write};

use super::document::{
    Document, DocumentAttributes, DocumentEvent, DocumentLink, DocumentLog, DocumentMetric, DocumentPayload,
    DocumentPoint, DocumentScope, DocumentSection, DocumentSpan, DocumentStatus, DocumentValue, Double, Heading,
    HistogramSum, Measure,
};
use super::facts::{is_bare_key, is_bare_name};
use super::number::Numbering;
use super::placeholder::{Placeholder, PlaceholderKind};
use super::text::{Piece, Text, write_escaped, write_quoted};

/// The text of a document: one fact per line, two spaces per level, a newline at the end.
pub fn render(document: &Document) -> String {
    let mut writer = Writer { out: String::new(), numbering: None };
    for section in &document.sections {
        writer.section(section);
    }
    writer.out
}

/// The text of one part, for ordering: of the provisional numbers only those show that parts before have settled, as
/// final ones.
pub(super) fn order_text(numbering: &Numbering, write: impl FnOnce(&mut Writer<'_>)) -> String {
    let mut writer = Writer { out: String::new(), numbering: Some(numbering) };
    write(&mut writer);
    writer.out
}

pub(super) struct Writer<'a> {
    out: String,
    /// Where the numbers are provisional: which are settled.
    numbering: Option<&'a Numbering>,
}

impl Writer<'_> {
    fn section(&mut self, section: &DocumentSection) {
        match &section.heading {
            Heading::Step(id) => self.heading("step", id),
            Heading::Group(id) => self.heading("group", id),
            Heading::Parallel(id) => self.heading("parallel", id),
            Heading::Close => self.out.push_str("close\n"),
        }
        section.spans.iter().for_each(|span| self.span(span));
        section.logs.iter().for_each(|log| self.log(log));
        section.metrics.iter().for_each(|metric| self.metric(metric));
        section.payloads.iter().for_each(|payload| self.payload(payload));
    }

    fn heading(&mut self, word: &str, id: &str) {
        self.out.push_str(word);
        self.out.push(' ');
        self.bare_or_quoted(id);
        self.out.push('\n');
    }

    pub(super) fn span(&mut self, span: &DocumentSpan) {
        self.title(1, "span", &span.name);
        if let Some(id) = span.id {
            self.label(2, "id", PlaceholderKind::Span, id.0);
        }
        self.fact(2, "kind", span.kind.as_str());
        match &span.status {
            DocumentStatus::Unset => self.fact(2, "status", "unset"),
            DocumentStatus::Ok => self.fact(2, "status", "ok"),
            DocumentStatus::Error(message) => {
                self.start(2, "status");
                self.out.push_str("error ");
                self.quoted(message);
                self.out.push('\n');
            }
        }
        match span.parent {
            Some(parent) => self.label(2, "parent", PlaceholderKind::Span, parent.0),
            None => self.fact(2, "parent", "none"),
        }
        self.label(2, "trace", PlaceholderKind::Trace, span.trace.0);
        self.scope(2, &span.scope);
        self.attributes(2, &span.attributes);
        span.events.iter().for_each(|event| self.event(event));
        span.links.iter().for_each(|link| self.link(link));
    }

    fn event(&mut self, event: &DocumentEvent) {
        self.title(2, "event", &event.name);
        self.attributes(3, &event.attributes);
    }

    fn link(&mut self, link: &DocumentLink) {
        self.indent(2);
        self.out.push_str("link\n");
        self.label(3, "span", PlaceholderKind::Span, link.span.0);
        self.label(3, "trace", PlaceholderKind::Trace, link.trace.0);
        self.attributes(3, &link.attributes);
    }

    pub(super) fn log(&mut self, log: &DocumentLog) {
        self.title(1, "log", &log.event_name);
        if let Some(span) = log.span {
            self.label(2, "span", PlaceholderKind::Span, span.0);
        }
        if let Some(trace) = log.trace {
            self.label(2, "trace", PlaceholderKind::Trace, trace.0);
        }
        self.scope(2, &log.scope);
        if log.severity != 0 {
            self.fact(2, "severity", log.severity);
        }
        if log.body != DocumentValue::Empty {
            self.value(2, "body", &log.body);
        }
        self.attributes(2, &log.attributes);
    }

    pub(super) fn metric(&mut self, metric: &DocumentMetric) {
        self.title(1, "metric", &Text::literal(metric.name.as_str()));
        self.fact(2, "instrument", metric.instrument.as_str());
        if !metric.unit.is_empty() {
            self.start(2, "unit");
            write_quoted(&mut self.out, &metric.unit);
            self.out.push('\n');
        }
        self.scope(2, &metric.scope);
        metric.points.iter().for_each(|point| self.point(point));
    }

    pub(super) fn payload(&mut self, payload: &DocumentPayload) {
        self.title(1, "payload", &payload.request);
        if payload.body != DocumentValue::Empty {
            self.value(2, "body", &payload.body);
        }
    }

    /// Attributes before the measure: they tell which point it is.
    pub(super) fn point(&mut self, point: &DocumentPoint) {
        self.indent(2);
        self.out.push_str("point\n");
        self.attributes(3, &point.attributes);
        match &point.measure {
            Measure::Number(value) => self.value(3, "value", value),
            Measure::Histogram { count, sum, bounds, buckets } => {
                self.fact(3, "count", count);
                self.start(3, "sum");
                match sum {
                    HistogramSum::Number(number) => self.double(*number),
                    HistogramSum::Duration => self.placeholder(Placeholder::new(PlaceholderKind::Duration, 0)),
                }
                self.out.push('\n');
                if !bounds.is_empty() {
                    self.list(3, "bounds", bounds, |writer, bound| writer.double(*bound));
                }
                if !buckets.is_empty() {
                    self.list(3, "buckets", buckets, |writer, bucket| writer.display(bucket));
                }
            }
        }
    }

    fn list<T>(&mut self, level: usize, name: &str, items: &[T], write: impl Fn(&mut Self, &T)) {
        self.start(level, name);
        self.items(items, write);
        self.out.push('\n');
    }

    fn items<T>(&mut self, items: &[T], write: impl Fn(&mut Self, &T)) {
        self.out.push('[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push_str(", ");
            }
            write(self, item);
        }
        self.out.push(']');
    }

    fn scope(&mut self, level: usize, scope: &DocumentScope) {
        self.start(level, "scope");
        self.bare_or_quoted(&scope.name);
        self.out.push('\n');
        if !scope.schema_url.is_empty() {
            self.start(level, "schema_url");
            write_quoted(&mut self.out, &scope.schema_url);
            self.out.push('\n');
        }
        if !scope.attributes.is_empty() {
            self.indent(level);
            self.out.push_str("scope_attributes : map\n");
            self.map(level + 1, &mut String::new(), &scope.attributes);
        }
    }

    fn attributes(&mut self, level: usize, attributes: &DocumentAttributes) {
        let mut quoted = String::new();
        for (name, value) in attributes {
            if is_bare_name(name) {
                self.value(level, name, value);
            } else {
                quoted.clear();
                write_quoted(&mut quoted, name);
                self.value(level, &quoted, value);
            }
        }
    }

    /// A fact, on one line if it can be, else as a block of facts with their paths.
    fn value(&mut self, level: usize, name: &str, value: &DocumentValue) {
        if is_inline(value) {
            self.start(level, name);
            self.inline(value);
            self.out.push('\n');
            return;
        }
        self.indent(level);
        self.out.push_str(name);
        match value {
            DocumentValue::BrokenJson(text) => {
                self.out.push_str(" : broken-json = ");
                self.quoted(text);
                self.out.push('\n');
            }
            DocumentValue::Json(inner) => {
                self.out.push_str(" : json");
                if is_inline(inner) {
                    self.out.push_str(" = ");
                    self.inline(inner);
                    self.out.push('\n');
                } else {
                    self.out.push('\n');
                    self.facts(level + 1, &mut String::new(), inner);
                }
            }
            DocumentValue::Array(_) => {
                self.out.push_str(" : array\n");
                self.facts(level + 1, &mut String::new(), value);
            }
            _ => {
                self.out.push_str(" : map\n");
                self.facts(level + 1, &mut String::new(), value);
            }
        }
    }

    /// The facts of a container, each with its full path.
    fn facts(&mut self, level: usize, path: &mut String, value: &DocumentValue) {
        match value {
            DocumentValue::Map(map) if !map.is_empty() => self.map(level, path, map),
            DocumentValue::Array(values) if !is_inline(value) => {
                for (index, value) in values.iter().enumerate() {
                    let length = path.len();
                    write!(path, "[{index}]").expect("writing to a string does not fail");
                    self.facts(level, path, value);
                    path.truncate(length);
                }
            }
            _ => self.value(level, path, value),
        }
    }

    fn map(&mut self, level: usize, path: &mut String, map: &DocumentAttributes) {
        for (key, value) in map {
            let length = path.len();
            if length > 0 {
                path.push('.');
            }
            if is_bare_key(key) {
                path.push_str(key);
            } else {
                write_quoted(path, key);
            }
            self.facts(level, path, value);
            path.truncate(length);
        }
    }

    fn inline(&mut self, value: &DocumentValue) {
        match value {
            DocumentValue::Text(text) => match text.as_placeholder() {
                Some(placeholder) => self.placeholder(placeholder),
                None => self.quoted(text),
            },
            DocumentValue::Bool(value) => self.display(value),
            DocumentValue::Int(value) => self.display(value),
            DocumentValue::Double(value) => self.double(*value),
            DocumentValue::Bytes(bytes) => {
                self.out.push_str("hex\"");
                for byte in bytes {
                    self.display(format_args!("{byte:02x}"));
                }
                self.out.push('"');
            }
            DocumentValue::Empty => self.out.push_str("null"),
            DocumentValue::IntPlaceholder(placeholder) => self.number_placeholder(*placeholder, "int"),
            DocumentValue::DoublePlaceholder(placeholder) => self.number_placeholder(*placeholder, "double"),
            DocumentValue::Array(values) => self.items(values, Self::inline),
            DocumentValue::Map(_) | DocumentValue::Json(_) | DocumentValue::BrokenJson(_) => self.out.push_str("{}"),
        }
    }

    fn quoted(&mut self, text: &Text) {
        self.out.push('"');
        for piece in &text.pieces {
            match piece {
                Piece::Literal(text) => write_escaped(&mut self.out, text),
                Piece::Placeholder(placeholder) => self.placeholder(*placeholder),
            }
        }
        self.out.push('"');
    }

    fn placeholder(&mut self, placeholder: Placeholder) {
        let kind = placeholder.kind();
        let settled = |numbering: &Numbering| numbering.known(kind, placeholder.number);
        match self.numbering.map(settled) {
            None => self.display(placeholder),
            Some(Some(number)) => self.display(Placeholder::new(kind, number)),
            Some(None) => self.display(format_args!("<{}>", kind.as_str())),
        }
    }

    fn number_placeholder(&mut self, placeholder: Placeholder, type_word: &str) {
        self.placeholder(placeholder);
        self.out.pop();
        self.display(format_args!(" {type_word}>"));
    }

    fn label(&mut self, level: usize, name: &str, kind: PlaceholderKind, number: u32) {
        self.start(level, name);
        self.placeholder(Placeholder::new(kind, number));
        self.out.push('\n');
    }

    /// Rust's own shortest text that reads back to the same double; always with a point or an exponent.
    fn double(&mut self, number: Double) {
        self.display(format_args!("{:?}", number.0));
    }

    fn title(&mut self, level: usize, word: &str, name: &Text) {
        self.indent(level);
        self.out.push_str(word);
        self.out.push(' ');
        self.quoted(name);
        self.out.push('\n');
    }

    fn fact(&mut self, level: usize, name: &str, value: impl Display) {
        self.start(level, name);
        self.display(value);
        self.out.push('\n');
    }

    fn start(&mut self, level: usize, name: &str) {
        self.indent(level);
        self.out.push_str(name);
        self.out.push_str(" = ");
    }

    fn bare_or_quoted(&mut self, text: &str) {
        if is_bare_name(text) {
            self.out.push_str(text);
        } else {
            write_quoted(&mut self.out, text);
        }
    }

    fn indent(&mut self, level: usize) {
        (0..level).for_each(|_| self.out.push_str("  "));
    }

    fn display(&mut self, value: impl Display) {
        write!(self.out, "{value}").expect("writing to a string does not fail");
    }
}

/// Whether a value fits on the line of its name: all but maps, opened strings and arrays of those.
fn is_inline(value: &DocumentValue) -> bool {
    match value {
        DocumentValue::Array(values) => values.iter().all(|value| is_inline(value) && !is_container(value)),
        DocumentValue::Map(map) => map.is_empty(),
        DocumentValue::Json(_) | DocumentValue::BrokenJson(_) => false,
        _ => true,
    }
}

fn is_container(value: &DocumentValue) -> bool {
    matches!(value, DocumentValue::Array(_) | DocumentValue::Map(_))
}
