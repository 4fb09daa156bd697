"""Foundry's own tracing of its projects' clients, turned on as the library's readme shows."""

from azmatrix_worker.telemetry import Providers
from azure.ai.projects.telemetry import AIProjectInstrumentor
from azure.core.settings import settings


def instrument(providers: Providers) -> None:
    settings.tracing_implementation = "opentelemetry"
    AIProjectInstrumentor().instrument()
