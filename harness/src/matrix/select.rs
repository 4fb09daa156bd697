//! Which cells a person asks for.

use globset::{Glob, GlobMatcher};

use super::PlannedCell;

/// What a person asks for on the command line. An empty selection is everything.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    filters: Vec<Filter>,
    flavors: Vec<GlobMatcher>,
    variants: Vec<GlobMatcher>,
    tags: Vec<String>,
}

#[derive(Clone, Debug)]
enum Filter {
    Contains(String),
    Glob(GlobMatcher),
}

/// A pattern that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` is not a pattern: {problem}")]
pub struct SelectionError {
    pattern: String,
    problem: String,
}

impl Selection {
    /// `filters`: a part of a cell's id, or a glob over all of it; one of them must match. `flavors` and `variants`:
    /// globs over the name. `tags`: words of the scenario, all of which it must have.
    pub fn new(
        filters: &[String],
        flavors: &[String],
        variants: &[String],
        tags: &[String],
    ) -> Result<Self, SelectionError> {
        let filters = filters
            .iter()
            .map(|filter| {
                if filter.contains(['*', '?', '[', '{']) {
                    glob(filter).map(Filter::Glob)
                } else {
                    Ok(Filter::Contains(filter.clone()))
                }
            })
            .collect::<Result<_, _>>()?;
        let globs = |patterns: &[String]| patterns.iter().map(|pattern| glob(pattern)).collect::<Result<Vec<_>, _>>();
        Ok(Self { filters, flavors: globs(flavors)?, variants: globs(variants)?, tags: tags.to_vec() })
    }

    /// Whether the cell is asked for.
    pub fn selects(&self, cell: &PlannedCell) -> bool {
        let id = cell.id.to_string();
        let any = |globs: &[GlobMatcher], name: &str| globs.is_empty() || globs.iter().any(|glob| glob.is_match(name));
        (self.filters.is_empty()
            || self.filters.iter().any(|filter| match filter {
                Filter::Contains(part) => id.contains(part.as_str()),
                Filter::Glob(glob) => glob.is_match(&id),
            }))
            && any(&self.flavors, cell.id.flavor.as_str())
            && any(&self.variants, cell.id.variant.as_str())
            && self.tags.iter().all(|tag| cell.scenario.file().tags.contains(tag))
    }
}

fn glob(pattern: &str) -> Result<GlobMatcher, SelectionError> {
    Glob::new(pattern)
        .map(|glob| glob.compile_matcher())
        .map_err(|error| SelectionError { pattern: pattern.to_owned(), problem: error.kind().to_string() })
}
