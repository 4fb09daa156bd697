//! Making details, and joining what releases say alike.

use std::sync::Arc;

use serde_json::Value;

use crate::semconv::{AttributeRow, Detail, ReleaseSet, SourceRow};

/// The key of an attribute's name in a context.
pub(super) const ATTRIBUTE_KEY: &str = "attribute_key";

/// A detail.
pub(super) fn detail(
    subject: &Arc<str>,
    context: Vec<(&'static str, Value)>,
    message: String,
    rows: Vec<SourceRow>,
) -> Arc<Detail> {
    Arc::new(Detail { subject: Arc::clone(subject), context, message, rows })
}

/// The source row of an attribute.
pub(super) fn attribute_source(name: &str, releases: ReleaseSet, row: &AttributeRow) -> SourceRow {
    SourceRow { releases, text: format!("attribute {name}: {row}") }
}

/// The source of a finding that rests on the absence of a row.
pub(super) fn absence_source(kind: &str, name: &str, releases: ReleaseSet) -> Vec<SourceRow> {
    vec![SourceRow { releases, text: format!("no {kind} {name}") }]
}

/// Things that hold for sets of releases, joined when they are equal.
pub(super) struct Groups<K>(pub(super) Vec<(K, ReleaseSet, Vec<SourceRow>)>);

impl<K: PartialEq> Groups<K> {
    pub(super) fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds one; `row` is only made when it is needed.
    pub(super) fn add(&mut self, key: K, releases: ReleaseSet, row: impl FnOnce() -> SourceRow) {
        match self.0.iter_mut().find(|(known, ..)| *known == key) {
            Some((_, set, rows)) => {
                *set = set.or(releases);
                rows.push(row());
            }
            None => self.0.push((key, releases, vec![row()])),
        }
    }
}
