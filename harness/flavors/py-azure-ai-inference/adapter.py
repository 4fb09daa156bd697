"""Azure's own tracing of azure-ai-inference, turned on as the library's readme shows."""

from azure.ai.inference.tracing import AIInferenceInstrumentor
from azure.core.settings import settings

from azmatrix_worker.telemetry import Providers


def instrument(providers: Providers) -> None:
    settings.tracing_implementation = "opentelemetry"
    AIInferenceInstrumentor().instrument()
