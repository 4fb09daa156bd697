"""OpenLLMetry's OpenAI instrumentor on its own, without Traceloop's SDK around it."""

from azmatrix_worker.instrumentors import turn_on
from azmatrix_worker.telemetry import Providers
from opentelemetry.instrumentation.openai import OpenAIInstrumentor


def instrument(providers: Providers) -> None:
    turn_on(OpenAIInstrumentor(), providers)
