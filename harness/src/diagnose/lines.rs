//! Where the lines of a text begin: found once, so that every position after it is a search and not a walk.

use std::ops::Range;

/// The first bytes of the lines of a text.
pub(super) struct Lines {
    starts: Vec<usize>,
    length: usize,
}

impl Lines {
    pub(super) fn of(text: &str) -> Self {
        let after_breaks = text.match_indices('\n').map(|(newline, _)| newline + 1);
        Self { starts: std::iter::once(0).chain(after_breaks).collect(), length: text.len() }
    }

    /// The line of a byte, from 0.
    pub(super) fn line_of(&self, byte: usize) -> usize {
        self.starts.partition_point(|start| *start <= byte) - 1
    }

    /// The bytes from the beginning of one line to the end of another, its line break included.
    pub(super) fn span(&self, first: usize, last: usize) -> Range<usize> {
        self.starts[first]..self.starts.get(last + 1).copied().unwrap_or(self.length)
    }
}
