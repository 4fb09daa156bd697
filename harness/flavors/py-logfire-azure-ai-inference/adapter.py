"""Pydantic Logfire and azure-ai-inference: its own integration once a release has one, and Azure's tracing until then.

`logfire.instrument_azure_ai_inference` was proposed and is in no release yet: the installed one is asked every time.
"""

import os
from importlib.metadata import version

import logfire

from azmatrix_worker.pydantic_logfire import configure, flush, group
from azmatrix_worker.telemetry import Providers

__all__ = ["BRINGS_PROVIDERS", "flush", "group", "instrument", "unavailable"]

BRINGS_PROVIDERS = True

_FUNCTION = "instrument_azure_ai_inference"
_AZURE_TRACING = os.environ.get("FLAVOR_AZURE_TRACING") == "true"


def unavailable() -> str | None:
    if _AZURE_TRACING or hasattr(logfire, _FUNCTION):
        return None
    return f"{_FUNCTION} is not in logfire {version('logfire')}"


def instrument(providers: Providers) -> None:
    configure(providers, __file__)
    if not _AZURE_TRACING:
        getattr(logfire, _FUNCTION)()
        return

    from azure.ai.inference.tracing import AIInferenceInstrumentor
    from azure.core.settings import settings

    settings.tracing_implementation = "opentelemetry"
    AIInferenceInstrumentor().instrument()
