"""OpenTelemetry's own instrumentor, the one that Azure AI Foundry's guide names."""

from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor

from azmatrix_worker.instrumentors import turn_on
from azmatrix_worker.telemetry import Providers


def instrument(providers: Providers) -> None:
    turn_on(OpenAIInstrumentor(), providers)
