"""OpenInference, set up as its README says."""

from collections.abc import Iterator
from contextlib import contextmanager

from openinference.instrumentation import using_attributes
from openinference.instrumentation.openai import OpenAIInstrumentor

from azmatrix_worker.telemetry import Providers, application_span


def instrument(providers: Providers) -> None:
    instrumentor = OpenAIInstrumentor()
    instrumentor.instrument(tracer_provider=providers.tracer_provider)
    if not instrumentor.is_instrumented_by_opentelemetry:
        raise RuntimeError("the instrumentor refused this version of openai")


@contextmanager
def group(name: str, session: str | None, user: str | None) -> Iterator[None]:
    # The package's own way to say whose calls these are; the plain attributes stay on the application's span.
    with using_attributes(session_id=session or "", user_id=user or ""), application_span(name, session, user):
        yield
