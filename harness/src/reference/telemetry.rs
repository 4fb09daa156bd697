//! The SDK as an application sets it up, with counters of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use opentelemetry::trace::{Span as _, SpanKind, Status, TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, InstrumentationScope, KeyValue};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracer, SdkTracerProvider, Span, SpanData, SpanProcessor};

use super::emission::{attributes, span_name};
use super::{Answer, Call, Flushed, GroupRequest, ReferenceError};
use crate::convention::{Convention, Release, embedded};

/// Everything that emits.
#[derive(Debug)]
pub(super) struct Telemetry {
    release: Release,
    convention: Convention,
    provider: SdkTracerProvider,
    exporter: InMemorySpanExporter,
    calls: SdkTracer,
    application: SdkTracer,
    group: Option<Context>,
    counts: Arc<Counts>,
}

/// Counts since the last flush.
#[derive(Debug, Default)]
struct Counts {
    started: AtomicU64,
    ended: AtomicU64,
}

#[derive(Debug)]
struct Counter(Arc<Counts>);

impl SpanProcessor for Counter {
    fn on_start(&self, _: &mut Span, _: &Context) {
        self.0.started.fetch_add(1, Ordering::Relaxed);
    }

    fn on_end(&self, _: SpanData) {
        self.0.ended.fetch_add(1, Ordering::Relaxed);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

impl Telemetry {
    pub(super) fn new(release: Release) -> Result<Self, ReferenceError> {
        let convention = embedded("otel").and_then(Result::ok).ok_or(ReferenceError::Convention)?;
        let exporter = InMemorySpanExporter::default();
        let counts = Arc::new(Counts::default());
        let provider = SdkTracerProvider::builder()
            .with_span_processor(Counter(Arc::clone(&counts)))
            .with_simple_exporter(exporter.clone())
            .build();
        let scope = InstrumentationScope::builder("azmatrix.reference")
            .with_schema_url(format!("https://opentelemetry.io/schemas/{release}"))
            .build();
        let calls = provider.tracer_with_scope(scope);
        let application = provider.tracer("azmatrix.application");
        Ok(Self { release, convention, provider, exporter, calls, application, group: None, counts })
    }

    pub(super) fn open_group(&mut self, group: &GroupRequest) {
        let given = [("session.id", &group.session), ("user.id", &group.user)];
        let attributes = given.into_iter().filter_map(|(name, value)| Some(KeyValue::new(name, value.clone()?)));
        let span = self
            .application
            .span_builder(group.name.clone())
            .with_kind(SpanKind::Internal)
            .with_attributes(attributes)
            .start_with_context(&self.application, &Context::new());
        self.group = Some(Context::new().with_span(span));
    }

    pub(super) fn close_group(&mut self) {
        if let Some(group) = self.group.take() {
            group.span().end();
        }
    }

    pub(super) fn start(&self, call: &Call) -> Span {
        let parent = self.group.clone().unwrap_or_default();
        self.calls.span_builder(span_name(call)).with_kind(SpanKind::Client).start_with_context(&self.calls, &parent)
    }

    pub(super) fn end(&self, mut span: Span, call: &Call, answer: &Answer) {
        span.set_attributes(attributes(call, answer, self.release, &self.convention));
        if let Some(failure) = &answer.failure {
            span.set_status(Status::error(failure.error.message.clone()));
        }
        span.end();
    }

    pub(super) fn flush(&self) -> Result<Flushed, ReferenceError> {
        self.provider.force_flush()?;
        let spans = self.exporter.get_finished_spans()?;
        self.exporter.reset();
        let take = |count: &AtomicU64| count.swap(0, Ordering::Relaxed);
        Ok(Flushed { spans, started: take(&self.counts.started), ended: take(&self.counts.ended) })
    }
}
