//! Writing files of a workspace: each is as it was, or as it should be.

use anyhow::Context;
use camino::Utf8Path;

use crate::workspace;

/// Writes a file whole or not at all; the error names it.
pub(super) fn write_whole(path: &Utf8Path, text: &str) -> anyhow::Result<()> {
    workspace::write_whole(path, text).with_context(|| format!("`{path}` could not be written"))
}
