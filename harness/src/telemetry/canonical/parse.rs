//! Text → document. The inverse of `render`.

use super::block::{Block, blocks};
use super::document::{
    Document, DocumentAttributes, DocumentEvent, DocumentLink, DocumentLog, DocumentMetric, DocumentPayload,
    DocumentPoint, DocumentScope, DocumentSection, DocumentSpan, DocumentStatus, DocumentValue, Double, Heading,
    HistogramSum, Instrument, Measure, SpanLabel, TraceLabel,
};
use super::facts::{FactError, insert, read_label, read_name, read_path, read_value};
use super::placeholder::PlaceholderKind;
use super::text::{Text, read_quoted};
use crate::diagnose::from_word;
use crate::telemetry::SpanKind;

/// Why a text is no document, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {kind}")]
pub struct ParseError {
    /// Line number, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub kind: ParseErrorKind,
}

/// What is wrong with a line of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseErrorKind {
    /// An odd number of spaces, or a level left out.
    #[error("the indentation fits no line above")]
    Indentation,
    /// A line that is not known where it stands.
    #[error("`{0}` is not known here")]
    Unknown(String),
    /// A field that must be there is not.
    #[error("the field `{0}` is missing")]
    Missing(&'static str),
    /// A field or attribute is there twice.
    #[error("`{0}` is there twice")]
    Twice(String),
    /// A field whose value is not one that it can have.
    #[error("`{field}` cannot be `{value}`")]
    Field {
        /// The field.
        field: String,
        /// What it says.
        value: String,
    },
    /// A fact that cannot be read.
    #[error(transparent)]
    Fact(#[from] FactError),
}

type Parsed<T> = Result<T, ParseError>;

/// Reads a document from the text that [`super::render`] gives.
pub fn parse(text: &str) -> Parsed<Document> {
    Ok(Document { sections: blocks(text)?.iter().map(section).collect::<Parsed<_>>()? })
}

fn section(block: &Block<'_>) -> Parsed<DocumentSection> {
    let heading = match block.text.split_once(' ') {
        None if block.text == "close" => Heading::Close,
        Some(("step", id)) => Heading::Step(block.bare_or_quoted(id)?),
        Some(("group", id)) => Heading::Group(block.bare_or_quoted(id)?),
        Some(("parallel", id)) => Heading::Parallel(block.bare_or_quoted(id)?),
        _ => return Err(block.unknown()),
    };
    let mut section =
        DocumentSection { heading, spans: Vec::new(), logs: Vec::new(), metrics: Vec::new(), payloads: Vec::new() };
    for child in &block.children {
        match child.text.split_once(' ') {
            Some(("span", name)) => section.spans.push(span(child, name)?),
            Some(("log", name)) => section.logs.push(log(child, name)?),
            Some(("metric", name)) => section.metrics.push(metric(child, name)?),
            Some(("payload", request)) => section.payloads.push(payload(child, request)?),
            _ => return Err(child.unknown()),
        }
    }
    Ok(section)
}

fn span(block: &Block<'_>, name: &str) -> Parsed<DocumentSpan> {
    let mut facts = Facts::of(block)?;
    Ok(DocumentSpan {
        name: block.quoted(name)?,
        id: facts.optional("id", span_label)?,
        kind: facts.required("kind", span_kind)?,
        status: facts.required("status", status)?,
        parent: facts
            .required("parent", |text| if text == "none" { Some(None) } else { span_label(text).map(Some) })?,
        trace: facts.required("trace", trace_label)?,
        scope: facts.scope()?,
        events: facts.blocks("event", |event, name| {
            Ok(DocumentEvent { name: event.quoted(name)?, attributes: Facts::of(event)?.rest()? })
        })?,
        links: facts.blocks("link", |link, _| {
            let mut facts = Facts::of(link)?;
            Ok(DocumentLink {
                span: facts.required("span", span_label)?,
                trace: facts.required("trace", trace_label)?,
                attributes: facts.rest()?,
            })
        })?,
        attributes: facts.rest()?,
    })
}

fn log(block: &Block<'_>, name: &str) -> Parsed<DocumentLog> {
    let mut facts = Facts::of(block)?;
    Ok(DocumentLog {
        event_name: block.quoted(name)?,
        span: facts.optional("span", span_label)?,
        trace: facts.optional("trace", trace_label)?,
        scope: facts.scope()?,
        severity: facts.optional("severity", |text| text.parse().ok())?.unwrap_or(0),
        body: facts.value("body")?.unwrap_or(DocumentValue::Empty),
        attributes: facts.rest()?,
    })
}

fn metric(block: &Block<'_>, name: &str) -> Parsed<DocumentMetric> {
    let mut facts = Facts::of(block)?;
    let metric = DocumentMetric {
        name: block.name(name)?,
        instrument: facts.required("instrument", instrument)?,
        unit: facts.text("unit")?.unwrap_or_default(),
        scope: facts.scope()?,
        points: facts.blocks("point", |block, _| point(block))?,
    };
    facts.nothing_else()?;
    Ok(metric)
}

fn payload(block: &Block<'_>, request: &str) -> Parsed<DocumentPayload> {
    let mut facts = Facts::of(block)?;
    let body = facts.value("body")?.unwrap_or(DocumentValue::Empty);
    facts.nothing_else()?;
    Ok(DocumentPayload { request: block.quoted(request)?, body })
}

fn point(block: &Block<'_>) -> Parsed<DocumentPoint> {
    let mut facts = Facts::of(block)?;
    let measure = match facts.value("value")? {
        Some(value) => Measure::Number(value),
        None => Measure::Histogram {
            count: facts.required("count", |text| text.parse().ok())?,
            sum: facts.required("sum", |text| match text {
                "<duration>" => Some(HistogramSum::Duration),
                _ => double(text).map(HistogramSum::Number),
            })?,
            bounds: facts.optional("bounds", |text| list(text, double))?.unwrap_or_default(),
            buckets: facts.optional("buckets", |text| list(text, |item| item.parse().ok()))?.unwrap_or_default(),
        },
    };
    Ok(DocumentPoint { attributes: facts.rest()?, measure })
}

fn double(text: &str) -> Option<Double> {
    text.parse().ok().map(Double)
}

fn list<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    text.strip_prefix('[')?.strip_suffix(']')?.split(", ").map(read).collect()
}

