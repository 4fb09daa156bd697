"""Pydantic Logfire and azure-ai-inference: its own integration once a release has one, and Azure's tracing until then.

`logfire.instrument_azure_ai_inference` was proposed and is in no release yet: the installed one is asked every time.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import logfire
from azmatrix_worker.telemetry import Providers

BRINGS_PROVIDERS = True

_FUNCTION = "instrument_azure_ai_inference"
_AZURE_TRACING = os.environ.get("FLAVOR_AZURE_TRACING") == "true"


def unavailable() -> str | None:
    if _AZURE_TRACING or hasattr(logfire, _FUNCTION):
        return None
    return f"{_FUNCTION} is not in logfire {version('logfire')}"


def instrument(providers: Providers) -> None:
    # Every span says which line of the application made it. Here that is a line of the worker: no fact about Logfire.
    for ours in (sys.argv[0], __file__):
        logfire.add_non_user_code_prefix(Path(ours).parent)
    # It makes an exporter of its own for OTEL_EXPORTER_OTLP_ENDPOINT.
    logfire.configure(
        service_name="application",
        send_to_logfire=False,
        console=False,
        additional_span_processors=[providers.span_counter],
    )
    if not _AZURE_TRACING:
        getattr(logfire, _FUNCTION)()
        return

    from azure.ai.inference.tracing import AIInferenceInstrumentor
    from azure.core.settings import settings

    settings.tracing_implementation = "opentelemetry"
    AIInferenceInstrumentor().instrument()


@contextmanager
def group(name: str, session: str | None, user: str | None) -> Iterator[None]:
    given = {"session.id": session, "user.id": user}
    with logfire.set_baggage(**{key: value for key, value in given.items() if value}), logfire.span(name):
        yield


def flush() -> None:
    logfire.force_flush()
