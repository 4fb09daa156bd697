//! `run --console`: every exported span through `opentelemetry-stdout`, as people print spans in a pipeline.

use opentelemetry_sdk::trace::SpanExporter as _;
use opentelemetry_stdout::SpanExporter;

use crate::collect::to_span_data;
use crate::results::Evidence;

/// Prints spans to standard output.
#[derive(Debug, Default)]
pub(crate) struct SpanConsole {
    exporter: SpanExporter,
}

impl SpanConsole {
    /// Prints the spans of a cell.
    pub(crate) fn print(&self, evidence: &Evidence) {
        let sections = evidence.capture.sections.iter();
        let spans: Vec<_> = sections.flat_map(|section| &section.telemetry.spans).map(to_span_data).collect();
        if !spans.is_empty() {
            // The exporter writes before its future is first polled to the end; it never waits for anything.
            let _ = futures_util::future::FutureExt::now_or_never(self.exporter.export(spans));
        }
    }
}
