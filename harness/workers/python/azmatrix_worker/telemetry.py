"""The OpenTelemetry SDK as an application sets it up, with counters and a flush that leaves nothing behind.

Runs on every release of the SDK from 1.25 on: `ci/worker-on-sdks` tries a row of them.
"""

import gc
import importlib
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from opentelemetry import _logs, metrics, trace
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider, LogRecordProcessor
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import (
    Counter,
    Histogram,
    MeterProvider,
    ObservableCounter,
    ObservableGauge,
    ObservableUpDownCounter,
    UpDownCounter,
)
from opentelemetry.sdk.metrics.export import AggregationTemporality, PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExplicitBucketHistogramAggregation
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

# Nothing leaves because of the clock: what belongs to a step leaves in that step's flush.
_NEVER_MS = 24 * 60 * 60 * 1000
_FLUSH_MS = 10_000

_INSTRUMENTS = (Counter, UpDownCounter, Histogram, ObservableCounter, ObservableUpDownCounter, ObservableGauge)


@dataclass
class Counts:
    """What happened since the last flush."""

    spans_started: int = 0
    spans_ended: int = 0
    logs_emitted: int = 0
    refused: list[str] = field(default_factory=list)


class Tally:
    """Counts from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = Counts()

    def add(self, what: str) -> None:
        with self._lock:
            setattr(self._counts, what, getattr(self._counts, what) + 1)

    def refused(self, signal: str, result: Any) -> None:
        with self._lock:
            self._counts.refused.append(f"{signal}: {result}")

    def take(self) -> Counts:
        with self._lock:
            taken, self._counts = self._counts, Counts()
        return taken


class _SpanCounter(SpanProcessor):
    """Sees the spans that are started and never ended: no exporter ever does."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def on_start(self, span: Span, parent_context: Any = None) -> None:
        self._tally.add("spans_started")

    def on_end(self, span: ReadableSpan) -> None:
        self._tally.add("spans_ended")

    # Before 1.45 the inherited one returns nothing, which a provider takes for a failure: it flushes no processor after it.
    def force_flush(self, timeout_millis: int = _FLUSH_MS) -> bool:
        return True


class _LogCounter(LogRecordProcessor):
    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def on_emit(self, log_record: Any) -> None:
        self._tally.add("logs_emitted")

    # The method's name before 1.35.
    emit = on_emit

    def shutdown(self) -> None:
        pass

    def force_flush(self, timeout_millis: int = _FLUSH_MS) -> bool:
        return True


def _checked(exporter: type, signal: str, tally: Tally) -> type:
    """The SDK swallows a failed export; the reply to a flush must not."""

    class Checked(exporter):
        def export(self, batch: Any, *args: Any, **kwargs: Any) -> Any:
            result = super().export(batch, *args, **kwargs)
            if result.name != "SUCCESS":
                tally.refused(signal, result)
            return result

    return Checked


@dataclass(frozen=True)
class Providers:
    """What an adapter gets to hand to its instrumentor."""

    tracer_provider: TracerProvider
    logger_provider: LoggerProvider
    meter_provider: MeterProvider
    # For the tracer provider of a product that makes its own: spans are counted there as well.
    span_counter: SpanProcessor
    # How what is exported is flushed, by signal.
    _exports: dict[str, Callable[[int], bool | None]] = field(repr=False)

    def set_globally(self) -> None:
        """Make them what OpenTelemetry's own functions find, as an application does that sets up the SDK."""
        trace.set_tracer_provider(self.tracer_provider)
        _logs.set_logger_provider(self.logger_provider)
        metrics.set_meter_provider(self.meter_provider)
        _set_event_logger_provider(self.logger_provider)

    def force_flush(self) -> list[str]:
        """The signals that could not be flushed.

        A provider gives up, and says so, at a processor whose flush returns nothing, as the SDK's own do in some
        releases and a product's may: so what counts is what the exporting processors say, and nothing is no failure.
        """
        self.tracer_provider.force_flush(_FLUSH_MS)
        self.logger_provider.force_flush(_FLUSH_MS)
        return [signal for signal, flush in self._exports.items() if flush(_FLUSH_MS) is False]


def set_up(tally: Tally) -> Providers:
    """Make the providers. The endpoint comes from OTEL_EXPORTER_OTLP_ENDPOINT."""
    # Not Resource.create(): versions of the SDK say nothing about the instrumentor, and change with every update.
    resource = Resource({"service.name": "application"})

    counter = _SpanCounter(tally)
    tracers = TracerProvider(resource=resource)
    tracers.add_span_processor(counter)
    spans = BatchSpanProcessor(_checked(OTLPSpanExporter, "traces", tally)(), schedule_delay_millis=_NEVER_MS)
    tracers.add_span_processor(spans)

    loggers = LoggerProvider(resource=resource)
    loggers.add_log_record_processor(_LogCounter(tally))
    # Not checked: a package may make a record that no exporter can write. The harness knows by how many were emitted.
    logs = BatchLogRecordProcessor(OTLPLogExporter(), schedule_delay_millis=_NEVER_MS)
    loggers.add_log_record_processor(logs)

    # Delta for every kind: a sum that goes on counting would carry one step into the next.
    points = _checked(OTLPMetricExporter, "metrics", tally)(
        preferred_temporality=dict.fromkeys(_INSTRUMENTS, AggregationTemporality.DELTA),
        preferred_aggregation={Histogram: ExplicitBucketHistogramAggregation()},
    )
    reader = PeriodicExportingMetricReader(points, export_interval_millis=_NEVER_MS)
    meters = MeterProvider(metric_readers=[reader], resource=resource)
    exports = {"traces": spans.force_flush, "logs": logs.force_flush, "metrics": meters.force_flush}
    return Providers(tracers, loggers, meters, counter, exports)


def _set_event_logger_provider(loggers: LoggerProvider) -> None:
    """Releases from 1.28 to 1.43 have an API for events as well: what an application sets up for logs, it sets up for that."""
    try:
        api = importlib.import_module("opentelemetry._events")
        sdk = importlib.import_module("opentelemetry.sdk._events")
    except ModuleNotFoundError:
        return
    api.set_event_logger_provider(sdk.EventLoggerProvider(loggers))


def settle_garbage_collection() -> None:
    """After start-up: what is alive now stays, and cycles die at a fence instead of at a chance moment."""
    gc.collect()
    gc.freeze()
    gc.disable()


def application_span(name: str, session: str | None, user: str | None) -> AbstractContextManager[Any]:
    """The application's own span, current while the context manager is open."""
    given = {"session.id": session, "user.id": user}
    attributes = {key: value for key, value in given.items() if value is not None}
    return trace.get_tracer("azmatrix.application").start_as_current_span(name, attributes=attributes)
