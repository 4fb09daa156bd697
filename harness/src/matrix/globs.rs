//! Globs of scenario names, compiled.

use globset::{Glob, GlobMatcher};

/// The globs of a list; a checked file has no others.
pub(super) fn matchers(globs: &[String]) -> Vec<GlobMatcher> {
    globs.iter().filter_map(|glob| Some(Glob::new(glob).ok()?.compile_matcher())).collect()
}
