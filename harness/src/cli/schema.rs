//! `azmatrix schema`: the JSON Schemas of the files that people write.

use std::fs;
use std::io::Write;

use anyhow::Context;
use camino::Utf8PathBuf;

use super::{ExitCode, SchemaArguments, UsageError};
use crate::diagnose::schemas;
use crate::workspace::Workspace;

pub(super) fn schema(root: &Option<Utf8PathBuf>, arguments: &SchemaArguments) -> anyhow::Result<ExitCode> {
    let all = schemas();
    let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
    if let Some(name) = arguments.name.as_deref().filter(|name| !names.contains(name)) {
        return Err(UsageError(format!("there is no schema `{name}`; there are {}", names.join(", "))).into());
    }
    let wanted = all.iter().filter(|(name, _)| arguments.name.as_deref().is_none_or(|wanted| wanted == *name));
    for (name, text) in wanted {
        if arguments.write {
            let path = Workspace::find(root.as_deref())?.root.join(format!("harness/schemas/{name}.schema.json"));
            fs::write(&path, text).with_context(|| format!("`{path}` could not be written"))?;
            writeln!(std::io::stdout(), "wrote {path}")?;
        } else {
            write!(std::io::stdout(), "{text}")?;
        }
    }
    Ok(ExitCode::Green)
}
