//! Span definitions: one class per kind of work, over all releases.

use std::fmt;

use super::{Requirement, Rows};
use crate::semconv::{ReleaseSet, SpanKind};

/// The place of a class in [`super::Registry::classes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassId(pub usize);

/// A part of a span-name template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamePart {
    /// Text as it is.
    Text(String),
    /// The value of an attribute.
    Attribute(String),
}

/// A span-name template, such as `{gen_ai.operation.name} {gen_ai.request.model}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameTemplate(pub Vec<NamePart>);

impl NameTemplate {
    /// Reads a template.
    pub fn parse(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            if !before.is_empty() {
                parts.push(NamePart::Text(before.to_owned()));
            }
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            parts.push(NamePart::Attribute(name.to_owned()));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(NamePart::Text(rest.to_owned()));
        }
        Self(parts)
    }
}

impl fmt::Display for NameTemplate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            NamePart::Text(text) => formatter.write_str(text),
            NamePart::Attribute(name) => write!(formatter, "{{{name}}}"),
        })
    }
}

/// A span definition over all releases. The same operations, provider and kind are the same class, whatever a release
/// calls it.
#[derive(Clone, Debug)]
pub struct SpanClass {
    /// Operations it stands for; empty for none that is fixed.
    pub operations: Vec<String>,
    /// The one provider it is for.
    pub provider: Option<String>,
    /// What a release calls it, and the id of its group.
    pub names: Rows<(String, String)>,
    /// Kinds it may have; the first is the one it should have.
    pub kinds: Rows<Vec<SpanKind>>,
    /// Span-name templates; the first that applies counts.
    pub span_names: Rows<Vec<NameTemplate>>,
    /// Its attributes.
    pub requirements: Vec<Requirement>,
}

impl SpanClass {
    /// Releases that have it.
    pub fn releases(&self) -> ReleaseSet {
        self.names.releases()
    }
}
