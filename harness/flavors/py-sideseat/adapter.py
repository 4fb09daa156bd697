"""SideSeat, set up as its README says for the OpenAI client."""

import os
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import logfire
from sideseat import Frameworks, SideSeat
from sideseat.telemetry.processors import _LogfireStreamingProcessor

from azmatrix_worker.telemetry import Providers

BRINGS_PROVIDERS = True

_clients: list[SideSeat] = []
_reparenting: list[_LogfireStreamingProcessor] = []


def instrument(providers: Providers) -> None:
    # It rides on Logfire, where every span says which line of the application made it: here a line of the worker.
    for ours in (sys.argv[0], __file__):
        logfire.add_non_user_code_prefix(Path(ours).parent)
    # Where a SideSeat server takes a project's telemetry.
    endpoint = os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] + "/otel/default"
    capture = os.environ.get("FLAVOR_CAPTURE_CONTENT") != "false"
    client = SideSeat(framework=Frameworks.OpenAI, endpoint=endpoint, capture_content=capture)
    _clients.append(client)
    if not client.is_disabled:
        client.tracer_provider.add_span_processor(providers.span_counter)
        processors = client.tracer_provider.provider._active_span_processor._span_processors
        _reparenting.extend(each for each in processors if isinstance(each, _LogfireStreamingProcessor))


def group(name: str, session: str | None, user: str | None) -> AbstractContextManager[Any]:
    return _clients[0].trace(name, session_id=session, user_id=user)


def flush() -> None:
    _clients[0].force_flush()


def forget() -> None:
    # For 60 seconds it remembers the span of every call that was not streamed, by the model's name, and puts the answer of
    # the next streamed call of that model under the oldest of them: in another cell's trace, if nobody forgot.
    for processor in _reparenting:
        processor.shutdown()
