"""Foundry's own tracing of its projects' clients, turned on as the library's readme shows."""

from azure.ai.projects.telemetry import AIProjectInstrumentor
from azure.core.settings import settings

from azmatrix_worker.telemetry import Providers


def instrument(providers: Providers) -> None:
    settings.tracing_implementation = "opentelemetry"
    AIProjectInstrumentor().instrument()
