"""HoneyHive with OpenLLMetry, set up as HoneyHive's documentation says: its tracer first, then the instrumentor."""

from contextlib import AbstractContextManager
from typing import Any

from honeyhive import HoneyHiveTracer
from opentelemetry.instrumentation.openai import OpenAIInstrumentor

from azmatrix_worker import honeyhive
from azmatrix_worker.telemetry import Providers

BRINGS_PROVIDERS = True

_tracers: list[HoneyHiveTracer] = []


def instrument(providers: Providers) -> None:
    tracer = honeyhive.start(providers)
    _tracers.append(tracer)
    honeyhive.instrument(tracer, OpenAIInstrumentor())


def group(name: str, session: str | None, user: str | None) -> AbstractContextManager[Any]:
    return honeyhive.group(_tracers[0], name, session, user)


def flush() -> None:
    _tracers[0].force_flush()
