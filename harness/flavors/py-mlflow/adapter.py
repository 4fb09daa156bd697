"""MLflow's autologging of OpenAI, with its traces sent over OTLP."""

from collections.abc import Iterator
from contextlib import contextmanager

import mlflow
from mlflow.tracing.provider import get_bridged_tracer_provider

from azmatrix_worker.telemetry import Providers


def instrument(providers: Providers) -> None:
    # It has a tracer provider for itself, which exports to OTEL_EXPORTER_OTLP_ENDPOINT; its metric goes to the global one.
    mlflow.openai.autolog()
    get_bridged_tracer_provider().add_span_processor(providers.span_counter)


@contextmanager
def group(name: str, session: str | None, user: str | None) -> Iterator[None]:
    with mlflow.start_span(name=name):
        mlflow.update_current_trace(session_id=session, user=user)
        yield


def flush() -> None:
    get_bridged_tracer_provider().force_flush()