fn span_label(text: &str) -> Option<SpanLabel> {
    read_label(text, PlaceholderKind::Span).map(SpanLabel)
}

fn trace_label(text: &str) -> Option<TraceLabel> {
    read_label(text, PlaceholderKind::Trace).map(TraceLabel)
}

fn span_kind(text: &str) -> Option<SpanKind> {
    from_word(text)
}

fn instrument(text: &str) -> Option<Instrument> {
    from_word(text)
}

fn status(text: &str) -> Option<DocumentStatus> {
    match text {
        "unset" => Some(DocumentStatus::Unset),
        "ok" => Some(DocumentStatus::Ok),
        _ => match read_quoted(text.strip_prefix("error ")?) {
            Ok((message, "")) => Some(DocumentStatus::Error(message)),
            _ => None,
        },
    }
}

impl Block<'_> {
    fn error(&self, kind: impl Into<ParseErrorKind>) -> ParseError {
        ParseError { line: self.line, kind: kind.into() }
    }

    fn unknown(&self) -> ParseError {
        self.error(ParseErrorKind::Unknown(self.text.to_owned()))
    }

    /// A quoted text that takes all of `input`.
    fn quoted(&self, input: &str) -> Parsed<Text> {
        match read_quoted(input).map_err(|error| self.error(FactError::from(error)))? {
            (text, "") => Ok(text),
            (_, rest) => Err(self.error(FactError::Trailing(rest.to_owned()))),
        }
    }

    fn name(&self, input: &str) -> Parsed<String> {
        let text = self.quoted(input)?;
        text.as_literal().map(str::to_owned).ok_or_else(|| self.error(FactError::PlaceholderInName))
    }

    fn bare_or_quoted(&self, input: &str) -> Parsed<String> {
        if input.starts_with('"') { self.name(input) } else { Ok(input.to_owned()) }
    }

    /// What follows the name or path of a fact: ` = value`, ` : marker`, or ` : marker = value`.
    fn fact_value(&self, rest: &str) -> Parsed<DocumentValue> {
        if let Some(value) = rest.strip_prefix(" = ") {
            if !self.children.is_empty() {
                return Err(self.children[0].unknown());
            }
            return read_value(value).map_err(|error| self.error(error));
        }
        let marker = rest.strip_prefix(" : ").ok_or_else(|| self.unknown())?;
        match marker.split_once(" = ").map_or((marker, None), |(marker, value)| (marker, Some(value))) {
            ("json", Some(value)) => {
                let value = read_value(value).map_err(|error| self.error(error))?;
                Ok(DocumentValue::Json(Box::new(value)))
            }
            ("json", None) => Ok(DocumentValue::Json(Box::new(self.nested()?))),
            ("broken-json", Some(value)) => Ok(DocumentValue::BrokenJson(self.quoted(value)?)),
            ("map" | "array", None) => self.nested(),
            _ => Err(self.unknown()),
        }
    }

    /// The container that the facts below this line make.
    fn nested(&self) -> Parsed<DocumentValue> {
        let mut root = None;
        for child in &self.children {
            let (path, rest) = read_path(child.text).map_err(|error| child.error(error))?;
            let value = child.fact_value(rest)?;
            insert(&mut root, &path, value).ok_or_else(|| child.error(FactError::Conflict(child.text.to_owned())))?;
        }
        root.ok_or_else(|| self.unknown())
    }
}

