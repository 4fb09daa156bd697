"""What the flavors of HoneyHive share: its tracer, around whichever instrumentor, with its sessions and spans."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from honeyhive import HoneyHiveTracer
from opentelemetry import context

from azmatrix_worker.telemetry import Providers


def start(providers: Providers) -> HoneyHiveTracer:
    """A tracer as an application makes it when it starts; its provider is the global one."""
    tracer = HoneyHiveTracer.init(
        api_key="hh_azmatrix",
        project="azmatrix",
        source="production",
        session_name="application",
        server_url=os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"],
    )
    tracer.provider.add_span_processor(providers.span_counter)
    return tracer


def instrument(tracer: HoneyHiveTracer, instrumentor: Any) -> None:
    """The instrumentor gets the tracer's provider, as HoneyHive's documentation has it."""
    instrumentor.instrument(tracer_provider=tracer.provider)
    if not instrumentor.is_instrumented_by_opentelemetry:
        raise RuntimeError("the instrumentor refused this version of openai")


@contextmanager
def group(tracer: HoneyHiveTracer, name: str, session: str | None, user: str | None) -> Iterator[None]:
    """A session of its own for each visit, as for each request of a web service, and a span in it."""
    # `create_session` leaves its baggage in the current context; a web framework gives each request its own.
    token = context.attach(context.get_current())
    try:
        properties = {"user_id": user} if user else None
        if session:
            tracer.create_session(session_name=name, session_id=session, user_properties=properties)
        with tracer.trace(name, event_type="chain"):
            if properties:
                tracer.enrich_span(user_properties=properties)
            yield
    finally:
        context.detach(token)
