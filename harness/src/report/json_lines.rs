//! Events as JSON lines: `run --events FILE`.

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde::Serialize;

use crate::live::Drift;
use crate::results::{CellEvent, Event, Summary};

#[derive(Serialize)]
struct CellLine<'a> {
    event: &'static str,
    #[serde(flatten)]
    cell: &'a CellEvent,
}

#[derive(Serialize)]
struct DriftLine<'a> {
    event: &'static str,
    #[serde(flatten)]
    drift: &'a Drift,
    cells: &'a BTreeSet<String>,
}

#[derive(Serialize)]
struct SummaryLine<'a> {
    event: &'static str,
    #[serde(flatten)]
    summary: &'a Summary,
}

/// Writes the cells and the summary, one line each, whole lines at a time.
pub(crate) struct JsonLines<W: Write> {
    output: W,
}

impl<W: Write> JsonLines<W> {
    /// Writes to `output`.
    pub(crate) fn new(output: W) -> Self {
        Self { output }
    }

    /// Writes the event's line, if it has one; of a drift report, one line for each difference.
    pub(crate) fn write(&mut self, event: &Event) -> io::Result<()> {
        if let Event::Drift(report) = event {
            for (drift, cells) in &report.drifts {
                let line = serde_json::to_string(&DriftLine { event: "drift", drift, cells })?;
                self.output.write_all(format!("{line}\n").as_bytes())?;
            }
        }
        let line = match event {
            Event::Cell(cell) => serde_json::to_string(&CellLine { event: "cell", cell })?,
            Event::Summary(summary) => serde_json::to_string(&SummaryLine { event: "summary", summary })?,
            Event::Started { .. } | Event::Progress { .. } | Event::Evidence(_) | Event::Drift(_) => return Ok(()),
        };
        self.output.write_all(format!("{line}\n").as_bytes())?;
        self.output.flush()
    }
}
