//! The SDK as an application sets it up, with counters of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{
    Span as _, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _, TraceFlags, TraceId, TraceState,
    Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, InstrumentationScope, KeyValue};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracer, SdkTracerProvider, Span, SpanData, SpanProcessor};

use super::emission::{attributes, span_name};
use super::fault_effects::Altered;
use super::metrics::{Ended, aggregated, metrics};
use super::{Answer, Call, Fault, Flushed, ReferenceError};
use crate::convention::{Convention, Release, embedded};
use crate::protocol::GroupRequest;
use crate::telemetry::{LogRecord, Metric, Scope};

/// The scope of everything that is said about calls.
const SCOPE: &str = "azmatrix.reference";

/// Everything that emits.
#[derive(Debug)]
pub(super) struct Telemetry {
    release: Release,
    convention: Convention,
    provider: SdkTracerProvider,
    exporter: InMemorySpanExporter,
    calls: SdkTracer,
    application: SdkTracer,
    group: Option<OpenGroup>,
    counts: Arc<Counts>,
    scope: Scope,
    metrics: Vec<Metric>,
    logs: Vec<LogRecord>,
    fault: Option<Fault>,
    /// The context of the last call; only a fault looks at it.
    previous: Option<SpanContext>,
    /// Spans that a fault ends one flush late, and those that it ends now.
    late: [Vec<Span>; 2],
}

/// A call's span that has not ended.
#[derive(Debug)]
pub(super) struct Started {
    span: Option<Span>,
    begun: Instant,
    /// When that was: the span and the metric take it from here, so that both last as long on a machine that is busy.
    at: SystemTime,
    group: Option<OpenGroup>,
}

/// The application's own span, which is the current one for some calls.
#[derive(Clone, Debug)]
pub(super) struct OpenGroup {
    context: Context,
    in_session: bool,
}

impl OpenGroup {
    /// Ends the span.
    pub(super) fn end(self) {
        self.context.span().end();
    }
}

