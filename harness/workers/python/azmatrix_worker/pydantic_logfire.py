"""What the flavors of Logfire share: its set-up, and its own means for sessions."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import logfire

from azmatrix_worker.telemetry import Providers


def configure(providers: Providers, adapter: str) -> None:
    # Every span says which line of the application made it. Here that is a line of the worker: no fact about Logfire.
    for ours in (sys.argv[0], adapter):
        logfire.add_non_user_code_prefix(Path(ours).parent)
    # It makes an exporter of its own for OTEL_EXPORTER_OTLP_ENDPOINT.
    logfire.configure(
        service_name="application",
        send_to_logfire=False,
        console=False,
        additional_span_processors=[providers.span_counter],
    )


@contextmanager
def group(name: str, session: str | None, user: str | None) -> Iterator[None]:
    given = {"session.id": session, "user.id": user}
    with logfire.set_baggage(**{key: value for key, value in given.items() if value}), logfire.span(name):
        yield


def flush() -> None:
    logfire.force_flush()
