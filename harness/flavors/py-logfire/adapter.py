"""Pydantic Logfire, set up as its pages on OpenAI, on baggage and on other backends say."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import logfire
from azmatrix_worker.telemetry import Providers

BRINGS_PROVIDERS = True


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
    logfire.instrument_openai(**_version())


def _version() -> dict[str, object]:
    asked = os.environ.get("FLAVOR_VERSION")
    if asked is None:
        return {}
    versions = [int(part) if part.isdigit() else part for part in asked.split(",")]
    return {"version": versions[0] if len(versions) == 1 else versions}


@contextmanager
def group(name: str, session: str | None, user: str | None) -> Iterator[None]:
    given = {"session.id": session, "user.id": user}
    with logfire.set_baggage(**{key: value for key, value in given.items() if value}), logfire.span(name):
        yield


def flush() -> None:
    logfire.force_flush()
