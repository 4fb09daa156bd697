"""Azure's own tracing of azure-ai-inference, turned on as the library's readme shows."""

from azmatrix_worker.telemetry import Providers
from azure.ai.inference.tracing import AIInferenceInstrumentor
from azure.core.settings import settings


def instrument(providers: Providers) -> None:
    settings.tracing_implementation = "opentelemetry"
    AIInferenceInstrumentor().instrument()
