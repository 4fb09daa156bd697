//! `azmatrix list`: which cells there are. Starts no worker and opens no port; asks only which Python there is.

use std::io::Write;

use camino::Utf8Path;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::skips::Skips;
use super::{ExitCode, ListArguments, ListFormat, SelectionArguments};
use crate::diagnose::one_line;
use crate::matrix::{PlannedCell, Selection, left_out};
use crate::workspace::{Loaded, Workspace};

/// A cell, and why it would be skipped.
struct Listed {
    cell: PlannedCell,
    skip: Option<String>,
}

impl Serialize for Listed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        listed(&self.cell, self.skip.as_deref()).serialize(serializer)
    }
}

/// One cell of `list --format json`. A contract: fields are added, never changed.
#[derive(Serialize)]
struct ListedCell<'a> {
    id: String,
    scenario: &'a str,
    category: &'a str,
    flavor: &'a str,
    variant: &'a str,
    axes: Map<String, Value>,
    skip: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unkept: Option<&'a str>,
}

pub(super) fn list(root: Option<&Utf8Path>, arguments: &ListArguments) -> anyhow::Result<ExitCode> {
    let workspace = Workspace::find(root)?;
    // Whoever names no flavor asks for Python ones too.
    let skips = if arguments.selection.flavor.is_empty() { Skips::ahead() } else { Skips::default() };
    let loaded = Loaded::read(&workspace)?;
    let (mut count, mut skipped) = (0_usize, 0_usize);
    // One by one: a large matrix is printed and never held.
    let cells = selected(&loaded, &arguments.selection)?.map(|cell| {
        let skip = skips.reason(&cell);
        count += 1;
        skipped += usize::from(skip.is_some());
        Listed { cell, skip }
    });
    let mut output = std::io::BufWriter::new(std::io::stdout().lock());
    match arguments.format {
        ListFormat::Json => {
            serde_json::Serializer::pretty(&mut output).collect_seq(cells)?;
            writeln!(output)?;
        }
        ListFormat::Text => {
            for Listed { cell, skip } in cells {
                match (skip, &cell.unkept) {
                    (Some(reason), _) => writeln!(output, "{}  (skipped: {})", cell.id, one_line(&reason))?,
                    (None, Some(reason)) => writeln!(output, "{}  (no snapshot: {})", cell.id, one_line(reason))?,
                    (None, None) => writeln!(output, "{}", cell.id)?,
                }
            }
        }
    }
    output.flush()?;
    if skipped > 0 {
        writeln!(std::io::stderr(), "{count} cells, {skipped} of them skipped")?;
    }
    say_what_is_left_out(&loaded, &arguments.selection)?;
    Ok(if count == 0 { ExitCode::NothingSelected } else { ExitCode::Green })
}

/// The planned cells that were asked for.
pub(super) fn selected(
    loaded: &Loaded,
    arguments: &SelectionArguments,
) -> anyhow::Result<impl Iterator<Item = PlannedCell>> {
    let selection = selection(arguments)?;
    Ok(loaded.planned().filter(move |cell| selection.selects(cell)))
}

/// Tells of flavors that are opt-in, where nobody asked for flavors by name: on standard error, which no program reads.
pub(super) fn say_what_is_left_out(loaded: &Loaded, arguments: &SelectionArguments) -> anyhow::Result<()> {
    let notice = left_out(&loaded.flavors, &selection(arguments)?).filter(|_| arguments.flavor.is_empty());
    Ok(notice.map_or(Ok(()), |notice| writeln!(std::io::stderr(), "{notice}"))?)
}

fn selection(arguments: &SelectionArguments) -> anyhow::Result<Selection> {
    Ok(Selection::new(&arguments.filter, &arguments.flavor, &arguments.variant, &arguments.tag)?)
}

fn listed<'a>(cell: &'a PlannedCell, skip: Option<&'a str>) -> ListedCell<'a> {
    ListedCell {
        id: cell.id.to_string(),
        scenario: cell.id.scenario.as_str(),
        category: cell.id.scenario.category(),
        flavor: cell.id.flavor.as_str(),
        variant: cell.id.variant.as_str(),
        axes: Map::from_iter([
            ("auth".to_owned(), cell.axes.auth.as_str().into()),
            ("client".to_owned(), cell.axes.client.as_str().into()),
        ]),
        skip,
        unkept: cell.unkept.as_deref(),
    }
}
