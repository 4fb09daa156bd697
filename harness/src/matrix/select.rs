//! Which cells a person asks for.

use super::{NamedFlavor, PlannedCell};
use crate::diagnose::Glob;
use crate::flavor::FlavorName;

/// What a person asks for on the command line. An empty selection is everything but the flavors that are opt-in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    filters: Vec<Filter>,
    flavors: Vec<Glob>,
    variants: Vec<Glob>,
    tags: Vec<String>,
}

#[derive(Clone, Debug)]
enum Filter {
    Contains(String),
    Glob(Glob),
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
    pub(crate) fn new(
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

    /// Whether a flavor is named in full, as one that is opt-in must be.
    pub(crate) fn names(&self, flavor: &FlavorName) -> bool {
        self.flavors.iter().any(|glob| glob.as_str() == flavor.as_str())
    }

    fn filters_take(&self, id: &str) -> bool {
        self.filters.iter().any(|filter| match filter {
            Filter::Contains(part) => id.contains(part.as_str()),
            Filter::Glob(glob) => glob.matches(id),
        })
    }

    /// Whether the cell is asked for.
    pub(crate) fn selects(&self, cell: &PlannedCell) -> bool {
        let any = |globs: &[Glob], name: &str| globs.is_empty() || Glob::any_matches(globs, name);
        (self.filters.is_empty() || self.filters_take(&cell.id.to_string()))
            && any(&self.flavors, cell.id.flavor.as_str())
            && (!cell.is_opt_in() || self.names(&cell.id.flavor))
            && any(&self.variants, cell.id.variant.as_str())
            && self.tags.iter().all(|tag| cell.scenario.file().tags.contains(tag))
    }
}

fn glob(pattern: &str) -> Result<Glob, SelectionError> {
    let glob = Glob::new(pattern);
    match glob.problem() {
        Some(problem) => Err(SelectionError { pattern: pattern.to_owned(), problem: problem.to_owned() }),
        None => Ok(glob),
    }
}

/// The flavors that are opt-in and not asked for, in one line; none when there is none.
pub(crate) fn left_out(flavors: &[NamedFlavor], selection: &Selection) -> Option<String> {
    let reason = |flavor: &NamedFlavor| {
        let reason = flavor.file.opt_in.as_ref().filter(|_| !selection.names(&flavor.name))?;
        Some(format!("{} ({reason})", flavor.name))
    };
    let left_out: Vec<String> = flavors.iter().filter_map(reason).collect();
    let count = match left_out.len() {
        0 => return None,
        1 => "1 flavor is".to_owned(),
        count => format!("{count} flavors are"),
    };
    Some(format!("{count} opt-in: {}; `--flavor NAME` runs one", left_out.join(", ")))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::flavor::FlavorFile;

    fn flavor(name: &str, opt_in: Option<&str>) -> NamedFlavor {
        let text = "title = 'A'\nruntime = 'in-process'\nfamily = 'otel'\nclients = ['async']\n[variant]";
        let file: FlavorFile = toml::from_str(text).expect("a flavor");
        NamedFlavor {
            name: FlavorName::new(name),
            file: Arc::new(FlavorFile { opt_in: opt_in.map(str::to_owned), ..file }),
        }
    }

    fn check(asked: &[&str], expected: Option<&str>) {
        let flavors = [flavor("small", None), flavor("large", Some("640 MB")), flavor("larger", Some("900 MB"))];
        let asked: Vec<String> = asked.iter().map(|name| (*name).to_owned()).collect();
        let selection = Selection::new(&[], &asked, &[], &[]).expect("patterns");
        assert_eq!(left_out(&flavors, &selection).as_deref(), expected, "{asked:?}");
    }

    #[test]
    fn a_flavor_that_is_opt_in_is_left_out_until_it_is_named_in_full() {
        let both = "2 flavors are opt-in: large (640 MB), larger (900 MB); `--flavor NAME` runs one";
        check(&[], Some(both));
        check(&["la*"], Some(both));
        check(&["large"], Some("1 flavor is opt-in: larger (900 MB); `--flavor NAME` runs one"));
        check(&["large", "larger"], None);
    }
}