/// What the application knows of a call that is over, besides its answer.
#[derive(Debug, Default)]
pub(super) struct Seen<'a> {
    pub(super) key: Option<&'a str>,
    pub(super) vector: Option<Vec<f64>>,
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
    pub(super) fn new(release: Release, fault: Option<Fault>) -> Result<Self, ReferenceError> {
        let convention = embedded("otel").and_then(Result::ok).ok_or(ReferenceError::Convention)?;
        let exporter = InMemorySpanExporter::default();
        let counts = Arc::new(Counts::default());
        let provider = SdkTracerProvider::builder()
            .with_span_processor(Counter(Arc::clone(&counts)))
            .with_simple_exporter(exporter.clone())
            .build();
        let schema_url = format!("https://opentelemetry.io/schemas/{}", release.schema_path());
        let scope = Scope { name: SCOPE.to_owned(), schema_url: schema_url.clone(), ..Scope::default() };
        let calls = InstrumentationScope::builder(SCOPE).with_schema_url(schema_url).build();
        let calls = provider.tracer_with_scope(calls);
        let application = provider.tracer("azmatrix.application");
        Ok(Self {
            release,
            convention,
            provider,
            exporter,
            calls,
            application,
            group: None,
            counts,
            scope,
            metrics: Vec::new(),
            logs: Vec::new(),
            fault,
            previous: None,
            late: Default::default(),
        })
    }

    pub(super) fn open_group(&mut self, group: &GroupRequest) {
        self.group = Some(self.group(group));
    }

    /// The application's own span, begun.
    pub(super) fn group(&self, group: &GroupRequest) -> OpenGroup {
        let given = [("session.id", &group.session), ("user.id", &group.user)];
        let attributes = given.into_iter().filter_map(|(name, value)| Some(KeyValue::new(name, value.clone()?)));
        let span = self
            .application
            .span_builder(group.name.clone())
            .with_kind(SpanKind::Internal)
            .with_attributes(attributes)
            .start_with_context(&self.application, &Context::new());
        OpenGroup { context: Context::new().with_span(span), in_session: group.session.is_some() }
    }

    /// A new cell begins.
    pub(super) fn open(&mut self) {
        self.previous = None;
    }

    pub(super) fn close_group(&mut self) {
        if let Some(group) = self.group.take() {
            group.end();
        }
    }

    /// Begins a call's span, under that of a group if there is one.
    pub(super) fn start(&mut self, call: &Call, group: Option<&OpenGroup>) -> Started {
        let (begun, at) = (Instant::now(), SystemTime::now());
        let group = group.or(self.group.as_ref()).cloned();
        if self.fault == Some(Fault::NoSpan) {
            return Started { span: None, begun, at, group };
        }
        let parent = self.parent(group.as_ref());
        let span = self
            .calls
            .span_builder(span_name(call))
            .with_kind(SpanKind::Client)
            .with_start_time(at)
            .start_with_context(&self.calls, &parent);
        self.previous = Some(span.span_context().clone());
        Started { span: Some(span), begun, at, group }
    }

    /// The context that a call's span is under: the application's own.
    fn parent(&self, group: Option<&OpenGroup>) -> Context {
        let group = group.map(|group| group.context.clone()).unwrap_or_default();
        match self.fault {
            Some(Fault::WrongParent) => {
                let span = self.calls.span_builder("background work").start_with_context(&self.calls, &Context::new());
                Context::new().with_remote_span_context(span.span_context().clone())
            }
            Some(Fault::SiblingRoot) => Context::new(),
            Some(Fault::LeakedContext) => match &self.previous {
                Some(previous) => Context::new().with_remote_span_context(previous.clone()),
                None => group,
            },
            Some(Fault::Orphan) => {
                let trace = group.span().span_context().trace_id();
                let trace = if trace == TraceId::INVALID { TraceId::from(1) } else { trace };
                let parent = SpanContext::new(trace, SpanId::from(7), TraceFlags::SAMPLED, true, TraceState::default());
                Context::new().with_remote_span_context(parent)
            }
            _ => group,
        }
    }

    pub(super) fn end(&mut self, started: Started, call: &Call, answer: &Answer, seen: Seen<'_>) {
        let lasted = started.begun.elapsed();
        let mut attributes = attributes(call, answer, self.release, &self.convention);
        if let Some(fault) = self.fault {
            let Seen { key, vector } = seen;
            let of = Altered {
                call,
                answer,
                release: self.release,
                convention: &self.convention,
                in_session: started.group.as_ref().is_some_and(|group| group.in_session),
                key,
                vector,
            };
            fault.attributes(&mut attributes, &of);
        }
        let ended = Ended { call, answer, attributes: &attributes, lasted };
        self.metrics.extend(metrics(&ended, self.release, &self.convention, &self.scope, self.fault));
        let Some(mut span) = started.span else { return };
        let record = self.fault.and_then(|fault| fault.record(span.span_context(), &attributes, &self.scope));
        self.logs.extend(record);
        if self.fault == Some(Fault::TwoSpans) {
            let twin = self.twin(call, started.at, started.group.as_ref());
            self.finish(twin, attributes.clone(), answer, started.at + lasted);
        }
        if self.fault == Some(Fault::Backwards) {
            span.set_attributes(attributes);
            self.status(&mut span, answer);
            span.end_with_timestamp(UNIX_EPOCH + Duration::from_secs(1));
            return;
        }
        self.finish(span, attributes, answer, started.at + lasted);
    }

    /// A second span of a call that is over.
    fn twin(&self, call: &Call, at: SystemTime, group: Option<&OpenGroup>) -> Span {
        let parent = group.map(|group| group.context.clone()).unwrap_or_default();
        let builder = self.calls.span_builder(span_name(call)).with_kind(SpanKind::Client);
        builder.with_start_time(at).start_with_context(&self.calls, &parent)
    }

    fn status(&self, span: &mut Span, answer: &Answer) {
        match (&answer.failure, self.fault) {
            (None, Some(Fault::StatusOnSuccess)) => span.set_status(Status::error("it went well")),
            (Some(_), Some(Fault::StatusLost)) | (None, _) => {}
            (Some(failure), _) => span.set_status(Status::error(failure.error.message.clone())),
        }
    }

    fn finish(&mut self, mut span: Span, attributes: Vec<KeyValue>, answer: &Answer, end: SystemTime) {
        span.set_attributes(attributes);
        self.status(&mut span, answer);
        if let Some(kind) = self.fault.and_then(|fault| fault.exception(answer)) {
            span.add_event("exception", vec![KeyValue::new("exception.type", kind)]);
        }
        match self.fault {
            // A span ends when it is dropped; one that is forgotten never does.
            Some(Fault::NeverEnded) => std::mem::forget(span),
            Some(Fault::EndedLate) => self.late[0].push(span),
            _ => span.end_with_timestamp(end),
        }
    }

    pub(super) fn flush(&mut self) -> Result<Flushed, ReferenceError> {
        let [new, old] = &mut self.late;
        old.drain(..).for_each(|mut span| span.end());
        old.append(new);
        self.provider.force_flush()?;
        let mut spans = self.exporter.get_finished_spans()?;
        self.exporter.reset();
        let take = |count: &AtomicU64| count.swap(0, Ordering::Relaxed);
        let (started, mut ended) = (take(&self.counts.started), take(&self.counts.ended));
        if self.fault == Some(Fault::EndedTwice) {
            let twice = spans.iter().filter(|span| span.instrumentation_scope.name() == SCOPE).cloned();
            let twice: Vec<SpanData> = twice.collect();
            ended += twice.len() as u64;
            spans.extend(twice);
        }
        let metrics = aggregated(std::mem::take(&mut self.metrics));
        Ok(Flushed { spans, metrics, logs: std::mem::take(&mut self.logs), started, ended })
    }
}
