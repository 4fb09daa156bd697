"""An adapter that sends one span, log record, event and metric of its own for each group."""

import importlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import metrics
from opentelemetry.sdk._logs import LoggingHandler
from opentelemetry.sdk.trace import SpanProcessor

from azmatrix_worker.telemetry import Providers, application_span


class _SaysNothing(SpanProcessor):
    """As products' own processors do, whose flush a provider takes for failed."""

    def force_flush(self, timeout_millis: int = 0) -> None:
        pass


def instrument(providers: Providers) -> None:
    providers.tracer_provider.add_span_processor(_SaysNothing())
    handler = LoggingHandler(logger_provider=providers.logger_provider)
    logging.getLogger("every_signal").addHandler(handler)


@contextmanager
def group(name: str, session: str | None, user: str | None) -> Iterator[None]:
    with application_span(name, session, user):
        logging.getLogger("every_signal").warning("a record")
        metrics.get_meter("every_signal").create_counter("groups").add(1)
        _emit_event()
        yield


def _emit_event() -> None:
    """As instrumentors do that were written for releases from 1.28 to 1.43."""
    try:
        events = importlib.import_module("opentelemetry._events")
        importlib.import_module("opentelemetry.sdk._events")
    except ModuleNotFoundError:
        return
    events.get_event_logger("every_signal").emit(events.Event("an.event", body={"text": "an event"}))
