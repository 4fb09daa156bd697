//! Lines → a tree of blocks by indentation.

use super::parse::{ParseError, ParseErrorKind};

/// A line and the lines that are indented below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block<'a> {
    /// Line number, from 1.
    pub(super) line: usize,
    /// The line without its indentation.
    pub(super) text: &'a str,
    /// What is below it.
    pub(super) children: Vec<Block<'a>>,
}

/// Reads the blocks of a text. Empty lines are skipped.
pub(super) fn blocks(text: &str) -> Result<Vec<Block<'_>>, ParseError> {
    let mut open: Vec<Block<'_>> = Vec::new();
    let mut roots = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line_number = index + 1;
        let content = line.trim_start_matches(' ');
        if content.is_empty() {
            continue;
        }
        let spaces = line.len() - content.len();
        let level = spaces / 2;
        if spaces % 2 == 1 || level > open.len() {
            return Err(ParseError { line: line_number, kind: ParseErrorKind::Indentation });
        }
        close(&mut open, &mut roots, level);
        open.push(Block { line: line_number, text: content, children: Vec::new() });
    }
    close(&mut open, &mut roots, 0);
    Ok(roots)
}

/// Ends every block that is at `level` or deeper.
fn close<'a>(open: &mut Vec<Block<'a>>, roots: &mut Vec<Block<'a>>, level: usize) {
    while open.len() > level {
        if let Some(block) = open.pop() {
            open.last_mut().map_or(&mut *roots, |parent| &mut parent.children).push(block);
        }
    }
}
