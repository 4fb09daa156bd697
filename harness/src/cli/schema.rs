//! `azmatrix schema`: the JSON Schemas of the files that people write.

use std::io::Write;

use super::{ExitCode, SchemaArguments, UsageError};
use crate::cli::schemas;

pub(super) fn schema(arguments: &SchemaArguments) -> anyhow::Result<ExitCode> {
    let all = schemas();
    let name_of = |file: &str| file.trim_end_matches(".schema.json").to_owned();
    let names: Vec<String> = all.iter().map(|(file, _)| name_of(file)).collect();
    if let Some(name) = arguments.name.as_ref().filter(|name| !names.contains(name)) {
        return Err(UsageError(format!("there is no schema `{name}`; there are {}", names.join(", "))).into());
    }
    let wanted = all.iter().filter(|(file, _)| arguments.name.as_ref().is_none_or(|wanted| *wanted == name_of(file)));
    for (_, text) in wanted {
        write!(std::io::stdout(), "{text}")?;
    }
    Ok(ExitCode::Green)
}
