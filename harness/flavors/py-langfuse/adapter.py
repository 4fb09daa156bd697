"""Langfuse's SDK with its drop-in for the OpenAI client, which patches the client's own classes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from langfuse import Langfuse, get_client, propagate_attributes
from opentelemetry import trace

from azmatrix_worker.telemetry import Providers

BRINGS_PROVIDERS = True


def instrument(providers: Providers) -> None:
    # It makes a tracer provider of its own, and sends to a path below its base URL.
    Langfuse(
        public_key="pk-lf-azmatrix",
        secret_key="sk-lf-azmatrix",
        base_url=os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"],
    )
    trace.get_tracer_provider().add_span_processor(providers.span_counter)
    import langfuse.openai  # noqa: F401  (importing it is what turns it on)


@contextmanager
def group(name: str, session: str | None, user: str | None) -> Iterator[None]:
    with get_client().start_as_current_observation(as_type="span", name=name):
        with propagate_attributes(session_id=session, user_id=user):
            yield


def flush() -> None:
    get_client().flush()
