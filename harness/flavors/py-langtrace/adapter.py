"""Langtrace's SDK, sending to an OTLP endpoint of one's own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from langtrace_python_sdk import langtrace
from langtrace_python_sdk.constants.instrumentation.common import LANGTRACE_ADDITIONAL_SPAN_ATTRIBUTES_KEY
from opentelemetry import baggage, context, trace

from azmatrix_worker.telemetry import Providers, application_span

BRINGS_PROVIDERS = True


def instrument(providers: Providers) -> None:
    langtrace.init(api_key="azmatrix", api_host=os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"], service_name="application")
    trace.get_tracer_provider().add_span_processor(providers.span_counter)


@contextmanager
def group(name: str, session: str | None, user: str | None) -> Iterator[None]:
    # What `inject_additional_attributes` does around a function.
    given = {key: value for key, value in (("session.id", session), ("user.id", user)) if value is not None}
    token = context.attach(baggage.set_baggage(LANGTRACE_ADDITIONAL_SPAN_ATTRIBUTES_KEY, given))
    try:
        with application_span(name, session, user):
            yield
    finally:
        context.detach(token)


def flush() -> None:
    trace.get_tracer_provider().force_flush()
