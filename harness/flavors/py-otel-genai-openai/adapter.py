"""OpenTelemetry's instrumentor that follows openai-v2, from the repository of the GenAI instrumentations."""

from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor

from azmatrix_worker.instrumentors import turn_on
from azmatrix_worker.telemetry import Providers


def instrument(providers: Providers) -> None:
    turn_on(OpenAIInstrumentor(), providers)
