//! What a person at a terminal sees: progress while it runs, then red cells, the table, and what to do next.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::added::added_lines;
use super::{Colour, drift_text, verdict_table};
use crate::diagnose::one_line;
use crate::judge::CellStatus;
use crate::results::{CellEvent, Event, Summary};

/// How many red cells are shown in full; the rest is counted.
const SHOWN_IN_FULL: usize = 20;

/// Prints a run: progress to standard error, results to standard output.
pub struct Terminal {
    bar: ProgressBar,
    colour: Colour,
    every_cell: EveryCell,
    cells: Vec<Arc<CellEvent>>,
    drift: Option<String>,
}

/// Whether each cell gets a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EveryCell {
    /// A line for each.
    Shown,
    /// Only those that need attention.
    Summarised,
}

impl Terminal {
    /// For this process's streams.
    pub fn new(every_cell: EveryCell) -> Self {
        let target =
            if io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        let style = ProgressStyle::with_template("{spinner} {pos}/{len} cells  {elapsed}  {wide_msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar, colour: Colour::for_stream(&io::stdout()), every_cell, cells: Vec::new(), drift: None }
    }

    /// Takes an event.
    pub fn show(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::Started { cells } => {
                self.bar.set_length(*cells as u64);
                self.bar.enable_steady_tick(Duration::from_millis(120));
            }
            Event::Progress { message } if self.bar.is_hidden() => writeln!(io::stderr(), "{message}")?,
            Event::Progress { message } => self.bar.set_message(message.clone()),
            Event::Evidence(_) => {}
            Event::Cell(cell) => {
                self.bar.inc(1);
                self.bar.set_message(cell.id.to_string());
                if self.every_cell == EveryCell::Shown {
                    let line = cell_line(cell, self.colour);
                    self.bar.suspend(|| writeln!(io::stdout(), "{line}"))?;
                }
                self.cells.push(Arc::clone(cell));
            }
            Event::Drift(report) => self.drift = Some(drift_text(report)),
            Event::Summary(summary) => {
                self.bar.finish_and_clear();
                self.finish(summary)?;
            }
        }
        Ok(())
    }

    /// Prints something else without tearing the progress bar.
    pub fn suspend(&self, print: impl FnOnce()) {
        self.bar.suspend(print);
    }

    /// The cells so far.
    pub fn cells(&self) -> &[Arc<CellEvent>] {
        &self.cells
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        let mut output = io::stdout().lock();
        self.cells.sort_by(|left, right| left.id.cmp(&right.id));
        let red: Vec<&Arc<CellEvent>> = self.cells.iter().filter(|cell| !cell.status.is_green()).collect();
        for cell in red.iter().take(SHOWN_IN_FULL) {
            writeln!(output, "{}", cell_details(cell, self.colour))?;
        }
        if red.len() > SHOWN_IN_FULL {
            writeln!(output, "… and {} more cells that are not green.\n", red.len() - SHOWN_IN_FULL)?;
        }
        let skipped = self.cells.iter().filter(|cell| cell.status == CellStatus::Skipped);
        for (reason, count) in reasons(skipped.map(|cell| cell.reason.as_deref())) {
            writeln!(output, "{} {count} cells: {reason}\n", self.colour.status(CellStatus::Skipped, "skipped"))?;
        }
        let unkept = self.cells.iter().filter(|cell| cell.unkept.is_some());
        for (reason, count) in reasons(unkept.map(|cell| cell.unkept.as_deref())) {
            writeln!(output, "judged without a snapshot {count} cells: {reason}\n")?;
        }
        if let Some(drift) = &self.drift {
            writeln!(output, "{drift}")?;
        }
        write!(output, "{}", verdict_table(&self.cells, self.colour))?;
        write!(output, "{}", added_lines(&summary.added))?;
        writeln!(output, "{} cells in {}", self.cells.len(), summary.time())?;
        for (reason, count) in &summary.fresh.started {
            writeln!(output, "{count} fresh processes were started and not forked: {reason}")?;
        }
        for line in next_steps(summary, &self.cells, self.drift.is_some()) {
            writeln!(output, "{line}")?;
        }
        Ok(())
    }
}

/// One line: status, id, time.
fn cell_line(cell: &CellEvent, colour: Colour) -> String {
    let status = colour.status(cell.status, format!("{:>7}", cell.status.as_str()));
    format!("{status}  {}  {}", cell.id, colour.faint(format!("{:.0} ms", cell.duration_ms)))
}

/// Everything a person needs to know of a red cell.
pub fn cell_details(cell: &CellEvent, colour: Colour) -> String {
    let mut lines = vec![format!("{} {}", colour.status(cell.status, cell.status.as_str()), colour.strong(&cell.id))];
    if let Some(reason) = &cell.reason {
        lines.push(indent(reason, 2));
    }
    for finding in cell.findings.iter().filter(|finding| finding.known.is_none()) {
        lines.push(format!("  {} at {}", finding.id, finding.subject));
        lines.push(indent(&finding.message, 4));
    }
    for issue in &cell.fixed {
        lines.push(format!(
            "  known issue `{issue}` does not show any more: `azmatrix known resolve {issue}` removes it from \
             snapshots/known/{}.toml; or narrow its `scenarios`",
            cell.id.flavor
        ));
    }
    if let Some(difference) = &cell.difference {
        lines.push(indent(difference, 2));
    }
    lines.join("\n") + "\n"
}

fn indent(text: &str, by: usize) -> String {
    let lines: Vec<String> =
        text.lines().map(|line| if line.is_empty() { String::new() } else { format!("{:by$}{line}", "") }).collect();
    lines.join("\n")
}

/// How many cells have the same reason, each reason in one line.
fn reasons<'a>(of_cells: impl Iterator<Item = Option<&'a str>>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for reason in of_cells {
        *counts.entry(one_line(reason.unwrap_or_default())).or_default() += 1;
    }
    counts
}

fn next_steps(summary: &Summary, cells: &[Arc<CellEvent>], is_live: bool) -> Vec<String> {
    let mut lines = Vec::new();
    if summary.count(CellStatus::Changed) > 0 && is_live {
        lines.push("hint: a live run writes no snapshot; what changed here changed in shape".to_owned());
    } else if summary.count(CellStatus::Changed) > 0 {
        lines.push(
            "hint: review changed snapshots with `cargo insta review`, or take them with `azmatrix accept`".to_owned(),
        );
    }
    let explained = |cell: &&Arc<CellEvent>| matches!(cell.status, CellStatus::Failed | CellStatus::Fixed) && !is_live;
    if let Some(cell) = cells.iter().find(explained) {
        lines.push(format!("hint: see one cell whole with `azmatrix explain {}`", cell.id));
    }
    if summary.count(CellStatus::Broken) > 0 {
        lines.push(
            "hint: broken cells are the harness's or the machine's fault, never the instrumentor's; `azmatrix doctor` \
                    looks at the machine"
                .to_owned(),
        );
    }
    lines
}