/// The lines of a block by what they are; fields are taken out one by one, what is left are attributes.
struct Facts<'block, 'text> {
    block: &'block Block<'text>,
    fields: Vec<(&'text str, &'text str, &'block Block<'text>)>,
    attributes: DocumentAttributes,
    blocks: Vec<&'block Block<'text>>,
}

impl<'block, 'text> Facts<'block, 'text> {
    fn of(block: &'block Block<'text>) -> Parsed<Self> {
        let mut facts = Self { block, fields: Vec::new(), attributes: DocumentAttributes::new(), blocks: Vec::new() };
        for child in &block.children {
            if child.text.starts_with('"') {
                let (name, rest) = read_name(child.text).map_err(|error| child.error(error))?;
                facts.attribute(child, name, rest)?;
                continue;
            }
            let name = child.text.split(' ').next().unwrap_or_default();
            let rest = &child.text[name.len()..];
            if !rest.starts_with(" = ") && !rest.starts_with(" : ") {
                facts.blocks.push(child);
            } else if super::facts::is_bare_name(name) {
                facts.attribute(child, name.to_owned(), rest)?;
            } else if facts.fields.iter().any(|(field, ..)| *field == name) {
                return Err(child.error(ParseErrorKind::Twice(name.to_owned())));
            } else {
                facts.fields.push((name, rest, child));
            }
        }
        Ok(facts)
    }

    fn attribute(&mut self, block: &Block<'_>, name: String, rest: &str) -> Parsed<()> {
        let value = block.fact_value(rest)?;
        if self.attributes.contains_key(&name) {
            return Err(block.error(ParseErrorKind::Twice(name)));
        }
        self.attributes.insert(name, value);
        Ok(())
    }

    fn take(&mut self, field: &str) -> Option<(&'text str, &'block Block<'text>)> {
        let index = self.fields.iter().position(|(name, ..)| *name == field)?;
        let (_, rest, block) = self.fields.remove(index);
        Some((rest, block))
    }

    fn optional<T>(&mut self, field: &'static str, read: impl FnOnce(&str) -> Option<T>) -> Parsed<Option<T>> {
        let Some((rest, block)) = self.take(field) else { return Ok(None) };
        let value = rest.strip_prefix(" = ").ok_or_else(|| block.unknown())?;
        read(value)
            .map(Some)
            .ok_or_else(|| block.error(ParseErrorKind::Field { field: field.to_owned(), value: value.to_owned() }))
    }

    fn required<T>(&mut self, field: &'static str, read: impl FnOnce(&str) -> Option<T>) -> Parsed<T> {
        self.optional(field, read)?.ok_or_else(|| self.block.error(ParseErrorKind::Missing(field)))
    }

    fn value(&mut self, field: &str) -> Parsed<Option<DocumentValue>> {
        self.take(field).map(|(rest, block)| block.fact_value(rest)).transpose()
    }

    fn text(&mut self, field: &'static str) -> Parsed<Option<String>> {
        let Some((rest, block)) = self.take(field) else { return Ok(None) };
        block.bare_or_quoted(rest.strip_prefix(" = ").ok_or_else(|| block.unknown())?).map(Some)
    }

    fn scope(&mut self) -> Parsed<DocumentScope> {
        Ok(DocumentScope {
            name: self.text("scope")?.ok_or_else(|| self.block.error(ParseErrorKind::Missing("scope")))?,
            schema_url: self.text("schema_url")?.unwrap_or_default(),
            attributes: match self.take("scope_attributes") {
                None => DocumentAttributes::new(),
                Some((rest, block)) => match block.fact_value(rest)? {
                    DocumentValue::Map(map) => map,
                    _ => return Err(block.unknown()),
                },
            },
        })
    }

    /// Takes the blocks that begin with `word`.
    fn blocks<T>(&mut self, word: &str, read: impl Fn(&Block<'_>, &str) -> Parsed<T>) -> Parsed<Vec<T>> {
        let first = |block: &Block<'_>| block.text.split(' ').next() == Some(word);
        let (taken, left) = std::mem::take(&mut self.blocks).into_iter().partition(|block| first(block));
        self.blocks = left;
        let taken: Vec<_> = taken;
        taken.into_iter().map(|block| read(block, block.text[word.len()..].trim_start())).collect()
    }

    /// The attributes. Fields and blocks that nothing took are mistakes.
    fn rest(self) -> Parsed<DocumentAttributes> {
        let strays = self.fields.iter().map(|(_, _, block)| *block).chain(self.blocks.iter().copied());
        match strays.min_by_key(|block| block.line) {
            Some(stray) => Err(stray.unknown()),
            None => Ok(self.attributes),
        }
    }
    /// For a block that has no attributes.
    fn nothing_else(self) -> Parsed<()> {
        let block = self.block;
        match self.rest()?.into_keys().next() {
            Some(name) => Err(block.error(ParseErrorKind::Unknown(name))),
            None => Ok(()),
        }
    }
}
